/**
 * Settings of a tracer.
 *
 * @module
 */
import type { Clock } from "../core/clock.ts";
import type { Faults } from "../core/faults.ts";
import type { Ids } from "../core/ids.ts";
import type { Redactor } from "../core/redact.ts";
import type { Propagator } from "./propagator.ts";
import { DEFAULT_LIMITS, type SpanLimits } from "./recorder.ts";
import type { Sampler } from "./sampler.ts";
import type { TailOptions } from "./tail.ts";

/** What a {@linkcode Tracer} is made of; nothing is required. */
export interface TracerOptions {
  /** Source of time. */
  readonly clock?: Clock | undefined;
  /** Source of ids. */
  readonly ids?: Ids | undefined;
  /** Which spans are recorded; `parentBased(alwaysOn)` when not given. */
  readonly sampler?: Sampler | undefined;
  /**
   * Which traces are kept, decided when their first span in this process ends; all that the sampler
   * records when not given. `finished` and processors then see kept spans only.
   */
  readonly tail?: TailOptions | undefined;
  /** Finished spans that are kept, rounded up to a power of two; 2048 when not given. */
  readonly capacity?: number | undefined;
  /** How contexts are written and read; `w3c` when not given. */
  readonly propagator?: Propagator | undefined;
  /** What is hidden of spans when they are read; the usual secrets by key when not given. */
  readonly redactor?: Redactor | undefined;
  /** How much one span holds. */
  readonly limits?: Partial<SpanLimits> | undefined;
  /** Where throws of samplers and processors are counted. */
  readonly faults?: Faults | undefined;
}

/** The limits with defaults filled in. Throws a `RangeError` for one that is no whole number. */
export function checkedLimits(given: Partial<SpanLimits> | undefined): SpanLimits {
  const limits = { ...DEFAULT_LIMITS, ...given };
  for (const [name, limit] of Object.entries(limits)) {
    if (!Number.isInteger(limit) || limit < 0) {
      throw new RangeError(
        `Cannot create tracer: limit ${name} must be a whole number, not ${limit}`,
      );
    }
  }
  return limits;
}
