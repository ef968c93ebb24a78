/**
 * OTLP over HTTP: traces, metrics and logs to an OpenTelemetry Collector or whatever speaks it.
 *
 * @module
 */
export type { Attributes, AttributeValue } from "../core/attributes.ts";
export type { Clock } from "../core/clock.ts";
export type { Certificates } from "./otlp_certificates.ts";
export { type FaultListener, Faults } from "../core/faults.ts";
export type { LevelName, Threshold } from "../log/level.ts";
export type { BoundFields, Fields, LogRecord } from "../log/record.ts";
export type {
  Aggregation,
  Exemplar,
  Family,
  FamilyBase,
  HistogramFamily,
  HistogramSample,
  NativeBucket,
  NativeHistogram,
  NumberFamily,
  NumberSample,
  SummaryFamily,
  SummarySample,
} from "../metrics/family.ts";
export type { LabelSet } from "../metrics/labels.ts";
export type { SpanEvent, SpanLink, SpanRecord } from "../trace/record.ts";
export type { SpanKind, SpanStatus } from "../trace/span.ts";
export type { DropReason } from "./ledger.ts";
export { type CollectWanted, OtlpExporter } from "./otlp.ts";
export type {
  OtlpBatchOptions,
  OtlpLogOptions,
  OtlpMetricOptions,
  OtlpOptions,
  OtlpSignalOptions,
  SpoolOptions,
} from "./otlp_options.ts";
export type { FlushResult, OtlpCounts, OtlpParts } from "./otlp_parts.ts";
export type { ExportedSpan } from "./otlp_traces.ts";
export {
  type Environment,
  type OtlpSettings,
  otlpSettings,
  type OtlpSignal,
  type SignalSettings,
} from "./otlp_settings.ts";
