/**
 * Telemetry under test: {@linkcode observe} captures what a test causes, and asserts on it; series by
 * name, whole pages, and a linter.
 *
 * ```ts
 * import { telltale } from "@telltale/telltale";
 * import { observe } from "@telltale/telltale/testing";
 *
 * await using t = telltale({ service: "orders", log: { sinks: [] } });
 * using seen = observe(t);
 * t.tracer.span("charge card", () => t.log.info("charged", { cents: 990 }));
 * seen.span("charge card").succeeded().line("charged").has({ cents: 990 });
 * ```
 *
 * @module
 */
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
} from "../metrics/data/family.ts";
export type { LabelSet, LabelValue } from "../metrics/data/labels.ts";
export type { Attributes, AttributeValue } from "../core/attributes.ts";
export type { Clock } from "../core/clock.ts";
export type { Value } from "../events/store/column.ts";
export type { Row } from "../events/store/rows.ts";
export type { Handler } from "../http/request/handler.ts";
export type { Fields, LogRecord } from "../log/record/record.ts";
export type { SpanEvent, SpanLink, SpanRecord } from "../trace/span/record.ts";
export type { SpanKind, SpanStatus } from "../trace/span/span.ts";
export type { LintProblem } from "./exposition/lint.ts";
export type { LintFinding, LintRule } from "./rules/finding.ts";
export { lint, type LintedParts, type LintOptions } from "./lint.ts";
export { parseOpenMetrics, type ParseOptions, parsePage, parseText } from "./exposition/parse.ts";
export { ParseError } from "./exposition/scan.ts";
export { ManualClock } from "./clock.ts";
export type { Change } from "./capture/changes.ts";
export type { Expected, ExpectedFields, Form, Match } from "./capture/match.ts";
export type { LineMatch, RowMatch, SpanMatch } from "./capture/matches.ts";
export type { MetricMatch } from "./capture/metric_match.ts";
export type { ObservedParts } from "./capture/scope.ts";
export type {
  DescribedEvent,
  DescribedLine,
  DescribedMetric,
  DescribedSpan,
  TelemetryContract,
} from "./contract/description.ts";
export type { FileOptions } from "./contract/file.ts";
export type { SnapshotLine, SnapshotSpan, TelemetrySnapshot } from "./contract/snapshot.ts";
export { assertContract, describe, type DescribedParts, type DescribeOptions } from "./describe.ts";
export { type Observable, observe, type ObserveTestOptions } from "./observe.ts";
export { Observed } from "./observed.ts";
export {
  type OtlpJson,
  OtlpReceiver,
  type OtlpReceiverOptions,
  type OtlpRequest,
} from "./receiver.ts";
export type { OtlpSignal } from "./otlp/schema.ts";
export { compareExposition, countSeries, type MetricSource, seriesValue } from "./metrics.ts";
