/**
 * Settings of a tracer.
 *
 * @module
 */
import type { Clock } from "../core/clock.ts";
import type { Faults } from "../core/faults.ts";
import type { Ids } from "../core/ids.ts";
import { check, checkWhole, type Known, refuseUnknown, requireObject } from "../core/check.ts";
import type { Redactor } from "../core/redact/redactor.ts";
import type { Propagator } from "./propagation/propagator.ts";
import { DEFAULT_LIMITS, type SpanLimits } from "./recorder.ts";
import { requireSampler, type Sampler } from "./sampling/sampler.ts";
import type { TailOptions } from "./sampling/tail.ts";

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

/** Verbs that an option must have to be what it is meant to be. */
const SHAPES: readonly (readonly [name: keyof TracerOptions, what: string, ...string[]])[] = [
  ["clock", "a Clock", "now", "monotonic"],
  ["ids", "an Ids", "traceId", "spanId"],
  ["propagator", "a Propagator, such as w3c", "inject", "extract"],
  ["redactor", "a Redactor", "hides", "text"],
  ["faults", "a Faults", "record", "guard"],
];
const KNOWN: Known<TracerOptions> = {
  clock: true,
  ids: true,
  sampler: true,
  tail: true,
  capacity: true,
  propagator: true,
  redactor: true,
  limits: true,
  faults: true,
};

/** Throws a `TypeError` for an option that is not what a tracer can use, or that none knows. */
export function checkOptions(options: TracerOptions): void {
  refuseUnknown("create tracer", options, KNOWN);
  requireSampler("create tracer", options.sampler);
  for (const [name, what, ...verbs] of SHAPES) {
    const value = options[name] as Record<string, unknown> | null | undefined;
    if (value === undefined) continue;
    if (
      typeof value === "object" && value !== null &&
      verbs.every((verb) => typeof value[verb] === "function")
    ) {
      continue;
    }
    check(false, "create tracer", `${name} must be ${what}`, value, TypeError);
  }
  requireObject("create tracer", options.tail, "tail");
  const { capacity = 1 } = options;
  checkWhole("create tracer", "capacity", capacity, 1, 1 << 24);
}

/** The limits with defaults filled in. Throws a `RangeError` for one that is no whole number. */
export function checkedLimits(given: Partial<SpanLimits> | undefined): SpanLimits {
  refuseUnknown("create tracer", given, DEFAULT_LIMITS, "limits");
  const limits = { ...DEFAULT_LIMITS, ...given };
  for (const [name, limit] of Object.entries(limits)) {
    checkWhole("create tracer", `limits.${name}`, limit, 0);
  }
  return limits;
}
