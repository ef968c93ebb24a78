/**
 * Traces: spans, samplers, and the headers that carry a trace from one service to the next.
 *
 * @module
 */
export * from "./tracer.ts";
export type { TracerOptions } from "./options.ts";
export * from "./span/span.ts";
export * from "./span/record.ts";
export * from "./span/finished.ts";
export type { SpanLimits, SpanProcessor, TraceCounts } from "./recorder.ts";
export {
  alwaysOff,
  alwaysOn,
  parentBased,
  rateLimited,
  type RateLimitOptions,
  ratioBased,
  type Sampler,
  type SamplingDecision,
} from "./sampling/sampler.ts";
export { samplerFromEnvironment } from "./sampling/environment.ts";
export type { TailOptions } from "./sampling/tail.ts";
export * from "./sampling/tail_rules.ts";
export * from "./propagation/traceparent.ts";
export * from "./propagation/tracestate.ts";
export * from "./propagation/baggage.ts";
export type { Carrier, CarrierMap } from "./propagation/carrier.ts";
export {
  composite,
  extract,
  inject,
  type InjectOptions,
  type Propagator,
  w3c,
} from "./propagation/propagator.ts";
export * from "./propagation/b3.ts";
export type { Attributes, AttributeValue } from "../core/attributes.ts";
export { type Clock, systemClock } from "../core/clock.ts";
export { type Baggage, type BaggageEntry, type Context, current, run } from "../core/context.ts";
export { type FaultListener, Faults } from "../core/faults.ts";
export { Ids } from "../core/ids.ts";
