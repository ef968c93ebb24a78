/**
 * The newest link from a series to a trace.
 *
 * @module
 */
import { type Context, SAMPLED } from "../core/context.ts";
import type { Exemplar } from "./family.ts";
import { labelSet } from "./labels.ts";

const NAMES = ["trace_id", "span_id"] as const;

/** Holds the newest exemplar as it was given; ids become text when somebody reads them. */
export class ExemplarSlot {
  #value = 0;
  #timestampMs = 0;
  #context: Context | undefined;

  /** Keeps the sample when its trace is recorded: an exemplar of a trace that nobody has is false. */
  take(value: number, context: Context, timestampMs: number): void {
    if ((context.flags & SAMPLED) === 0) return;
    this.#value = value;
    this.#timestampMs = timestampMs;
    this.#context = context;
  }

  /** What was kept, as data. */
  exemplar(): Exemplar | undefined {
    const context = this.#context;
    if (context === undefined) return undefined;
    const labels = labelSet(NAMES, [context.traceId, context.spanId]);
    return { value: this.#value, labels, timestampMs: this.#timestampMs };
  }
}
