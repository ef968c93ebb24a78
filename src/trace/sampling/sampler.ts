/**
 * Samplers, which decide at the start of a span whether it is recorded.
 *
 * @module
 */
import { type Clock, systemClock } from "../../core/clock.ts";
import { type Context, SAMPLED } from "../../core/context.ts";
import { check, checkFunction, checkNumber, refuseUnknown } from "../../core/check.ts";
import type { SpanOptions } from "../span/span.ts";
import { setOtThreshold } from "../propagation/tracestate.ts";
import { RateLimiter } from "./rate_limiter.ts";
import type { EndedTrace } from "./tail_rules.ts";
import { contextReaches, NEVER, reaches, shortThreshold, thresholdOf } from "./threshold.ts";

/** The decision of a sampler. */
export interface SamplingDecision {
  /** Whether the span is recorded; its context tells the services that it calls. */
  readonly sampled: boolean;
  /**
   * The tracestate of the span.
   *
   * @default the parent's
   */
  readonly tracestate?: string | undefined;
  /**
   * The share of such spans that is recorded, where tracestate can't tell it.
   *
   * @default 1
   */
  readonly ratio?: number | undefined;
  /**
   * Called when the local root has ended, for decisions that need what is not known at its start. It
   * returns how many traces this one stands for, itself included; below 1 the trace is not kept. Until
   * then its spans are recorded and wait, and the services that it calls see it as sampled. Not called
   * for a span that has a parent in this process.
   */
  readonly atEnd?: ((root: EndedTrace) => number) | undefined;
}

/**
 * Decides about a span that starts. `parent` is the context that it continues, with the same trace id;
 * undefined for the root of a trace. When a sampler throws or returns no decision, that is counted and
 * the span is recorded.
 */
export type Sampler = (
  traceId: string,
  name: string,
  options: SpanOptions,
  parent: Context | undefined,
) => SamplingDecision;

const KEEP: SamplingDecision = { sampled: true };
const DROP: SamplingDecision = { sampled: false };

/** Throws a `TypeError` unless `sampler` is a function or undefined. */
export function requireSampler(what: string, sampler: Sampler | undefined): void {
  const isSampler = sampler === undefined || typeof sampler === "function";
  const rule = "sampler must be a function, such as alwaysOn or parentBased(ratioBased(0.1)) " +
    "(names like parentbased_traceidratio are for OTEL_TRACES_SAMPLER)";
  check(isSampler, what, rule, sampler, TypeError);
}

/** Records every span. */
export function alwaysOn(): SamplingDecision {
  return KEEP;
}

/** Records no span; their contexts are still propagated. */
export function alwaysOff(): SamplingDecision {
  return DROP;
}

/**
 * Follows the parent's decision, so that a trace is recorded whole or not at all; `root` decides about
 * the roots of traces. The default of a tracer is `parentBased(alwaysOn)`.
 *
 * @throws {TypeError} unless `root` is a function
 */
export function parentBased(root: Sampler): Sampler {
  requireSampler("create sampler", root ?? null);
  return (traceId, name, options, parent) => {
    if (parent === undefined) return root(traceId, name, options, parent);
    return (parent.flags & SAMPLED) !== 0 ? KEEP : DROP;
  };
}

/**
 * Records a share of traces, the same ones in every service: it compares the 56 random bits of the
 * trace id (or `rv` of the `ot` tracestate) with a threshold, which it adds as `ot=th:…` so that
 * counts can be scaled up (OpenTelemetry "TraceState: Probability Sampling").
 *
 * @example
 * ```ts
 * import { parentBased, ratioBased, Tracer } from "@telltale/telltale/trace";
 * import { equal } from "node:assert/strict";
 *
 * const tracer = new Tracer({ sampler: parentBased(ratioBased(0.25)) });
 * const span = tracer.start("root");
 * equal(span.tracestate, span.recording ? "ot=th:c" : "");
 * ```
 *
 * @param share 0 to 1
 * @throws {RangeError} for another share
 */
export function ratioBased(share: number): Sampler {
  checkNumber("create sampler", "share", share, 0, 1);
  const threshold = thresholdOf(share);
  if (threshold === NEVER) return alwaysOff;
  const shortened = shortThreshold(threshold);
  const keepRoot: SamplingDecision = { sampled: true, tracestate: `ot=th:${shortened}` };

  return (traceId, _name, _options, parent) => {
    const tracestate = parent === undefined ? "" : parent.tracestate;
    if (tracestate === "") return reaches(traceId, threshold) ? keepRoot : DROP;
    const sampled = contextReaches({ traceId, tracestate }, threshold);
    return { sampled, tracestate: setOtThreshold(tracestate, sampled ? shortened : undefined) };
  };
}

/** Options of {@linkcode rateLimited}. */
export interface RateLimitedOptions {
  /**
   * The key of a span; each key has an allowance of its own. Keys past the 256th share one.
   *
   * @default its `http.route`, or else its name
   */
  readonly by?: ((name: string, options: SpanOptions) => string) | undefined;
  /**
   * Source of time.
   *
   * @default the machine's
   */
  readonly clock?: Clock | undefined;
}

/**
 * Records up to `perSecond` spans a second of each route. The attribute `sampling.ratio` of a recorded
 * span tells how many it stands for. Meant for roots: `parentBased(rateLimited(50))`.
 *
 * The route of a request is known when a router has named it (`setRoute`), which is after its span has
 * started. So a server span that starts without `http.route` is recorded, and the decision to keep its
 * trace is made at its end, by the route that it has then, or else by its name. Services that it calls
 * in between see the trace as sampled. With `by`, and for other spans, the decision is made at the
 * start, and a span over the limit costs next to nothing.
 *
 * @example
 * ```ts
 * import { parentBased, rateLimited, Tracer } from "@telltale/telltale/trace";
 * import { deepEqual } from "node:assert/strict";
 *
 * const tracer = new Tracer({ sampler: parentBased(rateLimited(2)) });
 * const recorded = [1, 2, 3].map(() => tracer.start("poll", { startedAtMs: 0 }).recording);
 * deepEqual(recorded, [true, true, false]);
 * ```
 *
 * @throws {RangeError} unless the rate is positive and finite
 */
export function rateLimited(perSecond: number, options: RateLimitedOptions = {}): Sampler {
  refuseUnknown("create rate limiter", options, { by: true, clock: true });
  const { by = routeOrName, clock = systemClock } = options;
  checkFunction("create rate limiter", "by", by);
  const limiter = new RateLimiter("create rate limiter", perSecond);
  const later: SamplingDecision = {
    sampled: true,
    atEnd: ({ route, name, endedAtMs }) => limiter.take(route || name, endedAtMs),
  };
  return (_traceId, name, options) => {
    if (options.kind === "server" && by === routeOrName && routeOf(options) === undefined) {
      return later;
    }
    const standsFor = limiter.take(by(name, options), options.startedAtMs ?? clock.monotonic());
    if (standsFor === 0) return DROP;
    return standsFor === 1 ? KEEP : { sampled: true, ratio: 1 / standsFor };
  };
}

function routeOrName(name: string, options: SpanOptions): string {
  return routeOf(options) ?? name;
}

function routeOf({ attributes }: SpanOptions): string | undefined {
  const route = attributes?.["http.route"];
  return typeof route === "string" ? route : undefined;
}
