/**
 * Which keys hide their values, for log records, spans and exported errors alike.
 *
 * @module
 */

/** What stands where a value was hidden. */
export const REDACTED = "[REDACTED]";

/** Keys that are hidden unless other keys are given. Case, `-` and `_` do not matter. */
export const DEFAULT_REDACTED_KEYS: readonly string[] = [
  "authorization",
  "proxy-authorization",
  "cookie",
  "set-cookie",
  "password",
  "passwd",
  "passphrase",
  "token",
  "access-token",
  "refresh-token",
  "id-token",
  "auth-token",
  "secret",
  "client-secret",
  "secret-key",
  "private-key",
  "api-key",
  "x-api-key",
];

/** Answers kept for keys that passed the first look; keys an application uses are few. */
const MAX_CACHED = 1024;

/**
 * Tells which keys are to be hidden: the whole key must match, ignoring case, `-` and `_`, so
 * `token_count` is shown and `API-Key` is not.
 *
 * @example The default keys
 * ```ts
 * import { Redactor } from "@telltale/telltale/log";
 * import assert from "node:assert/strict";
 *
 * const redactor = new Redactor();
 * assert.deepEqual(["Set_Cookie", "cookies"].map((key) => redactor.hides(key)), [true, false]);
 * ```
 */
export class Redactor {
  readonly #keys: ReadonlySet<string>;
  readonly #cache = new Map<string, boolean>();
  /** Whether a hidden key may start or end with this ASCII character: most keys stop here. */
  readonly #starts: Uint8Array<ArrayBuffer> = new Uint8Array(128);
  readonly #ends: Uint8Array<ArrayBuffer> = new Uint8Array(128);

  /**
   * Hides the values of `keys`.
   *
   * @param keys all keys to hide; none hides nothing
   * @throws {TypeError} when a key is not a string or is empty without its `-` and `_`
   */
  constructor(keys: readonly string[] = DEFAULT_REDACTED_KEYS) {
    const folded = new Set<string>();
    for (const key of keys) {
      if (typeof key !== "string" || fold(key) === "") {
        throw new TypeError(`Cannot redact key ${JSON.stringify(key)}: must be a non-empty string`);
      }
      folded.add(fold(key));
    }
    this.#keys = folded;
    for (const key of folded) {
      mark(this.#starts, key.charCodeAt(0));
      mark(this.#ends, key.charCodeAt(key.length - 1));
    }
    mark(this.#starts, 0x2d, 0x5f);
    mark(this.#ends, 0x2d, 0x5f);
  }

  /** Whether the value under `key` is to be hidden. */
  hides(key: string): boolean {
    const start = key.charCodeAt(0), end = key.charCodeAt(key.length - 1);
    if (start < 128 && end < 128 && (this.#starts[start]! & this.#ends[end]!) === 0) return false;
    return this.#lookUp(key);
  }

  #lookUp(key: string): boolean {
    const known = this.#cache.get(key);
    if (known !== undefined) return known;
    if (key.length > 256) return false;
    const hidden = this.#keys.has(fold(key));
    if (this.#cache.size >= MAX_CACHED) this.#cache.clear();
    this.#cache.set(key, hidden);
    return hidden;
  }
}

function fold(key: string): string {
  return key.replace(/[-_]/g, "").toLowerCase();
}

function mark(table: Uint8Array, ...codes: readonly number[]): void {
  for (const code of codes) {
    // Letters differ from their capitals in this one bit.
    const folded = String.fromCharCode(code);
    for (const form of [folded, folded.toUpperCase()]) {
      if (form.charCodeAt(0) < 128) table[form.charCodeAt(0)] = 1;
    }
  }
}
