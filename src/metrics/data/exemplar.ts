/**
 * Exemplars: the newest link from a series to a trace.
 *
 * @module
 */
import { type Context, SAMPLED } from "../../core/context.ts";
import type { Exemplar, HistogramSample } from "./family.ts";
import { labelSet } from "./labels.ts";

const NAMES = ["trace_id", "span_id"] as const;

/** Holds the newest exemplar: ids only, because a context may be a span that holds much more. */
export class ExemplarSlot {
  #value = 0;
  #timestampMs = 0;
  #traceId = "";
  #spanId = "";

  /**
   * Keeps the sample if its trace is sampled: other traces cannot be found later. Of one millisecond the
   * greatest: Prometheus takes a smaller one, where it has a greater, for out of order, and warns.
   */
  take(value: number, context: Context, timestampMs: number): void {
    if ((context.flags & SAMPLED) === 0) return;
    if (timestampMs === this.#timestampMs && value <= this.#value) return;
    this.#value = value;
    this.#timestampMs = timestampMs;
    this.#traceId = context.traceId;
    this.#spanId = context.spanId;
  }

  /** The exemplar as data. */
  exemplar(): Exemplar | undefined {
    if (this.#traceId === "") return undefined;
    const labels = labelSet(NAMES, [this.#traceId, this.#spanId]);
    return { value: this.#value, labels, timestampMs: this.#timestampMs };
  }
}

/** The newest exemplar of each bucket of a histogram, +Inf last. */
export function exemplarsByBucket(
  { bounds, exemplars = [] }: HistogramSample,
): (Exemplar | undefined)[] {
  const newest: (Exemplar | undefined)[] = [];
  for (const exemplar of exemplars) {
    let bucket = 0;
    const { le = exemplar.value } = exemplar;
    while (bucket < bounds.length && le > bounds[bucket]!) bucket++;
    const known = newest[bucket];
    if (known === undefined || (known.timestampMs ?? 0) <= (exemplar.timestampMs ?? 0)) {
      newest[bucket] = exemplar;
    }
  }
  return newest;
}
