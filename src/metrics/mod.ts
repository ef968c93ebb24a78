/**
 * Metrics: counters, gauges, histograms, and the pages that Prometheus scrapes.
 *
 * ```ts
 * import { Registry } from "@telltale/telltale/metrics";
 *
 * const registry = new Registry();
 * const seconds = registry.histogram("job_duration_seconds", "How long jobs take", ["job"]);
 * seconds.observe(0.25, { job: "mail" });
 * console.log(await (await registry.scrape()).text());
 * ```
 *
 * @module
 */
export type { Clock } from "../core/clock.ts";
export type { Baggage, BaggageEntry, Context } from "../core/context.ts";
export type { Calls, NoteValue, Tally } from "../core/tally.ts";
export { type FaultListener, Faults } from "../core/faults.ts";
export { aggregate, type MemberFamilies } from "./cluster/aggregate.ts";
export type { ClusterChannel, ClusterOptions } from "./cluster/cluster.ts";
export type { RegistryCounts } from "./catalogue.ts";
export type { FullMetric } from "./full.ts";
export type { Collector } from "./collectors.ts";
export { BoundCounter, Counter } from "./instrument/counter.ts";
export { escapeName, type Escaping } from "./data/names.ts";
export {
  type Aggregation,
  type Exemplar,
  type Family,
  type FamilyBase,
  type HistogramFamily,
  type HistogramForm,
  type HistogramSample,
  type NativeBucket,
  type NativeHistogram,
  type NumberFamily,
  numberFamily,
  type NumberSample,
  type SampleBase,
  type SummaryFamily,
  type SummarySample,
} from "./data/family.ts";
export { BoundGauge, Gauge } from "./instrument/gauge.ts";
export { BoundHistogram, Histogram, HistogramTimer } from "./instrument/histogram.ts";
export { BoundInfo, Info } from "./instrument/info.ts";
export { type Labels, type LabelSet, labelsOf, type LabelValue } from "./data/labels.ts";
export {
  type CallAddWithANumber,
  type CollectOptions,
  type IncArguments,
  type LabelArguments,
  type LabelsOf,
  Metric,
} from "./instrument/metric.ts";
export type { NativeLimits } from "./data/native.ts";
export { type Format, negotiate, type Negotiated } from "./page/negotiate.ts";
export { encodeOpenMetrics, type OpenMetricsOptions } from "./page/openmetrics.ts";
export { encodeProtobuf, type ProtobufOptions } from "./page/protobuf.ts";
export { Registry } from "./registry.ts";
export type {
  CounterOptions,
  GaugeOptions,
  HistogramOptions,
  MetricOptions,
  RegistryOptions,
  SummaryOptions,
} from "./options.ts";
export { RuntimeCollector, type RuntimeCollectorOptions } from "./runtime/runtime.ts";
export type { ScrapeOptions } from "./answer.ts";
export { BoundStateSet, StateSet } from "./instrument/state_set.ts";
export { BoundSummary, Summary } from "./instrument/summary.ts";
export { encodeText } from "./page/text.ts";
