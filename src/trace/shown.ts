/**
 * What was given in place of something else, for a message.
 *
 * @module
 */

/** Text in quotes, numbers as they are, of anything else the kind. Never throws. */
export function shown(value: unknown): string {
  if (typeof value === "string") return JSON.stringify(value);
  if (typeof value === "function") return "function";
  return typeof value === "object" && value !== null ? "object" : String(value);
}
