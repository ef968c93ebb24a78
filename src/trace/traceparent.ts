/**
 * The `traceparent` header of W3C Trace Context, level 2.
 *
 * @module
 */
import { cut } from "../core/attributes.ts";
import { RANDOM, SAMPLED } from "../core/context.ts";
import { trimBlanks } from "./whitespace.ts";

/** What a `traceparent` header says. */
export interface Traceparent {
  /** 32 lower-case hex digits, not all zero. */
  readonly traceId: string;
  /** 16 lower-case hex digits, not all zero: the caller's span. */
  readonly spanId: string;
  /** The flag bits that level 2 knows: sampled and random. */
  readonly flags: number;
}

const DASH = 45, ZERO = 48;
const VERSION_00_LENGTH = 55;
const KNOWN_FLAGS = SAMPLED | RANDOM;
const FORMATTED_FLAGS = ["-00", "-01", "-02", "-03"] as const;

/**
 * Parses a header. Undefined when it is missing or breaks any rule: the whole header, and with it
 * `tracestate`, is then to be ignored. A version above 00 is read as far as 00 goes. Linear in the
 * header's length; never throws.
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
    hexBits(text, 0, 2) < 0 || text.startsWith("ff") ||
    hexBits(text, 3, 35) <= 0 || hexBits(text, 36, 52) <= 0 || hexBits(text, 53, 55) < 0
  ) {
    return undefined;
  }
  // The low bits of an ASCII hex digit are its value, or for letters its value less 9.
  const digit = text.charCodeAt(54);
  const flags = (digit < 58 ? digit : digit + 9) & KNOWN_FLAGS;
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

/** Trims space and tab, and cuts what a higher version put behind the flags; "" if not allowed. */
function normalize(header: string): string {
  const text = trimBlanks(header);
  if (text.length <= VERSION_00_LENGTH) return text;
  if (text.charCodeAt(VERSION_00_LENGTH) !== DASH || text.startsWith("00")) return "";
  // Copied, because ids cut from a slice would keep all of a long header alive.
  return cut(text, VERSION_00_LENGTH);
}

/** The digits of `text` from `start` to `end`, or-ed: 0 when all are zero, -1 when one is no hex. */
function hexBits(text: string, start: number, end: number): number {
  let bits = 0;
  for (let i = start; i < end; i++) {
    const code = text.charCodeAt(i);
    if (!((code >= 48 && code <= 57) || (code >= 97 && code <= 102))) return -1;
    bits |= code ^ ZERO;
  }
  return bits;
}
