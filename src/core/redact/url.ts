/**
 * Secrets in URLs and forms: user and password, and the values of parameters whose names hide. Linear
 * in the text.
 *
 * @module
 */
import {
  type Edit,
  edited,
  type Hider,
  isStandIn,
  MAX_NAME,
  NO_EDITS,
  quoteAt,
  SCHEME,
  stringEnd,
} from "./edit.ts";

/** User, password and host together are shorter. */
const MAX_AUTHORITY = 1024;
const EQUALS = 61, PERCENT = 37, PLUS = 43;

/** Names of secrets in queries of URLs only (semantic conventions for `url.full`). */
const SIGNATURES: ReadonlySet<string> = /* @__PURE__ */ new Set([
  "x-amz-signature",
  "x-amz-credential",
  "x-amz-security-token",
  "awsaccesskeyid",
  "signature",
  "sig",
  "x-goog-signature",
]);
/** The last letters of these names and of `code`, which are e, l, n, d and g, one bit each. */
const SIGNATURE_ENDS = 1 << 4 | 1 << 11 | 1 << 13 | 1 << 3 | 1 << 6;
/** Their replacement, whatever that of others is. */
const SIGNATURE_STAND_IN = "REDACTED";
/** Codes of OAuth 2 redirects are at least this long; those of countries and errors are shorter. */
const OAUTH_CODE_LENGTH = 16;
/** The ends of a value: in a text, in a URL within a text, and in a query. */
const ENDS = /[\s"'<>`&;]/g, URL_ENDS = /[\s"'<>`&#]/g, QUERY_ENDS = /[&#]/g;

/** Edits of `user:password` before the host of a URL. */
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

/** Edits of parameters; `isQuery` tells that the whole text is a query, without its `?`. */
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

/** Redacts a value that is a URL or a form itself: `next=%2Fa%3Ftoken%3Dx`. */
function nested(value: string, hider: Hider, depth: number): string {
  if (!NESTED.test(value)) return value;
  const inner = decoded(value);
  let shown = edited(inner, credentials(inner));
  shown = edited(shown, parameters(shown, hider, false, depth));
  return shown === inner ? value : encodeURIComponent(shown.toWellFormed());
}
const NESTED = /%3d|%40/i, MAX_NESTED = 3;
/** A value with an unencoded `=` is not nested. */
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

/** The replacement of a value; undefined when the parameter of a URL is left out. */
function parameter(value: string, hider: Hider, isOfUrl: boolean): string | undefined {
  if (isOfUrl) {
    const standIn = hider.standIn(() => decoded(value));
    return standIn === undefined ? undefined : encodeURIComponent(standIn);
  }
  const quote = quoteAt(value, 0), bare = quote === "" ? value : value.slice(1, -1);
  return quote + (hider.standIn(() => bare) ?? "") + quote;
}

/** Removes a parameter and one separator. */
function without(text: string, start: number, end: number, edits: readonly Edit[]): Edit {
  const floor = edits.at(-1)?.[1] ?? 0;
  if (text[start - 1] === "&" && start > floor) return [start - 1, end, ""];
  if (text[end] === "&") return [start, end + 1, ""];
  return [Math.max(floor, start - 1), end, ""];
}

function isSeparator(code: number): boolean {
  return code === 63 || code === 38 || code === 35;
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

/** Letters, digits, non-ASCII characters, and the signs in names of parameters. */
function isOfName(code: number): boolean {
  return code >= 97 && code <= 122 || code >= 65 && code <= 90 || code >= 48 && code <= 57 ||
    code > 127 || code === 95 || code === 45 || code === 46 || code === PERCENT || code === PLUS ||
    code === 91 || code === 93;
}

/** A name or a value of a query, decoded; itself when it can't be. */
export function decoded(text: string): string {
  if (!text.includes("%") && !text.includes("+")) return text;
  try {
    return decodeURIComponent(text.replaceAll("+", " "));
  } catch {
    return text;
  }
}
