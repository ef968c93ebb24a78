/**
 * Fields as members of a JSON object.
 *
 * @module
 */
import { quote, stringify } from "../core/json.ts";
import type { Plain } from "../core/plain.ts";
import type { Fields } from "./record.ts";

/** Encoded keys kept; an application's keys are few, a hostile one's are not. */
const MAX_CACHED_KEYS = 2048;

/** Encodes fields, under other names where a line has its own use for theirs. */
export class JsonFields {
  readonly #reserved: RegExp;
  readonly #keys = new Map<string, string>();

  /**
   * @param reserved matches keys that are the line's own, with any number of `_` behind: each gets one
   * more, so the renaming is injective and two fields never end up under one key
   */
  constructor(reserved: RegExp) {
    this.#reserved = reserved;
  }

  /** The members, each with a comma before it. */
  encode(fields: Fields): string {
    let text = "";
    for (const key in fields) {
      const value = fields[key];
      switch (typeof value) {
        case "string":
          text += this.key(key) + quote(value);
          break;
        case "number":
          text += this.key(key) + (Number.isFinite(value) ? value : `"${value}"`);
          break;
        case "boolean":
          text += this.key(key) + value;
          break;
        case "undefined":
          break;
        default:
          text += this.key(key) + stringify(value as Plain);
      }
    }
    return text;
  }

  /** A key with its comma and colon. */
  key(key: string): string {
    return this.#keys.get(key) ?? this.#encodeKey(key);
  }

  #encodeKey(key: string): string {
    const encoded = "," + quote(this.#reserved.test(key) ? key + "_" : key) + ":";
    if (this.#keys.size >= MAX_CACHED_KEYS) this.#keys.clear();
    this.#keys.set(key, encoded);
    return encoded;
  }
}
