/**
 * Rules of tail sampling: which share of traces like this one to keep.
 *
 * @module
 */
import { Durations } from "./durations.ts";
import { RateLimiter } from "./rate_limiter.ts";
import { check, checkFunction, checkNumber } from "../../core/check.ts";
import type { SpanRecord } from "../span/record.ts";

/** The part of a trace in this process, when its first span has ended. */
export interface EndedTrace {
  /** The name of that span: for a request its method and route template. */
  readonly name: string;
  /** The `http.route` of that span; empty when it has none. */
  readonly route: string;
  /** How long that span was open. */
  readonly durationMs: number;
  /** When it ended, on the tracer's monotonic clock. */
  readonly endedAtMs: number;
  /** Whether any span that has ended has the status `error`. */
  readonly failed: boolean;
  /** How many spans have ended. */
  readonly spans: number;
  /** That span as plain data, for rules that look closer. */
  root(): SpanRecord;
}

/** A trace that a limiter keeps, for itself and for those it did not let through. */
export interface Limited {
  /** How many traces it stands for, itself included. */
  readonly standsFor: number;
}

/**
 * Which share of such traces to keep, from 0 (whatever the other rules say) to 1. Which ones is
 * decided by their ids, so that services agree and counts can be scaled up.
 */
export type TailVerdict = number | Limited;

/** Tells which share of traces like this one to keep. A function of one's own is as good as ours. */
export type TailRule = (trace: EndedTrace) => TailVerdict;

/**
 * Keeps every trace in which something failed.
 *
 * @example
 * ```ts
 * import { failed, share, slowerThan, Tracer } from "@telltale/telltale/trace";
 * import { deepEqual } from "node:assert/strict";
 *
 * const tracer = new Tracer({ tail: { keep: [failed, slowerThan(500), share(0)] } });
 * tracer.span("fine", () => 1);
 * tracer.start("refunds").fail(new Error("declined")).end();
 * deepEqual(tracer.finished.since(0).map((span) => span.name), ["refunds"]);
 * ```
 */
export function failed(trace: EndedTrace): number {
  return trace.failed ? 1 : 0;
}

/** Keeps every trace that took longer than `ms` here. Throws a `RangeError` for a negative time. */
export function slowerThan(ms: number): TailRule {
  checkNumber("sample by duration", "ms", ms, 0);
  return (trace) => trace.durationMs > ms ? 1 : 0;
}

/**
 * Keeps every trace that took longer than a quantile of the latest ones of its name: 0.99 keeps
 * about the slowest hundredth of each route. Names past the 256th share one distribution, and a
 * distribution of fewer than 100 says nothing yet. Throws a `RangeError` unless `q` is between 0
 * and 1.
 */
export function slowerThanQuantile(q: number): TailRule {
  const isQuantile = typeof q === "number" && q > 0 && q < 1;
  check(isQuantile, "sample by quantile", "q must be between 0 and 1", q);
  const byName = new Map<string, Durations>(), others = new Durations();
  return ({ name, durationMs }) => {
    let durations = byName.get(name);
    if (durations === undefined) {
      if (byName.size < MAX_NAMES) byName.set(name, durations = new Durations());
      else durations = others;
    }
    const slow = durations.isAbove(durationMs, q);
    durations.add(durationMs);
    return slow ? 1 : 0;
  };
}

/** Keeps a share of all traces, 0 to 1. Throws a `RangeError` for another. */
export function share(ratio: number): TailRule {
  checkNumber("sample a share", "ratio", ratio, 0, 1);
  return () => ratio;
}

/**
 * Asks `rule` about some traces only: `when((trace) => trace.name === "GET /health", share(0.01))`.
 * Throws a `TypeError` unless both are functions.
 */
export function when(isConcerned: (trace: EndedTrace) => boolean, rule: TailRule): TailRule {
  checkFunction("sample some traces", "isConcerned", isConcerned);
  checkFunction("sample some traces", "rule", rule);
  return (trace) => isConcerned(trace) ? rule(trace) : 0;
}

/**
 * Keeps up to `perSecond` traces a second of each name; names past the 256th share one allowance.
 * Last in the list, it sees only what no rule before it kept for certain. Throws a `RangeError`
 * unless the rate is positive.
 */
export function atMost(perSecond: number): TailRule {
  const limiter = new RateLimiter(perSecond);
  return ({ name, endedAtMs }) => {
    const standsFor = limiter.take(name, endedAtMs);
    return standsFor === 0 ? 0 : { standsFor };
  };
}

const MAX_NAMES = 256;
