/**
 * Edits of a text: the parts that are replaced because they are secret.
 *
 * @module
 */

/** A part of a text, from and to, and its replacement. */
export type Edit = readonly [from: number, to: number, standIn: string];

/** Decides which names hide their values; a `Redactor` does. */
export interface Hider {
  /** Whether the value under a name is hidden. */
  hides(name: string): boolean;
  /** The replacement of a value; undefined when it is left out. */
  standIn(text: () => string): string | undefined;
}

/** Shared by texts without an edit. */
export const NO_EDITS: readonly Edit[] = [];
/** The length to which names are read. */
export const MAX_NAME = 64;
const BACKSLASH = 92;

/** Replacements of an earlier redaction: a text may be redacted twice. */
const STAND_IN =
  /(?:REDACTED(?![\w-])|\[REDACTED\]|\[HMAC [\da-f]{32}\]|%5BREDACTED%5D|%5BHMAC%20[\da-f]{32}%5D)/y;

/** A value of `Authorization`: a scheme and one word. */
export const SCHEME =
  /((?:basic|bearer|token|negotiate|ntlm|dpop|api-?key|key|splunk|sharedkey(?:lite)?)[ \t]+)[^\s"'`<>,;\\]+/iy;

/** The text with its edits made. */
export function edited(text: string, edits: readonly Edit[]): string {
  if (edits.length === 0) return text;
  let shown = "", at = 0;
  for (const [from, to, standIn] of edits) {
    shown += text.slice(at, from) + standIn;
    at = to;
  }
  return shown + text.slice(at);
}

/** Whether the replacement of an earlier redaction is at this place. */
export function isStandIn(text: string, at: number): boolean {
  STAND_IN.lastIndex = quoteAt(text, at) === "" ? at : at + 1;
  return STAND_IN.test(text);
}

/** The quote at a place; "" for another character. */
export function quoteAt(text: string, at: number): string {
  return text[at] === '"' || text[at] === "'" ? text[at]! : "";
}

/** The end of a string, after its quote: each level of JSON doubles backslashes and adds one to it. */
export function stringEnd(text: string, at: number, escapes: number, sign = '"'): number {
  for (let quote = text.indexOf(sign, at); quote >= 0; quote = text.indexOf(sign, quote + 1)) {
    let before = quote;
    while (before > at && text.charCodeAt(before - 1) === BACKSLASH) before--;
    if ((quote - before) % (2 * escapes + 2) === escapes) return quote + 1;
  }
  return text.length;
}

/** A blank as JSON and XML have it. */
export function isBlank(code: number): boolean {
  return code === 32 || code >= 9 && code <= 13;
}
