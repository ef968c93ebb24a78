/**
 * Assertions on recorded telemetry: series by name, whole pages, and a linter for metric names.
 *
 * ```ts
 * import { Registry } from "@telltale/telltale/metrics";
 * import { seriesValue } from "@telltale/telltale/testing";
 * import { equal } from "node:assert/strict";
 *
 * const registry = new Registry();
 * registry.counter("orders_total", "Orders placed").inc();
 * equal(await seriesValue(registry, "orders_total"), 1);
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
export { lint, type LintProblem } from "./exposition/lint.ts";
export { parseOpenMetrics, type ParseOptions, parsePage, parseText } from "./exposition/parse.ts";
export { ParseError } from "./exposition/scan.ts";
export { compareExposition, countSeries, type MetricSource, seriesValue } from "./metrics.ts";
