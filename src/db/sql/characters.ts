/**
 * Classes of characters, by their code.
 *
 * @module
 */

const DOLLAR = 36, HASH = 35, DOT = 46;

/** Whether a sign at `at` is that of an exponent, as in `1e-5`. */
export function isExponent(text: string, at: number): boolean {
  const mark = text[at - 1];
  return (mark === "e" || mark === "E") && isDigit(text.charCodeAt(at + 1)) &&
    (isDigit(text.charCodeAt(at - 2)) || text.charCodeAt(at - 2) === DOT);
}

/** White space. */
export function isSpace(code: number): boolean {
  return code === 32 || code >= 9 && code <= 13 || code === 0xa0;
}

/** 0 to 9. */
export function isDigit(code: number): boolean {
  return code >= 48 && code <= 57;
}

/** Letters, `_`, and everything beyond ASCII. */
export function isWordStart(code: number): boolean {
  return code >= 97 && code <= 122 || code >= 65 && code <= 90 || code === 95 || code > 0xa0;
}

/** What goes on a word. */
export function isWordPart(code: number): boolean {
  return isWordStart(code) || isDigit(code) || code === DOLLAR || code === HASH;
}

/** A part of the tag of a dollar quote, which has no dollar. */
export function isTagPart(code: number): boolean {
  return isWordStart(code) || isDigit(code);
}
