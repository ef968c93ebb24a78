/**
 * The `b3` header of Zipkin, which is read while a fleet moves to W3C Trace Context.
 *
 * @module
 */
import { type Context, SAMPLED } from "../../core/context.ts";
import { readField, trimBlanks } from "./carrier.ts";
import type { Propagator } from "./propagator.ts";
import type { Traceparent } from "./traceparent.ts";

/** Ids, then perhaps the sampling state (`d` is debug: accept), then perhaps the parent's span. */
const B3 = /^(?:([0-9a-f]{16}))?([0-9a-f]{16})-([0-9a-f]{16})(?:-([01d])(?:-[0-9a-f]{16})?)?$/;
const ZEROS = "0".repeat(16);

/**
 * Parses a single `b3` header. A trace id of 64 bits is padded with zeros on the left. Without a
 * sampling state the trace counts as sampled. Undefined for a header without ids. Never throws.
 *
 * @example
 * ```ts
 * import { parseB3 } from "@telltale/telltale/trace";
 * import { deepEqual } from "node:assert/strict";
 *
 * deepEqual(parseB3("463ac35c9f6413ad-a2fb4a1d1a96d312-1"), {
 *   traceId: "0000000000000000463ac35c9f6413ad",
 *   spanId: "a2fb4a1d1a96d312",
 *   flags: 1,
 * });
 * ```
 */
export function parseB3(header: string | null | undefined): Traceparent | undefined {
  if (typeof header !== "string") return undefined;
  const match = B3.exec(trimBlanks(header));
  if (match === null) return undefined;
  const [, high = ZEROS, low = "", spanId = "", sampled] = match;
  if ((high === ZEROS && low === ZEROS) || spanId === ZEROS) return undefined;
  return { traceId: high + low, spanId, flags: sampled === "0" ? 0 : SAMPLED };
}

/**
 * Reads `b3` and writes nothing. Use it after `w3c`, as in `propagator: composite(w3c, b3)`, and remove
 * it when no caller sends `b3` any more.
 */
export const b3: Propagator = {
  inject() {},
  extract(carrier): Context | undefined {
    const parent = parseB3(readField(carrier, "b3"));
    return parent && { ...parent, tracestate: "", requestId: "", remote: true };
  },
};
