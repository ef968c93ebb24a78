/**
 * Plain data of instances of built-in classes: errors, dates, maps, sets, headers, buffers.
 *
 * @module
 */
import { clip } from "../text.ts";
import { describeError, isError } from "../redact/error.ts";
import { type Budget, MAX_VALUES, type Plain, type PlainObject } from "./data.ts";
import { dateText, urlText } from "./text.ts";
import type { Redactor } from "../redact/redactor.ts";

/** Bytes that are shown of a buffer. */
const HEX_BYTES = 32;

/** Copies the values that an instance holds. */
export interface Copier extends Budget {
  /** The keys down to the current value; undefined unless paths are followed. */
  readonly at: readonly string[] | undefined;
  /** The plain form of a value. */
  copy(value: unknown): Plain;
  /** The same under a key, and at an index; undefined if it must not be shown. */
  copyUnder(key: string, value: unknown): Plain | undefined;
  copyAt(index: number, value: unknown): Plain | undefined;
  /** Puts it into an object, under a name of its own. */
  put(target: Record<string, unknown>, key: string, value: unknown): void;
  /** A text as it may be shown. */
  text(text: string): string;
}

/**
 * The plain form of an instance of a built-in class; undefined for another value. May throw: it may be
 * a proxy, or have methods of the application.
 *
 * A Map with string keys, Headers, URLSearchParams and FormData become objects, and hide like these.
 */
export function builtIn(
  value: object,
  walk: Copier,
  redactor: Redactor | undefined,
): Plain | undefined {
  if (isError(value)) {
    return counted(describeError(value, redactor, walk.at) as unknown as PlainObject, walk);
  }
  if (value instanceof Date) return dateText(value);
  if (value instanceof Map) return mapped(value, walk);
  if (value instanceof Set) return items(Set.prototype.values.call(value), value.size, walk);
  if (ArrayBuffer.isView(value) || value instanceof ArrayBuffer) return bytes(value, walk);
  if (value instanceof URL) return walk.text(urlText(value, redactor));
  if (
    value instanceof Headers || value instanceof URLSearchParams || value instanceof FormData
  ) {
    return entries(value.entries(), walk);
  }
  if (value instanceof RegExp) return walk.text(RegExp.prototype.toString.call(value));
  if (
    value instanceof Number || value instanceof String || value instanceof Boolean ||
    value instanceof BigInt || value instanceof Symbol
  ) {
    return walk.copy(value.valueOf());
  }
  return undefined;
}

/** Counts a description, whose texts are redacted already. */
function counted(part: Plain, walk: Copier): Plain {
  if (typeof part === "string") walk.size += part.length;
  else if (typeof part === "object" && part !== null) {
    walk.size += 32;
    walk.objects++;
    for (const inner of Object.values(part) as Plain[]) counted(inner, walk);
  }
  return part;
}

function mapped(map: Map<unknown, unknown>, walk: Copier): Plain {
  let seen = 0;
  for (const key of Map.prototype.keys.call(map)) {
    if (typeof key !== "string") return pairs(map, walk);
    if (++seen > MAX_VALUES) break; // No more are shown.
  }
  return entries(Map.prototype.entries.call(map) as Iterable<[string, unknown]>, walk);
}

/** A Map whose keys are not all strings; those that are hide their values all the same. */
function pairs(map: Map<unknown, unknown>, walk: Copier): Plain {
  const copied: Plain[] = [];
  let seen = 0;
  for (const [key, value] of Map.prototype.entries.call(map)) {
    if (walk.spent) {
      copied.push(`[${map.size - seen} more]`);
      break;
    }
    seen++;
    const held = typeof key === "string" ? walk.copyUnder(key, value) : walk.copy(value);
    if (held !== undefined) copied.push([walk.copy(key), held]);
  }
  return copied;
}

function items(values: Iterable<unknown>, size: number, walk: Copier): Plain {
  const copied: Plain[] = [];
  let seen = 0;
  for (const value of values) {
    if (walk.spent) {
      copied.push(`[${size - seen} more]`);
      break;
    }
    const held = walk.copyAt(seen++, value);
    if (held !== undefined) copied.push(held);
  }
  return copied;
}

function entries(pairs: Iterable<[string, unknown]>, walk: Copier): PlainObject {
  const copied: Record<string, Plain> = {};
  for (const [key, value] of pairs) {
    if (walk.spent) {
      copied["…"] = "[more]";
      break;
    }
    walk.put(copied, key, value);
  }
  return copied;
}

function bytes(value: ArrayBufferView | ArrayBuffer, walk: Copier): Plain {
  const tag = Object.prototype.toString.call(value).slice(8, -1);
  if (ArrayBuffer.isView(value) && !(value instanceof DataView)) {
    const numbers = value as unknown as Iterable<number | bigint> & { length: number };
    if (!tag.startsWith("Uint8")) return items(numbers, numbers.length, walk);
  }
  const held = ArrayBuffer.isView(value)
    ? new Uint8Array(value.buffer, value.byteOffset, value.byteLength)
    : new Uint8Array(value);
  let hex = "";
  for (const byte of held.subarray(0, HEX_BYTES)) hex += byte.toString(16).padStart(2, "0");
  return walk.text(clip(`${tag}(${held.length}) ${hex}${held.length > HEX_BYTES ? "…" : ""}`, 256));
}
