/**
 * Texts cut to a length, in one piece, and safe to show.
 *
 * @module
 */

/** Shortens `text` to `max` units and says how many were cut; a surrogate pair is not split. */
export function clip(text: string, max: number): string {
  if (text.length <= max) return text;
  const kept = head(text, max);
  return `${kept}…[${text.length - kept.length} cut]`;
}

/**
 * The first `max` units of `text`, or one less: a surrogate pair is not split. What is left does not keep
 * the rest alive.
 */
export function head(text: string, max: number): string {
  if (text.length <= max) return text;
  const last = text.charCodeAt(max - 1);
  return copy(text.slice(0, last >= 0xd800 && last <= 0xdbff ? max - 1 : max));
}

/**
 * The text in one piece. Engines keep what was concatenated as a tree until somebody reads its end, and
 * walk the tree each time it is written into another text: a part that is used often costs less flat.
 */
export function flat(text: string): string {
  return text.charCodeAt(text.length - 1) === 0 ? copy(text) : text;
}

/** The text without what it was cut from, which engines keep alive behind a slice. */
export function copy(text: string): string {
  return JSON.parse(JSON.stringify(text));
}

/** Line breaks, controls (ESC and C1 among them), bidi and invisible marks, lone surrogates. */
const UNSAFE =
  // deno-lint-ignore no-control-regex
  /[\x00-\x1f\x7f-\x9f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff]|[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/g;

/** The text with what could forge a line or a colour shown escaped. */
export function visible(text: string): string {
  return text.replace(UNSAFE, (character) => {
    if (character === "\n") return "\\n";
    if (character === "\r") return "\\r";
    if (character === "\t") return "\\t";
    return "\\u" + character.charCodeAt(0).toString(16).padStart(4, "0");
  });
}
