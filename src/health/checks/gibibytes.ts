/**
 * Bytes for people.
 *
 * @module
 */

/** `1536 MiB` as `1.5 GiB`: one decimal, for a description. */
export function gibibytes(bytes: number): string {
  return `${(bytes / 2 ** 30).toFixed(1)} GiB`;
}
