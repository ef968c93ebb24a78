/**
 * Any value as bounded plain data that nobody else holds.
 *
 * @module
 */
import { Duration } from "./duration.ts";
import { bigintText, clip, describeError, isError } from "./error.ts";
import { emptyText, functionText, isEmpty, unreadable, withoutCredentials } from "./plain_text.ts";
import type { Redactor } from "./redact.ts";

/** What JSON can hold. */
export type Plain = string | number | boolean | null | readonly Plain[] | PlainObject;

/** An object of {@linkcode Plain} values. */
export interface PlainObject {
  readonly [key: string]: Plain;
}

/** Longest string kept, in UTF-16 units; the rest is cut and counted in its place. */
export const MAX_STRING = 16_384;
/** Objects inside objects that are followed. */
export const MAX_DEPTH = 10;
/** Values in all that one walk copies. */
export const MAX_VALUES = 2_000;
/** UTF-16 units in all that one walk copies. */
export const MAX_UNITS = 131_072;
/** Longest key kept, in UTF-16 units. */
export const MAX_KEY = 1024;
const HEX_BYTES = 32;

/** Integers below it are shorter than the numbers that patterns find. */
const LONG_NUMBER = 1e12;

/**
 * Copies any value into plain data that nobody else holds. Never throws, always ends: cycles, depth,
 * count and length are bounded, and what was cut or could not be read says so in its place.
 *
 * Numbers that JSON lacks and bigints become strings; a Map with string keys becomes an object, any
 * other an array of pairs; an Error its description.
 *
 * @param redactor tells what is hidden
 */
export function plain(value: unknown, redactor?: Redactor): Plain {
  return new Walk(redactor).copy(value);
}

/** One bounded copy: several values may share its budget. */
export class Walk {
  /** UTF-16 units of text copied so far, plus 8 for each value: about what the copy occupies. */
  size = 0;
  #values = 0;
  readonly #redactor: Redactor | undefined;
  /** The keys down to the value at hand; kept only for a redactor that follows paths. */
  readonly #keys: string[] = [];
  /** The objects from the root down to the value at hand; one that comes again is a cycle. */
  readonly #path: object[] = [];

  constructor(redactor?: Redactor) {
    this.#redactor = redactor;
  }

  /** Whether the budget is spent; what is copied from now on is only marked. */
  get spent(): boolean {
    return this.#values >= MAX_VALUES || this.size >= MAX_UNITS;
  }

  /** The plain form of `value`. */
  copy(value: unknown): Plain {
    this.#values++;
    this.size += 8;
    switch (typeof value) {
      case "string":
        return this.#text(value);
      case "number":
        return this.#number(value);
      case "boolean":
        return value;
      case "object":
        return value === null ? null : this.#object(value);
      case "undefined":
        return null;
      case "bigint":
        return this.#text(bigintText(value));
      case "symbol":
        return this.#text(String(value));
      default:
        return this.#text(functionText(value as object));
    }
  }

  /** The value of one field, under its key; undefined when nothing of it may be seen. */
  copyUnder(key: string, value: unknown): Plain | undefined {
    const redactor = this.#redactor;
    if (redactor === undefined) return this.copy(value);
    if (!redactor.followsPaths) return redactor.hides(key) ? this.#hidden(value) : this.copy(value);
    this.#keys.push(key);
    const hidden = redactor.hides(key) || redactor.hidesAt(this.#keys);
    const copied = hidden ? this.#hidden(value) : this.copy(value);
    this.#keys.pop();
    return copied;
  }

  #hidden(value: unknown): string | undefined {
    const text = () => typeof value === "string" ? value : JSON.stringify(plain(value));
    return this.#redactor!.standIn(text);
  }

  #number(value: number): number | string {
    if (!Number.isFinite(value)) return String(value);
    if (Math.abs(value) < LONG_NUMBER || this.#redactor?.readsText !== true) return value;
    const text = String(value), shown = this.#redactor.text(text);
    return shown === text ? value : shown;
  }

  #text(text: string): string {
    let kept = clip(text, Math.min(MAX_STRING, Math.max(64, MAX_UNITS - this.size)));
    if (this.#redactor?.readsText === true) kept = this.#redactor.text(kept);
    this.size += kept.length;
    return kept;
  }

  #object(value: object): Plain {
    if (this.#path.includes(value)) return "[circular]";
    if (this.#path.length >= MAX_DEPTH) return "[too deep]";
    this.#path.push(value);
    try {
      return this.#structure(value);
    } catch (error) {
      return this.#text(unreadable(error));
    } finally {
      this.#path.pop();
    }
  }

  /** May throw: traps, getters and overridden methods of the application run here. */
  #structure(value: object): Plain {
    const prototype = Object.getPrototypeOf(value);
    if (prototype !== Object.prototype && prototype !== null) {
      if (Array.isArray(value)) return this.#array(value);
      const known = this.#known(value);
      if (known !== undefined) return known;
    }
    const toJSON = (value as { toJSON?: unknown }).toJSON;
    if (typeof toJSON === "function") return this.#afterToJSON(toJSON.call(value), value);
    const copied = this.#properties(value);
    return prototype !== Object.prototype && isEmpty(copied) ? emptyText(value) : copied;
  }

  #afterToJSON(result: unknown, original: object): Plain {
    return result === original ? this.#properties(original) : this.copy(result);
  }

  #array(value: readonly unknown[]): Plain {
    const copied: Plain[] = [];
    for (let i = 0; i < value.length; i++) {
      if (this.spent) {
        copied.push(`[${value.length - i} more]`);
        break;
      }
      const element = this.#element(value, i);
      if (element !== undefined) copied.push(element);
    }
    return copied;
  }

  #element(value: readonly unknown[], index: number): Plain | undefined {
    let held: unknown;
    try {
      held = value[index];
    } catch (error) {
      held = unreadable(error);
    }
    if (this.#redactor?.followsPaths !== true) return this.copy(held);
    return this.copyUnder(String(index), held);
  }

  #properties(value: object): PlainObject {
    const copied: Record<string, Plain> = {};
    const keys = Object.keys(value);
    for (let i = 0; i < keys.length; i++) {
      if (this.spent) {
        copied["…"] = `[${keys.length - i} more]`;
        break;
      }
      let held: unknown;
      try {
        held = (value as Record<string, unknown>)[keys[i]!];
        if (held === undefined) continue;
      } catch (error) {
        held = unreadable(error);
      }
      this.put(copied, keys[i]!, held);
    }
    return copied;
  }

  /** Puts the plain form of `value` under its key, unless nothing of it may be seen. */
  put(target: Record<string, unknown>, key: string, value: unknown): void {
    const copied = this.copyUnder(key, value);
    if (copied === undefined) return;
    let name = clip(value instanceof Duration ? value.keyFor(key) : key, MAX_KEY);
    if (this.#redactor?.readsText === true) name = this.#redactor.text(name);
    // Two Headers of one name, or a duration that is called what another key is. The look comes first:
    // it costs less, and only names like `constructor` are there without being anybody's.
    while (target[name] !== undefined && Object.hasOwn(target, name)) name += "_";
    this.size += name.length;
    if (name !== "__proto__") target[name] = copied;
    else {
      const own = { value: copied, writable: true, enumerable: true, configurable: true };
      Object.defineProperty(target, name, own);
    }
  }

  /** The built-in classes whose content is not in their properties. */
  #known(value: object): Plain | undefined {
    if (isError(value)) return this.#error(value);
    if (value instanceof Date) {
      const time = Date.prototype.getTime.call(value);
      return Number.isNaN(time) ? "Invalid Date" : new Date(time).toISOString();
    }
    if (value instanceof Map) return this.#map(value);
    if (value instanceof Set) return this.#items(Set.prototype.values.call(value), value.size);
    if (ArrayBuffer.isView(value) || value instanceof ArrayBuffer) return this.#bytes(value);
    if (value instanceof URL) return this.#text(withoutCredentials(value));
    if (value instanceof Headers || value instanceof URLSearchParams) {
      return this.#entries(value.entries());
    }
    if (value instanceof RegExp) return this.#text(RegExp.prototype.toString.call(value));
    if (
      value instanceof Number || value instanceof String || value instanceof Boolean ||
      value instanceof BigInt || value instanceof Symbol
    ) {
      return this.copy(value.valueOf());
    }
    return undefined;
  }

  #error(error: Error): Plain {
    return this.#described(describeError(error, this.#redactor) as unknown as PlainObject);
  }

  /** Counts a description, and lets the patterns read its texts. */
  #described(part: Plain): Plain {
    if (typeof part === "string") {
      this.size += part.length;
      return this.#redactor?.readsText === true ? this.#redactor.text(part) : part;
    }
    if (typeof part !== "object" || part === null) return part;
    this.size += 32;
    if (Array.isArray(part)) return part.map((inner) => this.#described(inner));
    const copied: Record<string, Plain> = {};
    for (const [key, inner] of Object.entries(part)) copied[key] = this.#described(inner);
    return copied;
  }

  #map(map: Map<unknown, unknown>): Plain {
    for (const key of Map.prototype.keys.call(map)) {
      if (typeof key !== "string") return this.#pairs(map);
    }
    return this.#entries(Map.prototype.entries.call(map) as Iterable<[string, unknown]>);
  }

  /** A Map whose keys are not all strings; those that are hide their values all the same. */
  #pairs(map: Map<unknown, unknown>): Plain {
    const copied: Plain[] = [];
    let seen = 0;
    for (const [key, value] of Map.prototype.entries.call(map)) {
      if (this.spent) {
        copied.push(`[${map.size - seen} more]`);
        break;
      }
      seen++;
      const held = typeof key === "string" ? this.copyUnder(key, value) : this.copy(value);
      if (held !== undefined) copied.push([this.copy(key), held]);
    }
    return copied;
  }

  #items(items: Iterable<unknown>, size: number): Plain {
    const copied: Plain[] = [];
    const followsPaths = this.#redactor?.followsPaths === true;
    let seen = 0;
    for (const item of items) {
      if (this.spent) {
        copied.push(`[${size - seen} more]`);
        break;
      }
      const held = followsPaths ? this.copyUnder(String(seen), item) : this.copy(item);
      seen++;
      if (held !== undefined) copied.push(held);
    }
    return copied;
  }

  #entries(entries: Iterable<[string, unknown]>): PlainObject {
    const copied: Record<string, Plain> = {};
    for (const [key, value] of entries) {
      if (this.spent) {
        copied["…"] = "[more]";
        break;
      }
      this.put(copied, key, value);
    }
    return copied;
  }

  #bytes(value: ArrayBufferView | ArrayBuffer): Plain {
    const tag = Object.prototype.toString.call(value).slice(8, -1);
    if (ArrayBuffer.isView(value) && !(value instanceof DataView)) {
      const numbers = value as unknown as Iterable<number | bigint> & { length: number };
      if (!tag.startsWith("Uint8")) return this.#items(numbers, numbers.length);
    }
    const bytes = ArrayBuffer.isView(value)
      ? new Uint8Array(value.buffer, value.byteOffset, value.byteLength)
      : new Uint8Array(value);
    let hex = "";
    for (const byte of bytes.subarray(0, HEX_BYTES)) hex += byte.toString(16).padStart(2, "0");
    return this.#text(`${tag}(${bytes.length}) ${hex}${bytes.length > HEX_BYTES ? "…" : ""}`);
  }
}
