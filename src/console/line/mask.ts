/**
 * What surely differs between messages of one pattern: numbers, ids, quoted parts.
 *
 * @module
 */

const QUOTED = /"[^"]{0,200}"|'[^']{0,200}'|`[^`]{0,200}`/g;
const ID = /\b(?:[0-9a-f]{8}-[0-9a-f-]{20,}|0x[0-9a-f]+|[0-9a-f]{12,})\b/gi;
const WITH_DIGIT = /[^\s=:,;()[\]{}<>"'|]*\d[^\s=:,;()[\]{}<>"'|]*/g;

/** The message, with one wildcard in place of each run of such parts. */
export function masked(message: string): string {
  return message.slice(0, 500).replace(QUOTED, "*").replace(ID, "*").replace(WITH_DIGIT, "*")
    .replace(/\*(?:[\s,]*\*)+/g, "*").trim();
}
