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
export { type FaultListener, Faults } from "../core/faults.ts";
export { aggregate, type MemberFamilies } from "./aggregate.ts";
export type { ClusterOptions } from "./cluster.ts";
export type { Collector } from "./collectors.ts";
export { BoundCounter, Counter } from "./counter.ts";
export { escapeName } from "./escape.ts";
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
  type SummaryFamily,
  type SummarySample,
} from "./family.ts";
export { BoundGauge, Gauge } from "./gauge.ts";
export { BoundHistogram, Histogram, HistogramTimer } from "./histogram.ts";
export { BoundInfo, Info } from "./info.ts";
export {
  type CallAddWithANumber,
  type IncArguments,
  type LabelArguments,
  type Labels,
  type LabelSet,
  type LabelsOf,
  labelsOf,
  type LabelValue,
} from "./labels.ts";
export { type CollectOptions, Metric } from "./metric.ts";
export type { NativeLimits } from "./native.ts";
export { type Format, negotiate, type Negotiated } from "./negotiate.ts";
export type { Escaping } from "./escape.ts";
export { encodeOpenMetrics, type OpenMetricsOptions } from "./openmetrics.ts";
export { encodeProtobuf, type ProtobufOptions } from "./protobuf.ts";
export { Registry } from "./registry.ts";
export type {
  CounterOptions,
  GaugeOptions,
  HistogramOptions,
  MetricOptions,
  RegistryCounts,
  RegistryOptions,
  SummaryOptions,
} from "./registry_options.ts";
export { RuntimeCollector, type RuntimeCollectorOptions } from "./runtime.ts";
export type { ScrapeOptions } from "./scrape.ts";
export { BoundStateSet, StateSet } from "./state_set.ts";
export { BoundSummary, Summary } from "./summary.ts";
export { encodeText } from "./text.ts";
