/**
 * flagd's `fractional`: which variant a subject gets, and what its implementations hash for it.
 *
 * @module
 */
import { murmur3, murmur3Bytes } from "../rule/hash.ts";
import type { Expression, Operator } from "./logic.ts";

/**
 * What is hashed of the flag's key and the subject's. flagd's implementations differ, and with them which
 * variant a subject gets:
 * - `text`: UTF-8 of both, joined, as flagd's server does and flagd-core 4.0.1 of JavaScript for ASCII
 *   (`fractional-v2` of flagd's testbed);
 * - `cbor`: the deterministic CBOR of the pair, as flagd-core 2.0.0 of Python does (`fractional-v3`);
 * - `utf-16`: what flagd-core 4.0.1 of JavaScript does beyond ASCII, where it hashes the units of UTF-16.
 */
export type FlagdHash = "text" | "cbor" | "utf-16";

const MAX_SUM = 0x7fffffff;

interface Bucket {
  readonly variant: unknown;
  readonly weight: number;
}

/** The operator, with one of the hashes. */
export function fractional(hash: FlagdHash): Operator {
  return (argument, compile) => {
    if (!Array.isArray(argument) || argument.length === 0) return () => null;
    // Buckets that are written out are read once.
    const isPlain = argument.every(isWrittenOut);
    const buckets = isPlain ? bucketsOf(argument) : undefined;
    if (isPlain && buckets === undefined) return () => null;
    const parts: Expression[] = isPlain ? [] : argument.map(compile);
    return (data, scope) => {
      const given = isPlain ? argument : parts.map((part) => part(data, scope));
      const [first] = given,
        isNamed = hash === "cbor" ? !Array.isArray(first) : typeof first === "string";
      let subject: unknown;
      if (isNamed) {
        if (first === null || first === undefined) return null;
        subject = first;
      } else {
        const key = (scope.context as { targetingKey?: unknown }).targetingKey;
        if (hash === "cbor" ? typeof key !== "string" || key === "" : !key) return null;
        subject = hash === "cbor" ? [scope.flagKey, key] : `${scope.flagKey}${key}`;
      }
      const all = buckets ?? bucketsOf(isNamed ? given.slice(1) : given);
      return all === undefined ? null : pick(all, hashOf(subject, hash));
    };
  };
}

function isWrittenOut(bucket: unknown): boolean {
  return Array.isArray(bucket) && bucket.every((part) => typeof part !== "object" || part === null);
}

/** Undefined for what is no list of buckets. Negative weights count as 0. */
function bucketsOf(given: readonly unknown[]): Bucket[] | undefined {
  const buckets: Bucket[] = [];
  let sum = 0;
  for (const entry of given) {
    if (!Array.isArray(entry) || entry.length === 0 || entry.length > 2) return undefined;
    const [variant, raw = 1] = entry;
    if (typeof variant === "object" && variant !== null) return undefined;
    if (!Number.isInteger(raw)) return undefined;
    const weight = Math.max(0, raw);
    buckets.push({ variant, weight });
    sum += weight;
  }
  return sum > MAX_SUM ? undefined : buckets;
}

function pick(buckets: readonly Bucket[], hash: number): unknown {
  let sum = 0;
  for (const { weight } of buckets) sum += weight;
  // Exact: 32 bits of hash and 31 of the sum are more than a double holds.
  const bucket = sum < 1 << 21
    ? Math.floor(hash * sum / 2 ** 32)
    : Number(BigInt(hash) * BigInt(sum) >> 32n);
  let end = 0;
  for (const { variant, weight } of buckets) {
    end += weight;
    if (bucket < end) return variant;
  }
  return null;
}

function hashOf(subject: unknown, hash: FlagdHash): number {
  if (hash === "cbor") return murmur3Bytes(Uint8Array.from(cbor(subject)));
  const text = String(subject);
  return hash === "utf-16" && !/^[\0-\x7f]*$/.test(text) ? murmur3Units(text) : murmur3(text);
}

/** The units of UTF-16 in the place of bytes: four to a block, their upper halves over the next. */
function murmur3Units(text: string): number {
  const { length } = text, end = length & ~3;
  const unit = (i: number) => text.charCodeAt(i);
  const scrambled = (block: number) => {
    const mixed = Math.imul(block, 0xcc9e2d51);
    return Math.imul(mixed << 15 | mixed >>> 17, 0x1b873593);
  };
  let hash = 0;
  for (let i = 0; i < end; i += 4) {
    const top = unit(i + 3);
    const low = unit(i) ^ unit(i + 1) << 8 ^ unit(i + 2) << 16;
    hash ^= scrambled(low ^ (top & 0xff) << 24 ^ (top & 0xff00) >> 8);
    hash = Math.imul(hash << 13 | hash >>> 19, 5) + 0xe6546b64 | 0;
  }
  let tail = 0;
  for (let i = end; i < length; i++) tail ^= unit(i) << 8 * (i - end);
  if (tail > 0) hash ^= scrambled(tail);
  hash ^= length;
  hash = Math.imul(hash ^ hash >>> 16, 0x85ebca6b);
  hash = Math.imul(hash ^ hash >>> 13, 0xc2b2ae35);
  return (hash ^ hash >>> 16) >>> 0;
}

const encoder = new TextEncoder();

/** Deterministic CBOR (RFC 8949 §4.2.1) of what JSON can hold. */
function cbor(value: unknown): number[] {
  if (typeof value === "string") {
    const bytes = encoder.encode(value);
    return [...head(3, bytes.length), ...bytes];
  }
  if (Array.isArray(value)) return [...head(4, value.length), ...value.flatMap(cbor)];
  if (typeof value === "boolean") return [value ? 0xf5 : 0xf4];
  if (typeof value === "object" && value !== null) return map(value);
  const number = value as number;
  if (Number.isInteger(number) && number >= -(2 ** 63) && number < 2 ** 64) {
    if (!Number.isSafeInteger(number)) return long(number);
    return number < 0 ? head(1, -1 - number) : head(0, number);
  }
  if (typeof value === "number") return float(value);
  return [0xf6];
}

/** Its entries, in the order of the bytes of their keys. */
function map(value: object): number[] {
  const entries = Object.entries(value).map(([key, one]) => [cbor(key), cbor(one)] as const);
  entries.sort(([a], [b]) => {
    // A key begins with its length: none is the beginning of another.
    const at = a.findIndex((byte, i) => byte !== b[i]);
    return at === -1 ? 0 : a[at]! - b[at]!;
  });
  return [...head(5, entries.length), ...entries.flatMap(([key, one]) => [...key, ...one])];
}

function head(major: number, count: number): number[] {
  const type = major << 5;
  if (count < 24) return [type | count];
  if (count < 1 << 8) return [type | 24, count];
  if (count < 1 << 16) return [type | 25, count >> 8, count & 0xff];
  const high = Math.floor(count / 2 ** 32), low = bytesOf(count % 2 ** 32);
  return high === 0 ? [type | 26, ...low] : [type | 27, ...bytesOf(high), ...low];
}

/** A whole number that a double has exactly, but not the one below it, by which negative ones are told. */
function long(number: number): number[] {
  const view = new DataView(new ArrayBuffer(8));
  view.setBigUint64(0, number < 0 ? -1n - BigInt(number) : BigInt(number));
  return [number < 0 ? 0x3b : 0x1b, ...new Uint8Array(view.buffer)];
}

function bytesOf(word: number): number[] {
  return [word >>> 24, word >>> 16 & 0xff, word >>> 8 & 0xff, word & 0xff];
}

/** The shortest form that keeps the value. */
function float(value: number): number[] {
  const view = new DataView(new ArrayBuffer(8));
  view.setFloat32(0, value);
  if (value !== value) return [0xf9, 0x7e, 0];
  const half = value === view.getFloat32(0) ? halfOf(value) : undefined;
  if (half !== undefined) return [0xf9, half >> 8, half & 0xff];
  const isSingle = value === view.getFloat32(0);
  if (!isSingle) view.setFloat64(0, value);
  return [isSingle ? 0xfa : 0xfb, ...new Uint8Array(view.buffer, 0, isSingle ? 4 : 8)];
}

/** The bits of a number as a half; undefined where that loses some. */
function halfOf(value: number): number | undefined {
  const sign = value < 0 || Object.is(value, -0) ? 0x8000 : 0, size = Math.abs(value);
  if (size === 0) return sign;
  if (size === Infinity) return sign | 0x7c00;
  const exponent = Math.max(Math.floor(Math.log2(size)), -14);
  const fraction = size / 2 ** exponent * 1024;
  if (exponent > 15 || !Number.isInteger(fraction)) return undefined;
  return sign | (fraction < 1024 ? fraction : (exponent + 15 << 10) + (fraction - 1024));
}
