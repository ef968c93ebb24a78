/**
 * Secrets that texts hold under their names: parameters of URLs and forms, members of JSON, and the
 * user and password of a URL. Each is linear in the text.
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
/** A host and who visits it are shorter. */
const MAX_AUTHORITY = 1024;
/** Backslashes before a quote, in JSON in JSON in JSON. */
const MAX_ESCAPES = 15;
const COLON = 58, MINUS = 45, LESS = 60;
const EQUALS = 61, QUOTE = 34, AT = 64, BACKSLASH = 92, PERCENT = 37, PLUS = 43;

/** What is secret in the query of a URL only (semantic conventions for `url.full`). */
const SIGNATURES: ReadonlySet<string> = /* @__PURE__ */ new Set([
  "x-amz-signature",
  "x-amz-credential",
  "x-amz-security-token",
  "awsaccesskeyid",
  "signature",
  "sig",
  "x-goog-signature",
]);
/** The last letters of these, and of `code`, each a bit. */
const SIGNATURE_ENDS = "elndg".split("").reduce((bits, c) => bits | 1 << (c.charCodeAt(0) - 97), 0);
/** What stands for them, whatever is put in place of others. */
const SIGNATURE_STAND_IN = "REDACTED";
/** The code of an OAuth 2 redirect is longer, that of a country or an error is shorter. */
const OAUTH_CODE_LENGTH = 16;
/** What was put in place before: a text may be read twice. */
const STAND_IN =
  /(?:REDACTED(?![\w-])|\[REDACTED\]|\[HMAC [\da-f]{32}\]|%5BREDACTED%5D|%5BHMAC%20[\da-f]{32}%5D)/y;

/** What ends a value outside a URL, and within the query of one that stands in a text. */
const ENDS = /[\s"'<>`&;]/g, URL_ENDS = /[\s"'<>`&#]/g, QUERY_ENDS = /[&#]/g;

/** What stands behind `Authorization`: a scheme and one word. */
export const SCHEME =
  /((?:basic|bearer|token|negotiate|ntlm|dpop|api-?key|key|splunk|sharedkey(?:lite)?)[ \t]+)[^\s"'`<>,;\\]+/iy;

/** `pin=1234` is the shortest that is looked for. */
const MIN_LENGTH = 8;
/** To this length a look at each character costs less than a call of the engine's. */
const SHORT = 16;
/** What is no colon of a time or a URL, no single `-` or `<`. */
const SIGNS = /[="@]|:(?!\/\/|(?<=\d:)\d)|--\w|<\//;

/** Whether a text may hold any of this: nearly none does, and every text is asked. */
export function mayHold(text: string): boolean {
  const length = text.length;
  if (length < MIN_LENGTH) return false;
  if (length > SHORT) return SIGNS.test(text);
  for (let i = 0; i < length; i++) {
    const code = text.charCodeAt(i);
    if (code === EQUALS || code === QUOTE || code === AT) return true;
    if (code === COLON || code === MINUS || code === LESS) return SIGNS.test(text);
  }
  return false;
}

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

/** `user:password` before the host of a URL. */
export function credentials(text: string): readonly Edit[] {
  if (text.indexOf("@") < 0) return NO_EDITS;
  const edits: Edit[] = [];
  for (let at = text.indexOf("://"); at >= 0; at = text.indexOf("://", at)) {
    at += 3;
    const start = at;
    for (; at < text.length && at - start < MAX_AUTHORITY; at++) {
      if (AUTHORITY_END.test(text[at]!)) break;
    }
    const user = text.slice(start, at).lastIndexOf("@");
    if (user > 0 && text.slice(start, start + user) !== HIDDEN_USER) {
      edits.push([start, start + user, HIDDEN_USER]);
    }
  }
  return edits;
}
const HIDDEN_USER = "REDACTED:REDACTED";
const AUTHORITY_END = /[\s/?#"'<>`\\]/;

/** Values behind the names of parameters; `isQuery` says that all of the text is one, without its `?`. */
export function parameters(
  text: string,
  hider: Hider,
  isQuery = false,
  depth = 0,
): readonly Edit[] {
  let edits: Edit[] | undefined, mayNest: boolean | undefined;
  for (let at = text.indexOf("="), end = 0; at >= 0; at = text.indexOf("=", end)) {
    let start = at;
    const from = Math.max(end, at - MAX_NAME);
    let isEncoded = false;
    for (let code; start > from && isOfName(code = text.charCodeAt(start - 1)); start--) {
      isEncoded ||= code === PERCENT || code === PLUS;
    }
    end = at + 1;
    if (start === at || text.charCodeAt(end) === EQUALS) continue;
    const isOfUrl = isQuery || start > 0 && isSeparator(text.charCodeAt(start - 1));
    const written = text.slice(start, at), name = isEncoded ? decoded(written) : written;
    const kind = kindOf(name, isOfUrl, hider);
    if (kind === SHOWN) {
      if (!(mayNest ??= depth < MAX_NESTED && NESTED.test(text))) continue;
      const to = nextOf(NESTED_ENDS, text, end), value = text.slice(end, to);
      const shown = nested(value, hider, depth + 1);
      if (shown === value) continue;
      (edits ??= []).push([end, to, shown]);
      end = to;
      continue;
    }
    const to = valueEnd(text, end, isOfUrl ? isQuery ? QUERY_ENDS : URL_ENDS : ENDS);
    if (kind === CODE && to - end < OAUTH_CODE_LENGTH) continue;
    if ((to > end || isOfUrl) && !isStandIn(text, end)) {
      const value = text.slice(end, to);
      const standIn = kind === SIGNATURE ? SIGNATURE_STAND_IN : parameter(value, hider, isOfUrl);
      edits ??= [];
      edits.push(standIn === undefined ? without(text, start, to, edits) : [end, to, standIn]);
    }
    end = to;
  }
  return edits ?? NO_EDITS;
}

/** A value that is a URL or a form itself: `next=%2Fa%3Ftoken%3Dx`. */
function nested(value: string, hider: Hider, depth: number): string {
  if (!NESTED.test(value)) return value;
  const inner = decoded(value);
  let shown = edited(inner, credentials(inner));
  shown = edited(shown, parameters(shown, hider, false, depth));
  return shown === inner ? value : encodeURIComponent(shown.toWellFormed());
}
const NESTED = /%3d|%40/i, MAX_NESTED = 3;
/** A value with a bare `=` is read as it stands. */
const NESTED_ENDS = /[\s"'<>`&;#=]/g;

const SHOWN = 0, HIDDEN = 1, SIGNATURE = 2, CODE = 3;

function kindOf(name: string, isOfUrl: boolean, hider: Hider): number {
  // 97 is "a".
  if (isOfUrl && (SIGNATURE_ENDS >> ((name.charCodeAt(name.length - 1) | 32) - 97) & 1) === 1) {
    const key = name.toLowerCase();
    if (SIGNATURES.has(key)) return SIGNATURE;
    if (key === "code") return CODE;
  }
  return hider.hides(name) ? HIDDEN : SHOWN;
}

/** What stands in place of a value; undefined where the parameter of a URL is left out. */
function parameter(value: string, hider: Hider, isOfUrl: boolean): string | undefined {
  if (isOfUrl) {
    const standIn = hider.standIn(() => decoded(value));
    return standIn === undefined ? undefined : encodeURIComponent(standIn);
  }
  const quote = quoteAt(value, 0), bare = quote === "" ? value : value.slice(1, -1);
  return quote + (hider.standIn(() => bare) ?? "") + quote;
}

/** Leaves out a parameter and the separator that is not needed any more. */
function without(text: string, start: number, end: number, edits: readonly Edit[]): Edit {
  const floor = edits.at(-1)?.[1] ?? 0;
  if (text[start - 1] === "&" && start > floor) return [start - 1, end, ""];
  if (text[end] === "&") return [start, end + 1, ""];
  return [Math.max(floor, start - 1), end, ""];
}

function isSeparator(code: number): boolean {
  return code === 63 || code === 38 || code === 35;
}

/** Whether what was put in place before stands here. */
export function isStandIn(text: string, at: number): boolean {
  STAND_IN.lastIndex = quoteAt(text, at) === "" ? at : at + 1;
  return STAND_IN.test(text);
}

function quoteAt(text: string, at: number): string {
  return text[at] === '"' || text[at] === "'" ? text[at]! : "";
}

function valueEnd(text: string, at: number, ends: RegExp): number {
  const quote = ends === ENDS ? quoteAt(text, at) : "";
  if (quote !== "") {
    return stringEnd(text, at + 1, 0, quote);
  }
  if (ends === ENDS) {
    SCHEME.lastIndex = at;
    if (SCHEME.test(text)) return SCHEME.lastIndex;
  }
  return nextOf(ends, text, at);
}

function nextOf(ends: RegExp, text: string, at: number): number {
  ends.lastIndex = at;
  return ends.exec(text)?.index ?? text.length;
}

/** Values of JSON members, also in JSON that is a string of another. */
export function members(text: string, hider: Hider): readonly Edit[] {
  if (text.indexOf('"') < 0) return NO_EDITS;
  const edits: Edit[] = [];
  for (let at = text.indexOf(":"), end = 0; at >= 0; at = text.indexOf(":", end)) {
    const floor = end;
    end = at + 1;
    const close = blanksBefore(text, at, floor) - 1;
    if (close < floor || text.charCodeAt(close) !== QUOTE) continue;
    const escapes = escapesBefore(text, close);
    const open = text.lastIndexOf('"', close - 1);
    if (open < floor || !hider.hides(text.slice(open + 1, close - escapes))) continue;
    const from = blanksBehind(text, end), to = memberEnd(text, from, escapes);
    const edit = member(text, from, to, escapes, hider);
    if (edit !== undefined) edits.push(edit);
    end = Math.max(to, end);
  }
  return edits;
}

function member(
  text: string,
  from: number,
  to: number,
  escapes: number,
  hider: Hider,
): Edit | undefined {
  const quote = "\\".repeat(escapes) + '"';
  const isText = text.startsWith(quote, from);
  const start = isText ? from + quote.length : from;
  const end = isText && to - quote.length >= start && text.endsWith(quote, to)
    ? to - quote.length
    : to;
  return start === end ? undefined : memberEdit(text, start, end, isText ? "" : quote, hider);
}

function memberEdit(
  text: string,
  start: number,
  end: number,
  quote: string,
  hider: Hider,
): Edit | undefined {
  const value = text.slice(start, end);
  if (isStandIn(value, 0) || quote !== "" && (value === "null")) return undefined;
  const standIn = hider.standIn(() => value);
  if (standIn === undefined) return [start, end, quote === "" ? "" : "null"];
  return [start, end, quote + standIn + quote];
}

/** Behind the value that starts at `at`, which may be cut. */
export function memberEnd(text: string, at: number, escapes: number): number {
  if (text.charCodeAt(at + escapes) === QUOTE) return stringEnd(text, at + escapes + 1, escapes);
  let depth = 0;
  for (let i = at; i < text.length; i++) {
    const character = text[i]!;
    if (character === '"') i = stringEnd(text, i + 1, escapes) - 1;
    else if (character === "{" || character === "[") depth++;
    else if (depth === 0) {
      if (VALUE_END.test(character)) return i;
    } else if ((character === "}" || character === "]") && --depth === 0) return i + 1;
  }
  return text.length;
}
const VALUE_END = /[,}\]\s\\]/;

/** Behind the quote that ends a string: each level of JSON doubles backslashes and adds one before it. */
export function stringEnd(text: string, at: number, escapes: number, sign = '"'): number {
  for (let quote = text.indexOf(sign, at); quote >= 0; quote = text.indexOf(sign, quote + 1)) {
    let before = quote;
    while (before > at && text.charCodeAt(before - 1) === BACKSLASH) before--;
    if ((quote - before) % (2 * escapes + 2) === escapes) return quote + 1;
  }
  return text.length;
}

function escapesBefore(text: string, at: number): number {
  let count = 0;
  while (count < MAX_ESCAPES && text.charCodeAt(at - count - 1) === BACKSLASH) count++;
  return count;
}

function blanksBefore(text: string, at: number, floor: number): number {
  while (at > floor && isBlank(text.charCodeAt(at - 1))) at--;
  return at;
}

function blanksBehind(text: string, at: number): number {
  while (isBlank(text.charCodeAt(at))) at++;
  return at;
}

/** A blank as JSON and XML have it. */
export function isBlank(code: number): boolean {
  return code === 32 || code >= 9 && code <= 13;
}

/** Letters, digits, what is not ASCII, and what names of parameters are written with. */
function isOfName(code: number): boolean {
  return code >= 97 && code <= 122 || code >= 65 && code <= 90 || code >= 48 && code <= 57 ||
    code > 127 || code === 95 || code === 45 || code === 46 || code === PERCENT || code === PLUS ||
    code === 91 || code === 93;
}

/** A name or a value as whoever reads the query reads it. */
export function decoded(text: string): string {
  if (!text.includes("%") && !text.includes("+")) return text;
  try {
    return decodeURIComponent(text.replaceAll("+", " "));
  } catch {
    return text;
  }
}
