/**
 * JSON text that stays on one line.
 *
 * @module
 */
import type { Plain } from "./data.ts";

/** Characters that JSON need not escape, but that line readers and terminals act on. */
const LINE_BREAKERS: RegExp = /[\x7f-\x9f\u2028\u2029]/g;
/** {@linkcode LINE_BREAKERS} for a test, which is cheaper than a replacement that finds nothing. */
export const HAS_BREAKERS: RegExp = /[\x7f-\x9f\u2028\u2029]/;
/** Characters that a JSON string can't hold unescaped, and {@linkcode LINE_BREAKERS}. */
// deno-lint-ignore no-control-regex
const UNCLEAN = /[\x00-\x1f"\\\x7f-\x9f\u2028\u2029\ud800-\udfff]/;

/**
 * A string as a JSON literal on one line: line and paragraph separators and C1 controls are escaped
 * too, and so are lone surrogates, which UTF-8 can't carry.
 */
export function quote(text: string): string {
  if (!UNCLEAN.test(text)) return '"' + text + '"';
  return escapeBreakers(JSON.stringify(text));
}

/** JSON text of plain data, on one line. Not safe for anything else: `plain` comes first. */
export function stringify(value: Plain): string {
  return escapeBreakers(JSON.stringify(value));
}

function escapeBreakers(json: string): string {
  if (!HAS_BREAKERS.test(json)) return json;
  return json.replace(
    LINE_BREAKERS,
    (character) => "\\u" + character.charCodeAt(0).toString(16).padStart(4, "0"),
  );
}
