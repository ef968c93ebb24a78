/**
 * The `traceparent` header of W3C Trace Context, level 2.
 *
 * @module
 */
import { head } from "../../core/text.ts";
import { RANDOM, SAMPLED } from "../../core/context.ts";
import { trimBlanks } from "./carrier.ts";

/** The content of a `traceparent` header. */
export interface Traceparent {
  /** 32 lower-case hex digits, not all zero. */
  readonly traceId: string;
  /** 16 lower-case hex digits, not all zero: the caller's span. */
  readonly spanId: string;
  /** The flag bits that level 2 knows: sampled and random. */
  readonly flags: number;
}

const DASH = 45;
const NO_DIGIT = 16;
const VERSION_00_LENGTH = 55;
const KNOWN_FLAGS = SAMPLED | RANDOM;
const FORMATTED_FLAGS = ["-00", "-01", "-02", "-03"] as const;

/**
 * Parses a header. Undefined when it is missing or invalid: then it is to be ignored, and `tracestate`
 * with it. For a version above 00, the fields of 00 are read. Linear in the header's length; never
 * throws.
 *
 * @example
 * ```ts
 * import { parseTraceparent } from "@telltale/telltale/trace";
 * import { deepEqual, equal } from "node:assert/strict";
 *
 * deepEqual(parseTraceparent("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"), {
 *   traceId: "0af7651916cd43dd8448eb211c80319c",
 *   spanId: "b7ad6b7169203331",
 *   flags: 1,
 * });
 * equal(parseTraceparent("00-0AF7651916CD43DD8448EB211C80319C-b7ad6b7169203331-01"), undefined);
 * ```
 */
export function parseTraceparent(header: string | null | undefined): Traceparent | undefined {
  if (typeof header !== "string") return undefined;
  const text = header.length === VERSION_00_LENGTH ? header : normalize(header);
  if (
    text.length !== VERSION_00_LENGTH || text.charCodeAt(2) !== DASH ||
    text.charCodeAt(35) !== DASH || text.charCodeAt(52) !== DASH ||
    !isHex(hexBits(text, 0, 2)) || text.startsWith("ff") ||
    !isNonZeroHex(hexBits(text, 3, 35)) || !isNonZeroHex(hexBits(text, 36, 52)) ||
    !isHex(hexBits(text, 53, 55))
  ) {
    return undefined;
  }
  const flags = hexBits(text, 54, 55) & KNOWN_FLAGS;
  return { traceId: text.slice(3, 35), spanId: text.slice(36, 52), flags };
}

/**
 * Formats a header, always as version 00 and with the flags that level 2 knows.
 *
 * @example
 * ```ts
 * import { formatTraceparent } from "@telltale/telltale/trace";
 * import { equal } from "node:assert/strict";
 *
 * const parent = {
 *   traceId: "0af7651916cd43dd8448eb211c80319c",
 *   spanId: "b7ad6b7169203331",
 *   flags: 3,
 * };
 * equal(formatTraceparent(parent), "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-03");
 * ```
 */
export function formatTraceparent(parent: Traceparent): string {
  return "00-" + parent.traceId + "-" + parent.spanId + FORMATTED_FLAGS[parent.flags & KNOWN_FLAGS];
}

/** Trims blanks, and cuts what a higher version has after the flags; "" for an invalid header. */
function normalize(header: string): string {
  const text = trimBlanks(header);
  if (text.length <= VERSION_00_LENGTH) return text;
  if (text.charCodeAt(VERSION_00_LENGTH) !== DASH || text.startsWith("00")) return "";
  // A copy: ids that are slices would keep all of a long header in memory.
  return head(text, VERSION_00_LENGTH);
}

/** The values of ASCII characters as hex digits, or {@linkcode NO_DIGIT}. */
const DIGITS: Uint8Array<ArrayBuffer> = /* @__PURE__ */ digits();

function digits(): Uint8Array<ArrayBuffer> {
  const table = new Uint8Array(128).fill(NO_DIGIT);
  for (let value = 0; value < 16; value++) table[value.toString(16).charCodeAt(0)] = value;
  return table;
}

/**
 * The digits of `text` from `start` to `end`, or-ed: 0 when all are zero, over 15 when one is no
 * lower-case hex digit. A table, without a branch a character, takes half the time of comparisons.
 */
function hexBits(text: string, start: number, end: number): number {
  let bits = 0;
  for (let i = start; i < end; i++) {
    const code = text.charCodeAt(i);
    bits |= DIGITS[code & 127]! | (code & ~127);
  }
  return bits;
}

function isHex(bits: number): boolean {
  return bits <= 15;
}

function isNonZeroHex(bits: number): boolean {
  return bits > 0 && bits <= 15;
}
