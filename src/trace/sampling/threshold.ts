/**
 * Rejection thresholds of consistent probability sampling: a trace is kept when its 56 random bits
 * reach the threshold, so services with different shares keep the same traces (OpenTelemetry
 * "TraceState: Probability Sampling").
 *
 * @module
 */
import type { Traceparent } from "../propagation/traceparent.ts";
import { otValue } from "../propagation/tracestate.ts";

/** 2^56: the random part of a trace id is 56 bits. */
const RANDOM_RANGE = 2 ** 56;
/** The threshold for share 0: `g` sorts after every hex digit, so no random part reaches it. */
export const NEVER = "g";
/** Where the random part of a trace id begins: its last 14 of 32 digits. */
const RANDOM_START = 18;

/** The threshold for a share from 0 to 1: 14 hex digits, or {@linkcode NEVER}. */
export function thresholdOf(share: number): string {
  const kept = Math.round(share * RANDOM_RANGE);
  if (kept === 0) return NEVER;
  return (BigInt(RANDOM_RANGE) - BigInt(kept)).toString(16).padStart(14, "0");
}

/** The form of `th` in tracestate: without trailing zeros. */
export function shortThreshold(threshold: string): string {
  return threshold.replace(/0+$/, "") || "0";
}

/** Whether the last 14 digits of a trace id are at least `threshold`; mostly the first one decides. */
export function reaches(traceId: string, threshold: string): boolean {
  for (let i = 0; i < 14; i++) {
    const difference = traceId.charCodeAt(RANDOM_START + i) - threshold.charCodeAt(i);
    if (difference !== 0) return difference > 0;
  }
  return true;
}

/** {@linkcode reaches}, with the explicit randomness of tracestate (`rv`) in place of the trace id. */
export function contextReaches(
  { traceId, tracestate }: Pick<Traceparent, "traceId"> & { readonly tracestate: string },
  threshold: string,
): boolean {
  const random = tracestate === "" ? undefined : otValue(tracestate, "rv");
  return random === undefined ? reaches(traceId, threshold) : random >= threshold;
}
