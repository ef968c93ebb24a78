/**
 * The redaction of secrets that a text holds under names, in all forms.
 *
 * @module
 */
import { type Edit, edited, type Hider } from "./edit.ts";
import { members } from "./json.ts";
import { commandLineOptions, namedValues, xmlElements } from "./prose.ts";
import { credentials, parameters } from "./url.ts";

const COLON = 58, MINUS = 45, LESS = 60, EQUALS = 61, QUOTE = 34, AT = 64;

/** Each form reads the result of the one before it. */
const FORMS: readonly ((text: string, hider: Hider) => readonly Edit[])[] = [
  members,
  credentials,
  namedValues,
  commandLineOptions,
  xmlElements,
  (text, hider) => parameters(text, hider),
];

/** `pin=1234` is the shortest text with a secret. */
const MIN_LENGTH = 8;
/** Up to this length, a loop over the characters costs less than a regular expression. */
const SHORT = 16;
/** The signs of a secret: no colon of a time or a URL, no single `-` or `<`. */
const SIGNS = /[="@]|:(?!\/\/|(?<=\d:)\d)|--\w|<\//;

/** Whether a text may hold a secret under a name. Fast, because every text is tested and few do. */
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

/** The text without the values under names that hide. */
export function hideNamed(text: string, hider: Hider): string {
  for (const form of FORMS) text = edited(text, form(text, hider));
  return text;
}

/** The same, with the place to which replacements before it move `end`. */
export function hideNamedBefore(text: string, end: number, hider: Hider): [string, number] {
  for (const form of FORMS) {
    const edits = form(text, hider);
    text = edited(text, edits);
    end += movedBy(edits, end);
  }
  return [text, end];
}

function movedBy(edits: readonly Edit[], end: number): number {
  let moved = 0;
  for (const [from, to, standIn] of edits) {
    if (from < end) moved += standIn.length - (Math.min(to, end) - from);
  }
  return moved;
}
