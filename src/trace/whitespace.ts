/**
 * Optional white space of HTTP (RFC 9110 §5.6.3): space and tab, no more. `String.trim` takes more,
 * and a regular expression would take quadratic time on a long run of blanks.
 *
 * @module
 */

/** The part of `text` from `start` to `end`, without blanks around it. */
export function trimBlanks(text: string, start = 0, end: number = text.length): string {
  while (start < end && isBlank(text.charCodeAt(start))) start++;
  while (end > start && isBlank(text.charCodeAt(end - 1))) end--;
  return text.slice(start, end);
}

function isBlank(code: number): boolean {
  return code === 32 || code === 9;
}
