/**
 * Traces: spans, samplers, and the headers that carry a trace from one service to the next.
 *
 * @module
 */
export * from "./tracer.ts";
export type { TracerOptions } from "./tracer_options.ts";
export * from "./span.ts";
export * from "./record.ts";
export * from "./finished.ts";
export type { SpanLimits, SpanProcessor, TraceCounts } from "./recorder.ts";
export {
  alwaysOff,
  alwaysOn,
  parentBased,
  rateLimited,
  type RateLimitOptions,
  ratio,
  type Sampler,
  type SamplingDecision,
} from "./sampler.ts";
export { samplerFromEnvironment } from "./sampler_environment.ts";
export type { TailOptions } from "./tail.ts";
export * from "./tail_rules.ts";
export * from "./traceparent.ts";
export * from "./tracestate.ts";
export * from "./baggage.ts";
export type { Carrier, CarrierMap } from "./carrier.ts";
export * from "./propagator.ts";
export * from "./b3.ts";
export type { Attributes, AttributeValue } from "../core/attributes.ts";
export { type Clock, systemClock } from "../core/clock.ts";
export { type Baggage, type BaggageEntry, type Context, current, run } from "../core/context.ts";
export { type FaultListener, Faults } from "../core/faults.ts";
export { Ids } from "../core/ids.ts";
