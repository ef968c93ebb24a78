/**
 * The pattern of a message: what stays the same when its numbers, ids and quoted parts change.
 *
 * @module
 */

const QUOTED = /"[^"]{0,200}"|'[^']{0,200}'|`[^`]{0,200}`/g;
const ID = /\b(?:[0-9a-f]{8}-[0-9a-f-]{20,}|0x[0-9a-f]+|[0-9a-f]{12,})\b/gi;
const WITH_DIGIT = /[^\s=:,;()[\]{}<>"'|]*\d[^\s=:,;()[\]{}<>"'|]*/g;

/** Messages with the same pattern were written by the same line of the program, nearly always. */
export function patternOf(message: string): string {
  return message.slice(0, 500).replace(QUOTED, "*").replace(ID, "*").replace(WITH_DIGIT, "*")
    .replace(/\*(?:[\s,]*\*)+/g, "*").trim();
}
