/**
 * Options of a tracer, and their checks.
 *
 * @module
 */
import {
  check,
  checkNumber,
  checkWhole,
  type Known,
  refuseUnknown,
  requireObject,
} from "../core/check.ts";
import type { Clock } from "../core/clock.ts";
import type { Faults } from "../core/faults.ts";
import type { Ids } from "../core/ids.ts";
import type { Redactor } from "../core/redact/redactor.ts";
import type { Propagator } from "./propagation/propagator.ts";
import { DEFAULT_LIMITS, type SpanLimits } from "./recorder.ts";
import { requireSampler, type Sampler } from "./sampling/sampler.ts";
import type { TailOptions } from "./sampling/tail.ts";

/** Options of a {@linkcode Tracer}; all may be left out. */
export interface TracerOptions {
  /**
   * Source of time.
   *
   * @default the machine's
   */
  readonly clock?: Clock | undefined;
  /**
   * Source of ids.
   *
   * @default random ones
   */
  readonly ids?: Ids | undefined;
  /**
   * Decides which spans are recorded.
   *
   * @default parentBased(alwaysOn)
   */
  readonly sampler?: Sampler | undefined;
  /**
   * Tail sampling: decides which recorded traces are kept when their first span in this process has
   * ended. `finished` and processors then see kept spans only.
   *
   * @default all are kept
   */
  readonly tail?: TailOptions | undefined;
  /**
   * Finished spans that are kept, rounded up to a power of two.
   *
   * @default 2048
   */
  readonly maxSpans?: number | undefined;
  /**
   * Traces whose finished spans are kept, counted by their first span in this process.
   *
   * @default as many as `maxSpans` allows
   */
  readonly maxTraces?: number | undefined;
  /**
   * About how many bytes the finished spans may occupy together.
   *
   * @default as many as `maxSpans` of them do
   */
  readonly maxBytes?: number | undefined;
  /**
   * Writes and reads contexts.
   *
   * @default w3c
   */
  readonly propagator?: Propagator | undefined;
  /**
   * Hides secrets when spans are read.
   *
   * @default one that hides the usual secrets
   */
  readonly redactor?: Redactor | undefined;
  /** How much one span holds. */
  readonly limits?: Partial<SpanLimits> | undefined;
  /**
   * Counts what goes wrong inside.
   *
   * @default one of its own
   */
  readonly faults?: Faults | undefined;
}

/** Methods by which an option is recognized. */
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
  maxSpans: true,
  maxTraces: true,
  maxBytes: true,
  propagator: true,
  redactor: true,
  limits: true,
  faults: true,
};

/** Throws a `TypeError` for an unknown option or one of a wrong kind, a `RangeError` for a bound. */
export function checkOptions(options: TracerOptions): void {
  refuseUnknown("create tracer", options, KNOWN);
  requireSampler("create tracer", options.sampler);
  for (const [name, what, ...verbs] of SHAPES) {
    const value = options[name] as Record<string, unknown> | null | undefined;
    if (value === undefined) continue;
    const isRight = typeof value === "object" && value !== null &&
      verbs.every((verb) => typeof value[verb] === "function");
    check(isRight, "create tracer", `${name} must be ${what}`, value, TypeError);
  }
  requireObject("create tracer", options.tail, "tail");
  const { maxSpans = 1, maxTraces = 1, maxBytes = 1 } = options;
  checkWhole("create tracer", "maxSpans", maxSpans, 1, 1 << 24);
  checkWhole("create tracer", "maxTraces", maxTraces, 1);
  checkNumber("create tracer", "maxBytes", maxBytes, 1);
}

/** The limits with defaults filled in. Throws for one that is not a whole number. */
export function checkedLimits(given: Partial<SpanLimits> | undefined): SpanLimits {
  refuseUnknown("create tracer", given, DEFAULT_LIMITS, "limits");
  const limits = { ...DEFAULT_LIMITS, ...given };
  for (const [name, limit] of Object.entries(limits)) {
    checkWhole("create tracer", `limits.${name}`, limit, 0);
  }
  return limits;
}
