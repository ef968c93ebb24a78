/**
 * Traces: spans, samplers, and the headers that carry a trace from one service to the next.
 *
 * @module
 */
export { Tracer } from "./tracer.ts";
export type { TracerOptions } from "./options.ts";
export type { SpanLimits, SpanProcessor, TraceCounts } from "./recorder.ts";
export {
  Span,
  type SpanKind,
  type SpanLinkOptions,
  type SpanOptions,
  type SpanStatus,
} from "./span/span.ts";
export {
  type RawSpan,
  SAMPLING_RATIO,
  type SpanEvent,
  type SpanLink,
  type SpanRecord,
} from "./span/record.ts";
export { type FinishedSpan, FinishedSpans } from "./span/finished.ts";
export {
  alwaysOff,
  alwaysOn,
  parentBased,
  rateLimited,
  type RateLimitedOptions,
  ratioBased,
  type Sampler,
  type SamplingDecision,
} from "./sampling/sampler.ts";
export { samplerFromEnvironment } from "./sampling/environment.ts";
export type { TailOptions } from "./sampling/tail.ts";
export {
  type EndedTrace,
  keepAtMost,
  keepFailed,
  keepShare,
  keepSlowerThan,
  keepSlowerThanQuantile,
  keepWhen,
  type Limited,
  type TailRule,
  type TailVerdict,
} from "./sampling/tail_rules.ts";
export {
  formatTraceparent,
  parseTraceparent,
  type Traceparent,
} from "./propagation/traceparent.ts";
export {
  deleteTracestate,
  parseTracestate,
  setTracestate,
  tracestateValue,
} from "./propagation/tracestate.ts";
export { formatBaggage, parseBaggage } from "./propagation/baggage.ts";
export type { Carrier, CarrierMap } from "./propagation/carrier.ts";
export {
  composite,
  extract,
  inject,
  type InjectOptions,
  type Propagator,
  w3c,
} from "./propagation/propagator.ts";
export { b3, parseB3 } from "./propagation/b3.ts";
export type { Attributes, AttributeSource, AttributeValue } from "../core/attributes.ts";
export { type Clock, systemClock } from "../core/clock.ts";
export { type Baggage, type BaggageEntry, type Context, current, run } from "../core/context.ts";
export { Calls, type NoteValue, Tally } from "../core/tally.ts";
export { type FaultListener, Faults } from "../core/faults.ts";
export { Ids } from "../core/ids.ts";
