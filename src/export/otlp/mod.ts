/**
 * OTLP over HTTP: traces, metrics and logs to an OpenTelemetry Collector or whatever speaks it.
 *
 * @module
 */
export type { Attributes, AttributeValue } from "../../core/attributes.ts";
export type { Clock } from "../../core/clock.ts";
export { type FaultListener, Faults } from "../../core/faults.ts";
export type { LevelName, Threshold } from "../../log/record/level.ts";
export type { Fields, GivenFields, LogRecord } from "../../log/record/record.ts";
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
  SampleBase,
  SummaryFamily,
  SummarySample,
} from "../../metrics/data/family.ts";
export type { LabelSet } from "../../metrics/data/labels.ts";
export type { SpanEvent, SpanLink, SpanRecord } from "../../trace/span/record.ts";
export type { SpanKind, SpanStatus } from "../../trace/span/span.ts";
export type { DropReason } from "../batch/batch.ts";
export { OtlpExporter } from "./exporter.ts";
export type {
  OtlpBatchOptions,
  OtlpExporterOptions,
  OtlpLogOptions,
  OtlpMetricOptions,
  OtlpOptions,
  OtlpSignal,
  OtlpSignalOptions,
  SpoolOptions,
} from "./options.ts";
export type { OtlpCounts } from "./queues.ts";
export type { CollectWanted, FlushResult } from "./sender.ts";
export type { ExportedSpan } from "./wire/traces.ts";
