/**
 * Secrets in JSON: the values of members whose names hide, also in JSON that is a string of another
 * one. Linear in the text.
 *
 * @module
 */
import { type Edit, type Hider, isBlank, isStandIn, NO_EDITS, stringEnd } from "./edit.ts";

/** Backslashes before a quote, in JSON in JSON in JSON. */
const MAX_ESCAPES = 15;
const QUOTE = 34, BACKSLASH = 92;

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

/** The end of the value that starts at `at`, which may be cut. */
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
