/**
 * Secrets in prose: lines of headers, printed objects, command lines, XML, `password: x`. Linear in the
 * text.
 *
 * @module
 */
import {
  type Edit,
  type Hider,
  isBlank,
  isStandIn,
  MAX_NAME,
  NO_EDITS,
  SCHEME,
  stringEnd,
} from "./edit.ts";
import { memberEnd } from "./json.ts";

const COLON = 58,
  EQUALS = 61,
  GREATER_THAN = 62,
  MINUS = 45,
  BACKSLASH = 92,
  UNDERSCORE = 95,
  LESS_THAN = 60,
  SLASH = 47,
  APOSTROPHE = 39;

/** Edits of values after a name and a colon, an arrow, or an equals sign with blanks around it. */
export function namedValues(text: string, hider: Hider): readonly Edit[] {
  let edits: Edit[] | undefined;
  let colon = text.indexOf(":"), equals = text.indexOf("=");
  for (let end = 0; colon >= 0 || equals >= 0;) {
    const at = equals < 0 || colon >= 0 && colon < equals ? colon : equals;
    const edit = mayFrameValue(text, at) ? namedValueAt(text, at, end, hider) : undefined;
    if (edit !== undefined) (edits ??= []).push(edit.shown);
    end = edit?.end ?? at + 1;
    if (colon >= 0 && colon < end) colon = text.indexOf(":", end);
    if (equals >= 0 && equals < end) equals = text.indexOf("=", end);
  }
  return edits ?? NO_EDITS;
}

/** Whether a name and its value may be around a sign; most signs are in times, URLs or comparisons. */
function mayFrameValue(text: string, at: number): boolean {
  const before = text.charCodeAt(at - 1), after = text.charCodeAt(at + 1);
  if (text.charCodeAt(at) === COLON) {
    return !(isDigit(before) && isDigit(after)) && !(after === SLASH && text[at + 2] === "/");
  }
  if (after === EQUALS || !isSpace(before) && !isSpace(after) && after !== GREATER_THAN) {
    return false;
  }
  return isSpace(before) || isOfWord(before) && before !== MINUS || before === APOSTROPHE;
}

function namedValueAt(
  text: string,
  at: number,
  floor: number,
  hider: Hider,
): { readonly shown: Edit; readonly end: number } | undefined {
  const isArrow = text.charCodeAt(at + 1) === GREATER_THAN, after = at + (isArrow ? 2 : 1);
  const name = nameBefore(text, at, floor);
  if (name === undefined || !hider.hides(name.text)) return undefined;
  // A part of a URN, or the tag of a container image.
  const isPart = !isSpace(text.charCodeAt(after)) && /[:/.]/.test(text[name.start - 1] ?? "");
  const value = isPart ? undefined : valueAt(text, after, name.text, isArrow);
  return value && { shown: editOf(text, name.after, value, hider), end: value[2] };
}

/** Replaces a value; when it is left out, the sign before it is too. */
function editOf(text: string, after: number, [from, to, end]: Value, hider: Hider): Edit {
  const standIn = hider.standIn(() => text.slice(from, to));
  return standIn === undefined ? [after, end, ""] : [from, to, standIn];
}

interface Name {
  readonly text: string;
  readonly start: number;
  readonly end: number;
  /** The place after its quote. */
  readonly after: number;
}

function nameBefore(text: string, at: number, floor: number): Name | undefined {
  let after = at;
  while (after > floor && after > at - 2 && isSpace(text.charCodeAt(after - 1))) after--;
  const end = text[after - 1] === "'" ? after - 1 : after;
  let start = wordStart(text, end, floor);
  if (start === end) return undefined;
  // "API key" is two words of prose.
  if (end - start === 3 && start - floor > 1 && /^key$/i.test(text.slice(start, end))) {
    if (text[start - 1] === " ") start = wordStart(text, start - 1, floor);
  }
  return { text: text.slice(start, end), start, end, after };
}

function wordStart(text: string, end: number, floor: number): number {
  let start = end;
  const least = Math.max(floor, end - MAX_NAME);
  while (start > least && isOfWord(text.charCodeAt(start - 1))) start--;
  return start;
}

function isDigit(code: number): boolean {
  return code >= 48 && code <= 57;
}

function isOfWord(code: number): boolean {
  return code >= 97 && code <= 122 || code >= 65 && code <= 90 || isDigit(code) || code > 127 ||
    code === UNDERSCORE || code === MINUS;
}

/** From, to, and the place to continue at, which is after a quote. */
type Value = readonly [from: number, to: number, end: number];

function valueAt(text: string, at: number, name: string, quotedOnly: boolean): Value | undefined {
  while (isSpace(text.charCodeAt(at))) at++;
  let escapes = 0;
  while (escapes < 15 && text.charCodeAt(at + escapes) === BACKSLASH) escapes++;
  const quote = text[at + escapes];
  if (quote === '"' || quote === "'" || quote === "`") {
    return quoted(text, at + escapes + 1, escapes, quote);
  }
  if (quotedOnly) return undefined;
  // The scheme itself is shown.
  const scheme = schemeAt(text, at);
  at += scheme;
  if (isStandIn(text, at)) return undefined;
  const to = (scheme > 0 ? undefined : headerEnd(text, at, name) ?? listEnd(text, at)) ??
    wordEnd(text, at, name);
  return to === undefined || to === at ? undefined : [at, to, to];
}

function quoted(text: string, from: number, escapes: number, quote: string): Value | undefined {
  const end = stringEnd(text, from, escapes, quote);
  const isClosed = end > from + escapes && text[end - 1] === quote;
  const to = isClosed ? end - 1 - escapes : end;
  return to <= from || isStandIn(text, from) ? undefined : [from, to, end];
}

function schemeAt(text: string, at: number): number {
  SCHEME.lastIndex = at;
  return SCHEME.exec(text)?.[1]?.length ?? 0;
}

/** The end of cookies, or of a scheme and its parameters. */
function headerEnd(text: string, at: number, name: string): number | undefined {
  const form = /cookies?$/i.test(name) ? COOKIES : PARAMETERS;
  form.lastIndex = at;
  return form.test(text) ? form.lastIndex : undefined;
}
const COOKIES = /* @__PURE__ */ (() => {
  const cookie = /[^\s;=,"'`\\]{1,256}=(?:\\?"[^"\\]*\\?"|[^\s;"'`\\]*)/.source;
  return new RegExp(`${cookie}(?:;[ \\t]*(?:${cookie}|[a-z]+\\b))*`, "iy");
})();
/** `Digest username="a", response="b"`. */
const PARAMETERS = /[a-z][\w-]{0,63}[ \t]{1,8}[\w-]{1,64}=[^\r\n]*/iy;

/** The end of a printed list or object, after its bracket. */
function listEnd(text: string, at: number): number | undefined {
  const isOpen = text[at] === "[" || text[at] === "{";
  return isOpen && at + 1 < text.length ? memberEnd(text, at, 0) : undefined;
}

/** The end of a word that may be a secret; undefined for a word of prose, as in `token: expired`. */
function wordEnd(text: string, at: number, name: string): number | undefined {
  WORD.lastIndex = at;
  let word = WORD.exec(text)?.[0] ?? "";
  // A name of what follows, such as the class of an error. A long one would be read repeatedly.
  if (word.endsWith(":") && word.length <= MAX_NAME) return undefined;
  let last = word.length;
  while (last > 0 && "()[]{}.,!?".includes(word[last - 1]!)) last--;
  word = word.slice(0, last);
  const to = at + last;
  if (STATUS.test(word) && DESCRIBED.test(name)) return undefined;
  if (!PLAIN.test(word)) return to;
  return PASSWORD.test(name) && !NO_PASSWORD.test(word) && isClauseEnd(text, to) ? to : undefined;
}
const WORD = /[^\s"'`<>;\\]*/y;
const PLAIN = /^(?:\p{Lu}?\p{Ll}{0,18}(?:['’-]\p{Ll}+)*|[A-Z][A-Z_]{0,30}|[*•….-]*)$/u;
/** `Cannot fetch token: 401 Unauthorized`. */
const STATUS = /^[45]\d\d$/, DESCRIBED = /(?:token|session|authorization|credentials?)$/i;
const PASSWORD = /pass|pwd|secret/i;
/** Words that describe a password and are not one. */
const NO_PASSWORD =
  /^(?:null|undefined|nil|none|true|false|yes|no|missing|required|invalid|wrong|incorrect|expired|empty|unset|set|changed|updated|ok|hidden|redacted|string|[*•….-]*)$/i;

function isClauseEnd(text: string, at: number): boolean {
  return at === text.length || !isSpace(text.charCodeAt(at)) || isBreak(text.charCodeAt(at + 1));
}

function isBreak(code: number): boolean {
  return !(code > 48 && isOfWord(code));
}

function isSpace(code: number): boolean {
  return code === 32 || code === 9;
}

/** Edits of values after an option of a command line: `--password x`. */
export function commandLineOptions(text: string, hider: Hider): readonly Edit[] {
  let edits: Edit[] | undefined;
  for (let at = text.indexOf("--"), end; at >= 0; at = text.indexOf("--", end)) {
    end = at += 2;
    while (end < text.length && end - at < MAX_NAME && isOfWord(text.charCodeAt(end))) end++;
    if (!isSpace(text.charCodeAt(end)) || !hider.hides(text.slice(at, end))) continue;
    const value = text[end + 1] === "-"
      ? undefined
      : valueAt(text, end, text.slice(at, end), false);
    if (value === undefined) continue;
    (edits ??= []).push(editOf(text, end, value, hider));
    end = value[2];
  }
  return edits ?? NO_EDITS;
}

/** Edits of the content of XML elements. */
export function xmlElements(text: string, hider: Hider): readonly Edit[] {
  let edits: Edit[] | undefined;
  for (let at = text.indexOf("</"), floor = 0; at >= 0; at = text.indexOf("</", at + 2)) {
    let end = at + 2, start = end;
    for (; end < text.length && end - at < MAX_NAME; end++) {
      const code = text.charCodeAt(end);
      if (code === COLON) start = end + 1;
      else if (!isOfWord(code)) break;
    }
    if (text.charCodeAt(end) === GREATER_THAN && hider.hides(text.slice(start, end))) {
      const held = text.slice(floor, at), from = floor + held.lastIndexOf(">") + 1;
      const isText = from > floor && from < at && !isBlankText(text, from, at);
      if (isText && !isStandIn(text, from)) {
        (edits ??= []).push([from, at, hider.standIn(() => text.slice(from, at)) ?? ""]);
      }
    }
    floor = at;
  }
  return edits ?? NO_EDITS;
}

function isBlankText(text: string, from: number, to: number): boolean {
  while (from < to && isBlank(text.charCodeAt(from))) from++;
  return from === to || text.charCodeAt(from) === LESS_THAN;
}
