/**
 * Observability for Deno and Bun in one import: metrics, traces, logs and health, correlated.
 *
 * At the root is what a service is made with: {@linkcode telltale}, the parts that it composes, the
 * functions that a handler calls, and the classes and types that these take and return. The rest
 * (encoders, sinks, samplers, ready-made checks, exporters, test aids) is at the sub-path of its part.
 *
 * ```ts
 * import { telltale } from "@telltale/telltale";
 *
 * const t = telltale({ service: "order-service", log: { sinks: [] } });
 * const handler = t.instrument((request: Request) => {
 *   t.log.info("hello", { from: request.url });
 *   return new Response("hello");
 * });
 * console.log((await handler(new Request("http://localhost/"))).status);
 * ```
 *
 * @module
 */

// The composition.
export { Telltale, telltale } from "./src/telltale.ts";
export type { ConsoleOptions } from "./src/compose/console_token.ts";
export type { ProfileOptions } from "./src/compose/profile_parts.ts";
export type { ContinuousOptions } from "./src/profile/keep/options.ts";
export type { PyroscopeOptions } from "./src/export/push/pyroscope.ts";
export type { PushOptions } from "./src/export/push/target.ts";
export type { TelltaleOptions } from "./src/compose/options.ts";

// Metrics.
export type { RegistryCounts } from "./src/metrics/catalogue.ts";
export type { ClusterChannel, ClusterOptions } from "./src/metrics/cluster/cluster.ts";
export type { Collector } from "./src/metrics/collectors.ts";
export type {
  Aggregation,
  Exemplar,
  Family,
  FamilyBase,
  HistogramFamily,
  HistogramForm,
  HistogramSample,
  NativeBucket,
  NativeHistogram,
  NumberFamily,
  NumberSample,
  SampleBase,
  SummaryFamily,
  SummarySample,
} from "./src/metrics/data/family.ts";
export type { Labels, LabelSet, LabelValue } from "./src/metrics/data/labels.ts";
export type { NativeLimits } from "./src/metrics/data/native.ts";
export { BoundCounter, Counter } from "./src/metrics/instrument/counter.ts";
export { BoundGauge, Gauge } from "./src/metrics/instrument/gauge.ts";
export { BoundHistogram, Histogram, HistogramTimer } from "./src/metrics/instrument/histogram.ts";
export { BoundInfo, Info } from "./src/metrics/instrument/info.ts";
export {
  type CallAddWithANumber,
  type CollectOptions,
  type IncArguments,
  type LabelArguments,
  type LabelsOf,
  Metric,
} from "./src/metrics/instrument/metric.ts";
export { BoundStateSet, StateSet } from "./src/metrics/instrument/state_set.ts";
export { BoundSummary, Summary } from "./src/metrics/instrument/summary.ts";
export type {
  CounterOptions,
  GaugeOptions,
  HistogramOptions,
  MetricOptions,
  RegistryOptions,
  SummaryOptions,
} from "./src/metrics/options.ts";
export { Registry } from "./src/metrics/registry.ts";
export type { ScrapeOptions } from "./src/metrics/answer.ts";

// Events.
export type {
  Answer,
  AnswerBase,
  BucketsAnswer,
  Group,
  NumberedRow,
  RowsAnswer,
  Series,
  TableAnswer,
  WhyAnswer,
} from "./src/events/ask/answer.ts";
export type { AskOptions } from "./src/events/ask/ask.ts";
export { EventStore, type EventStoreOptions } from "./src/events/event_store.ts";
export type { Literal } from "./src/events/question/literal.ts";
export type {
  Condition,
  Measure,
  Operator,
  Order,
  Question,
} from "./src/events/question/question.ts";
export type { Drops } from "./src/events/store/budget.ts";
export { Column, type FieldOptions, type Value } from "./src/events/store/column.ts";
export type { RowLimits } from "./src/events/store/limits.ts";
export { type Row, Rows, type RowsSince } from "./src/events/store/rows.ts";
export type { Explanation, Finding, Onset, Term } from "./src/events/why/explanation.ts";
export { Calls, type NoteValue, Tally } from "./src/core/tally.ts";

// Flags.
export type { FlagChange, FlagInfo } from "./src/flags/change.ts";
export { Flags } from "./src/flags/flags.ts";
export type { FlagsOptions } from "./src/flags/options.ts";
export type { FlagDefinition, FlagDefinitions } from "./src/flags/rule/definition.ts";
export type { FlagDetails } from "./src/flags/rule/outcome.ts";
export type { FlagContext } from "./src/flags/rule/value.ts";

// Traces.
export type { TracerOptions } from "./src/trace/options.ts";
export type { Carrier, CarrierMap } from "./src/trace/propagation/carrier.ts";
export type { InjectOptions, Propagator } from "./src/trace/propagation/propagator.ts";
export type { SpanLimits, SpanProcessor, TraceCounts } from "./src/trace/recorder.ts";
export type { Sampler, SamplingDecision } from "./src/trace/sampling/sampler.ts";
export type { TailOptions } from "./src/trace/sampling/tail.ts";
export type {
  EndedTrace,
  Limited,
  TailRule,
  TailVerdict,
} from "./src/trace/sampling/tail_rules.ts";
export { type FinishedSpan, FinishedSpans } from "./src/trace/span/finished.ts";
export type { RawSpan, SpanEvent, SpanLink, SpanRecord } from "./src/trace/span/record.ts";
export {
  Span,
  type SpanKind,
  type SpanLinkOptions,
  type SpanOptions,
  type SpanStatus,
} from "./src/trace/span/span.ts";
export { Tracer } from "./src/trace/tracer.ts";

// Logs.
export { type FlightHost, type FlightOptions, FlightRecorder } from "./src/log/gate/flight.ts";
export {
  type LogRateLimitOptions,
  RateLimit,
  type ReportSuppressed,
} from "./src/log/gate/rate_limit.ts";
export type { LogSampler } from "./src/log/gate/sample.ts";
export { Logger } from "./src/log/logger.ts";
export type { LoggerCounts, LoggerOptions } from "./src/log/options.ts";
export type { LevelName, Threshold } from "./src/log/record/level.ts";
export {
  type Fields,
  type GivenFields,
  type LogOrigin,
  LogRecord,
} from "./src/log/record/record.ts";
export { RecordRing } from "./src/log/record/ring.ts";
export type { OutputCounts } from "./src/log/sink/line_queue.ts";
export type { LogSink, Sink, SinkHost } from "./src/log/sink/sink.ts";

// Health.
export type { CheckFunction, CheckOptions } from "./src/health/check.ts";
export { HealthRegistry, type RefreshOptions } from "./src/health/registry.ts";
export type {
  CheckResult,
  ComponentHealth,
  HealthChange,
  HealthSnapshot,
  HealthStatus,
} from "./src/health/snapshot.ts";

// HTTP.
export type { AccessOptions, Right } from "./src/http/admin/access.ts";
export { Endpoints } from "./src/http/admin/endpoints.ts";
export type { AdminEndpoint, EndpointPaths } from "./src/http/admin/paths.ts";
export type { Handler } from "./src/http/request/handler.ts";
export type { Peer } from "./src/http/request/peer.ts";
export { instrument, type InstrumentOptions } from "./src/http/server/instrument.ts";
export type {
  HandlerRuns,
  LabelFunction,
  ObserveOptions,
  ObserverOptions,
  RequestLineChoice,
  RequestOutcomes,
} from "./src/http/server/options.ts";
export { type RouteResolver, setError, setRoute } from "./src/http/server/route.ts";

// SLOs.
export type { AlertState, SloChange, SloState } from "./src/slo/live/alert.ts";
export type { BurnWindow } from "./src/slo/live/burn.ts";
export type {
  Availability,
  AvailabilitySlo,
  CustomSlo,
  Latency,
  LatencySlo,
  RequestSlo,
  SloBase,
  SloDefinition,
  SloOptions,
  SloRequests,
} from "./src/slo/live/definition.ts";
export { SloRegistry, type SloRegistryOptions } from "./src/slo/registry.ts";
export { Slo } from "./src/slo/slo.ts";

// Export.
export type {
  OtlpBatchOptions,
  OtlpLogOptions,
  OtlpMetricOptions,
  OtlpOptions,
  OtlpSignalOptions,
  SpoolOptions,
} from "./src/export/otlp/options.ts";
export type { FlushResult } from "./src/export/otlp/sender.ts";

// What all parts share.
export type { Attributes, AttributeValue } from "./src/core/attributes.ts";
export { Blocks } from "./src/core/runtime/blocks.ts";
export type { Clock } from "./src/core/clock.ts";
export { type Baggage, type BaggageEntry, type Context, current, run } from "./src/core/context.ts";
export { type FaultListener, Faults } from "./src/core/faults.ts";
export { Ids } from "./src/core/ids.ts";
export type { RedactOptions } from "./src/core/redact/options.ts";
export type { RedactPattern } from "./src/core/redact/pattern.ts";
export { Redactor } from "./src/core/redact/redactor.ts";
export type { Resource, ResourceOptions } from "./src/core/resource.ts";
