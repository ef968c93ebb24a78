/**
 * Pushes metrics of jobs that end before they are scraped: to a Pushgateway, or to a database by
 * remote write. Pushes profiles to Pyroscope.
 *
 * ```ts
 * import { Registry } from "@telltale/telltale/metrics";
 * import { Pushgateway } from "@telltale/telltale/push";
 *
 * const registry = new Registry();
 * const gateway = new Pushgateway({ url: "http://localhost:9091", job: "nightly" });
 * await gateway.push(await registry.collect());
 * ```
 *
 * @module
 */
export type { Clock } from "../../core/clock.ts";
export { type FaultListener, Faults } from "../../core/faults.ts";
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
export type { Escaping } from "../../metrics/data/names.ts";
export type { PushOptions, PushResult } from "./target.ts";
export { Pushgateway, type PushgatewayOptions } from "./pushgateway.ts";
export {
  type PushedProfile,
  Pyroscope,
  type PyroscopeCounts,
  type PyroscopeOptions,
} from "./pyroscope.ts";
export { RemoteWrite, type RemoteWriteOptions } from "./remote_write.ts";
