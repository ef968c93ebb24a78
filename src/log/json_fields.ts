/**
 * Fields as members of a JSON object.
 *
 * @module
 */
import { LINE_BREAKERS, quote, stringify } from "../core/json.ts";
import type { Plain } from "../core/plain.ts";
import { runtime } from "../core/platform.ts";
import type { Fields } from "./record.ts";

/** Encoded keys kept; an application's keys are few, a hostile one's are not. */
const MAX_CACHED_KEYS = 2048;
/** JavaScriptCore puts strings together slowly: JSON of all fields costs it a third less, V8 no less. */
const MEMBERS_AT_ONCE = runtime.name === "bun";
const HAS_BREAKERS = new RegExp(LINE_BREAKERS.source);

/** Encodes fields, under other names where a line has its own use for theirs. */
export class JsonFields {
  readonly #reserved: RegExp;
  /** Keys that keep their name. */
  readonly #plain = new Set<string>();
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
    return MEMBERS_AT_ONCE ? this.#encodeAll(fields) : this.#encodeEach(fields);
  }

  #encodeAll(fields: Fields): string {
    let isEmpty = true;
    for (const key in fields) {
      const value = fields[key];
      if (
        value === undefined || typeof value === "number" && !Number.isFinite(value) ||
        !this.#plain.has(key) && !this.#isPlain(key)
      ) {
        return this.#encodeEach(fields);
      }
      isEmpty = false;
    }
    if (isEmpty) return "";
    const json = JSON.stringify(fields);
    return HAS_BREAKERS.test(json) ? this.#encodeEach(fields) : "," + json.slice(1, -1);
  }

  #isPlain(key: string): boolean {
    if (this.#reserved.test(key)) return false;
    if (this.#plain.size >= MAX_CACHED_KEYS) this.#plain.clear();
    this.#plain.add(key);
    return true;
  }

  #encodeEach(fields: Fields): string {
    let text = "";
    for (const key in fields) {
      const value = fields[key];
      switch (typeof value) {
        case "string":
          text += this.#key(key) + quote(value);
          break;
        case "number":
          text += this.#key(key) + (Number.isFinite(value) ? value : `"${value}"`);
          break;
        case "boolean":
          text += this.#key(key) + value;
          break;
        case "undefined":
          break;
        default:
          text += this.#key(key) + stringify(value as Plain);
      }
    }
    return text;
  }

  #key(key: string): string {
    return this.#keys.get(key) ?? this.#encodeKey(key);
  }

  #encodeKey(key: string): string {
    const encoded = "," + quote(this.#reserved.test(key) ? key + "_" : key) + ":";
    if (this.#keys.size >= MAX_CACHED_KEYS) this.#keys.clear();
    this.#keys.set(key, encoded);
    return encoded;
  }
}
