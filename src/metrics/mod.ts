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
export { BoundCounter, Counter } from "./counter.ts";
export type { Definition, Metric } from "./definition.ts";
export {
  type Exemplar,
  type Family,
  type FamilyBase,
  type HistogramFamily,
  type HistogramSample,
  type NumberFamily,
  numberFamily,
  type NumberSample,
} from "./family.ts";
export { BoundGauge, Gauge } from "./gauge.ts";
export { BoundHistogram, Histogram, HistogramTimer } from "./histogram.ts";
export { type Labels, type LabelSet, type LabelsOf, labelsOf, type LabelValue } from "./labels.ts";
export type { Tally } from "./labels.ts";
export { Layout, type Octave } from "./layout.ts";
export { type Escaping, type Format, negotiate, type Negotiated } from "./negotiate.ts";
export { encodeOpenMetrics, type OpenMetricsOptions } from "./openmetrics.ts";
export {
  type Collector,
  type CounterOptions,
  type GaugeOptions,
  type HistogramOptions,
  type MetricOptions,
  Registry,
  type RegistryCounts,
  type RegistryOptions,
} from "./registry.ts";
export { RuntimeCollector, type RuntimeCollectorOptions } from "./runtime.ts";
export { encodeText } from "./text.ts";
