/**
 * Samplers: which spans are recorded, decided when they start.
 *
 * @module
 */
import { type Context, SAMPLED } from "../core/context.ts";
import type { SpanOptions } from "./span.ts";
import { otValue, setOtThreshold } from "./ot_state.ts";

/** What a sampler decided. */
export interface SamplingDecision {
  /** Whether the span is recorded, and its context says so to those it calls. */
  readonly sampled: boolean;
  /** The tracestate of the span; the parent's when not given. */
  readonly tracestate?: string | undefined;
}

/**
 * Decides about a span that starts. `parent` is the context it continues, with the same trace id;
 * undefined for the root of a trace. A sampler that throws is counted, and the span is recorded.
 */
export type Sampler = (
  traceId: string,
  name: string,
  options: SpanOptions,
  parent: Context | undefined,
) => SamplingDecision;

const KEEP: SamplingDecision = { sampled: true };
const DROP: SamplingDecision = { sampled: false };

/** Records every span. */
export function alwaysOn(): SamplingDecision {
  return KEEP;
}

/** Records no span; their contexts are still sent on. */
export function alwaysOff(): SamplingDecision {
  return DROP;
}

/**
 * Does as the parent did, so that a trace is recorded whole or not at all; `root` decides about the
 * roots of traces. Two of them are the default: `parentBased(alwaysOn)`.
 */
export function parentBased(root: Sampler): Sampler {
  return (traceId, name, options, parent) => {
    if (parent === undefined) return root(traceId, name, options, parent);
    return (parent.flags & SAMPLED) !== 0 ? KEEP : DROP;
  };
}

/** 2^56: the random part of a trace id is 56 bits. */
const RANDOM_RANGE = 2 ** 56;

/**
 * Records a share of traces, the same ones in every service: it compares the 56 random bits of the
 * trace id (or `rv` of the `ot` tracestate) with a threshold and notes that as `ot=th:…`, so that
 * counts can be scaled up (OpenTelemetry "TraceState: Probability Sampling").
 *
 * @example
 * ```ts
 * import { parentBased, ratio, Tracer } from "@telltale/telltale/trace";
 * import { equal } from "node:assert/strict";
 *
 * const tracer = new Tracer({ sampler: parentBased(ratio(0.25)) });
 * const span = tracer.start("root");
 * equal(span.tracestate, span.recording ? "ot=th:c" : "");
 * ```
 *
 * @param share 0 to 1
 */
export function ratio(share: number): Sampler {
  if (!(share >= 0 && share <= 1)) {
    throw new RangeError(`Cannot create ratio sampler of ${share}: share must be 0 to 1`);
  }
  const kept = Math.round(share * RANDOM_RANGE);
  if (kept === 0) return alwaysOff;
  const threshold = (BigInt(RANDOM_RANGE) - BigInt(kept)).toString(16).padStart(14, "0");
  const shortened = threshold.replace(/0+$/, "") || "0";
  const keepRoot: SamplingDecision = { sampled: true, tracestate: `ot=th:${shortened}` };

  return (traceId, _name, _options, parent) => {
    const tracestate = parent === undefined ? "" : parent.tracestate;
    if (tracestate === "") return reaches(traceId, threshold) ? keepRoot : DROP;
    const random = otValue(tracestate, "rv");
    const sampled = random === undefined ? reaches(traceId, threshold) : random >= threshold;
    return { sampled, tracestate: setOtThreshold(tracestate, sampled ? shortened : undefined) };
  };
}

/** Whether the last 14 digits of a trace id are at least `threshold`; mostly the first one tells. */
function reaches(traceId: string, threshold: string): boolean {
  for (let i = 0; i < 14; i++) {
    const difference = traceId.charCodeAt(18 + i) - threshold.charCodeAt(i);
    if (difference !== 0) return difference > 0;
  }
  return true;
}
