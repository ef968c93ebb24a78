/**
 * Rules of tail sampling: the share of traces like this one that is kept.
 *
 * @module
 */
import { check, checkFunction, checkNumber } from "../../core/check.ts";
import type { SpanRecord } from "../span/record.ts";
import { Durations } from "./durations.ts";
import { RateLimiter } from "./rate_limiter.ts";

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

/** The verdict of a rate limiter that keeps a trace, for itself and for those that were refused. */
export interface Limited {
  /** How many traces it stands for, itself included. */
  readonly standsFor: number;
}

/**
 * The share of such traces to keep, from 0 (the other rules decide) to 1. Their ids decide which
 * ones, so that services agree and counts can be scaled up.
 */
export type TailVerdict = number | Limited;

/** Gives the share of traces like this one to keep. The application may pass functions of its own. */
export type TailRule = (trace: EndedTrace) => TailVerdict;

/**
 * Keeps every trace in which something failed.
 *
 * @example
 * ```ts
 * import { keepFailed, keepShare, keepSlowerThan, Tracer } from "@telltale/telltale/trace";
 * import { deepEqual } from "node:assert/strict";
 *
 * const tracer = new Tracer({ tail: { rules: [keepFailed, keepSlowerThan(500), keepShare(0)] } });
 * tracer.span("fine", () => 1);
 * tracer.start("refunds").fail(new Error("declined")).end();
 * deepEqual([...tracer.finished].map((span) => span.name), ["refunds"]);
 * ```
 */
export function keepFailed(trace: EndedTrace): number {
  return trace.failed ? 1 : 0;
}

/**
 * Keeps every trace that took longer than `ms` in this process.
 *
 * @throws {RangeError} for a negative time
 */
export function keepSlowerThan(ms: number): TailRule {
  checkNumber("keep slow traces", "ms", ms, 0);
  return (trace) => trace.durationMs > ms ? 1 : 0;
}

/**
 * Keeps every trace that took longer than a quantile of the latest traces of its name: 0.99 keeps
 * about the slowest hundredth of each route. Nothing is kept of a name that fewer than 100 traces
 * had. Names past the 256th share one distribution.
 *
 * @param q above 0 and below 1
 * @throws {RangeError} for another quantile
 */
export function keepSlowerThanQuantile(q: number): TailRule {
  const isQuantile = typeof q === "number" && q > 0 && q < 1;
  check(isQuantile, "keep slow traces", "q must be above 0 and below 1", q);
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

/**
 * Keeps a share of all traces.
 *
 * @param share 0 to 1
 * @throws {RangeError} for another share
 */
export function keepShare(share: number): TailRule {
  checkNumber("keep a share of traces", "share", share, 0, 1);
  return () => share;
}

/**
 * Applies `rule` to some traces only:
 * `keepWhen((trace) => trace.name === "GET /health", keepShare(0.01))`.
 *
 * @throws {TypeError} unless both are functions
 */
export function keepWhen(isConcerned: (trace: EndedTrace) => boolean, rule: TailRule): TailRule {
  checkFunction("keep some traces", "isConcerned", isConcerned);
  checkFunction("keep some traces", "rule", rule);
  return (trace) => isConcerned(trace) ? rule(trace) : 0;
}

/**
 * Keeps up to `perSecond` traces a second of each name; names past the 256th share one allowance.
 * Last in the list, it sees only what no rule before it kept for certain.
 *
 * @throws {RangeError} unless the rate is positive
 */
export function keepAtMost(perSecond: number): TailRule {
  const limiter = new RateLimiter("keep some traces", perSecond);
  return ({ name, endedAtMs }) => {
    const standsFor = limiter.take(name, endedAtMs);
    return standsFor === 0 ? 0 : { standsFor };
  };
}

const MAX_NAMES = 256;
