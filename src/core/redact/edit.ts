/**
 * Edits of a text: the parts that are replaced because they are secret.
 *
 * @module
 */

/** A part of a text, from and to, and what stands in its place. */
export type Edit = readonly [from: number, to: number, standIn: string];

/** Tells what is hidden. */
export interface Hider {
  /** Whether the value under a name is. */
  hides(name: string): boolean;
  /** What stands in its place; undefined: nothing. */
  standIn(text: () => string): string | undefined;
}

/** None. */
export const NO_EDITS: readonly Edit[] = [];
/** A name is looked at so far back. */
export const MAX_NAME = 64;
const BACKSLASH = 92;

/** What was put in place before: a text may be read twice. */
const STAND_IN =
  /(?:REDACTED(?![\w-])|\[REDACTED\]|\[HMAC [\da-f]{32}\]|%5BREDACTED%5D|%5BHMAC%20[\da-f]{32}%5D)/y;

/** What stands behind `Authorization`: a scheme and one word. */
export const SCHEME =
  /((?:basic|bearer|token|negotiate|ntlm|dpop|api-?key|key|splunk|sharedkey(?:lite)?)[ \t]+)[^\s"'`<>,;\\]+/iy;

/** The text with what was found in it hidden. */
export function edited(text: string, edits: readonly Edit[]): string {
  if (edits.length === 0) return text;
  let shown = "", at = 0;
  for (const [from, to, standIn] of edits) {
    shown += text.slice(at, from) + standIn;
    at = to;
  }
  return shown + text.slice(at);
}

/** Whether what was put in place before stands here. */
export function isStandIn(text: string, at: number): boolean {
  STAND_IN.lastIndex = quoteAt(text, at) === "" ? at : at + 1;
  return STAND_IN.test(text);
}

/** The quote at a place; "" when there is none. */
export function quoteAt(text: string, at: number): string {
  return text[at] === '"' || text[at] === "'" ? text[at]! : "";
}

/** Behind the quote that ends a string: each level of JSON doubles backslashes and adds one before it. */
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
