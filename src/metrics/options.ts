/**
 * What may be said when a registry or a metric is made.
 *
 * @module
 */
import type { Clock } from "../core/clock.ts";
import type { Faults } from "../core/faults.ts";
import {
  check,
  checkChoice,
  checkFunction,
  checkNumber,
  checkPositive,
  checkWhole,
  type Known,
  MAX_TIMER_MS,
  refuseUnknown,
  requireObject,
} from "../core/check.ts";
import type { Redactor } from "../core/redact/redactor.ts";
import type { ClusterOptions } from "./cluster/cluster.ts";
import {
  type Aggregation,
  AGGREGATIONS,
  HISTOGRAM_FORMS,
  type HistogramForm,
} from "./data/family.ts";
import type { Gauge } from "./instrument/gauge.ts";
import type { HistogramShape } from "./instrument/histogram.ts";
import { DEFAULT_NATIVE_LIMITS, type NativeLimits } from "./data/native.ts";
import type { ScrapeOptions } from "./scrape.ts";
import type { SummaryWindow } from "./instrument/summary.ts";

/** Options of every instrument. */
export interface MetricOptions {
  /** The most series; past it, new label sets share one overflow series. */
  readonly maxSeries?: number | undefined;
  /**
   * Forgets a series that had no sample for this long, unless somebody holds a handle to it. Nobody
   * looks but collects, scrapes, and at the cap a new series that finds no room (at most four times
   * in this time), and time counts from the first look after the last sample: between looks a stale
   * series stays.
   */
  readonly ttlMs?: number | undefined;
  /** The base unit, which the name must end in (before `_total`): `seconds`, `bytes`. */
  readonly unit?: string | undefined;
}

/** Options of a counter. */
export interface CounterOptions extends MetricOptions {
  /** Links the newest sample of a series to its trace; off by default, it costs a look at the context. */
  readonly exemplars?: boolean | undefined;
}

/** Options of a gauge. */
export interface GaugeOptions<L extends string> extends MetricOptions {
  /** How the values of several members of a cluster become one; `sum` by default. */
  readonly aggregation?: Aggregation | undefined;
  /** Sets the gauge at the moment of a scrape. May be async; a throw is counted, not passed on. */
  readonly collect?: ((gauge: Gauge<L>) => void | Promise<void>) | undefined;
}

/** Options of a histogram. */
export interface HistogramOptions extends MetricOptions {
  /** Upper bounds that text shows, ascending and finite; exact, whatever they are. */
  readonly buckets?: readonly number[] | undefined;
  /** 2^precision sub-buckets an octave, 0 to 8: 3 keeps a quantile within 5.9 %, 4 within 3.0 %. */
  readonly precision?: number | undefined;
  /** Links the newest observation of each octave to its trace; on by default. */
  readonly exemplars?: boolean | undefined;
  /**
   * How pages show it, whatever the registry's `histograms` says. `classic` holds for OTLP and remote
   * write as well, which are asked for one shape of all histograms.
   */
  readonly form?: HistogramForm | undefined;
  /** What keeps the native histogram that protobuf shows from having too many buckets. */
  readonly native?: Partial<NativeLimits> | undefined;
}

/** Options of a summary. */
export interface SummaryOptions extends MetricOptions {
  /** Quantiles to show; 0.5, 0.9 and 0.99 by default. */
  readonly quantiles?: readonly number[] | undefined;
  /** How long an observation counts for quantiles; ten minutes by default. */
  readonly maxAgeMs?: number | undefined;
  /** In how many steps the window slides, 1 to 20; 5 by default. An observation costs as many. */
  readonly ageBuckets?: number | undefined;
}

/** Options of a registry. */
export interface RegistryOptions extends ScrapeOptions {
  /** The most series of each metric that does not say otherwise. 2000 by default. */
  readonly maxSeries?: number | undefined;
  /**
   * Which names may be registered: `legacy` ones, which every Prometheus reads, or any well-formed
   * text (`utf-8`), which Prometheus 3 reads as it is and others get escaped. `legacy` by default.
   */
  readonly names?: "legacy" | "utf-8" | undefined;
  /**
   * Makes this registry one of several: a scrape of any gives the sum of all isolates of the process
   * (`true`), or of all processes at a unix socket. End it with `close`.
   */
  readonly cluster?: boolean | ClusterOptions | undefined;
  /** How long a scrape waits for one collector. 5000 by default. */
  readonly collectorTimeoutMs?: number | undefined;
  /** The machine's unless a test says otherwise. */
  readonly clock?: Clock | undefined;
  /** Where what goes wrong is counted. */
  readonly faults?: Faults | undefined;
  /** What is hidden in the labels of exemplars that collectors give; nothing unless given. */
  readonly redactor?: Redactor | undefined;
}

/** Numbers that a registry keeps about itself. */
export interface RegistryCounts {
  /** Samples dropped for their labels. */
  readonly badLabels: number;
  /** Samples dropped for their value. */
  readonly badValues: number;
  /** Samples that went to an overflow series. */
  readonly overflowed: number;
  /** Series held now, overflow series not counted. */
  readonly series: number;
}

/** What no Prometheus loses, whatever its flags. */
export const DEFAULT_FORM: HistogramForm = "classic";

const KNOWN: Known<RegistryOptions> = {
  maxScrapes: true,
  created: true,
  histograms: true,
  maxSeries: true,
  names: true,
  cluster: true,
  collectorTimeoutMs: true,
  clock: true,
  faults: true,
  redactor: true,
};

/** Throws for an option that can't be. */
export function checkRegistryOptions(options: RegistryOptions): void {
  const what = "create registry";
  refuseUnknown(what, options, KNOWN);
  const { maxSeries = 1, maxScrapes = 1, collectorTimeoutMs = 1, names = "legacy" } = options;
  checkWhole(what, "maxSeries", maxSeries);
  checkWhole(what, "maxScrapes", maxScrapes);
  checkNumber(what, "collectorTimeoutMs", collectorTimeoutMs, 1, MAX_TIMER_MS);
  checkChoice(what, "names", names, ["legacy", "utf-8"]);
  checkForm(what, "histograms", options.histograms);
  const { created, cluster } = options;
  if (typeof cluster !== "boolean") requireObject(what, cluster, "cluster");
  const isSaid = created === undefined || typeof created === "boolean";
  check(isSaid, what, "created must be true or false", created, TypeError);
}

const KNOWN_OF_CLUSTER: Known<ClusterOptions> = {
  name: true,
  socket: true,
  deadlineMs: true,
  goneAfterMs: true,
};

/** Throws for an option of a cluster that can't be. */
export function checkClusterOptions(options: ClusterOptions): void {
  refuseUnknown("join cluster", options, KNOWN_OF_CLUSTER);
  const { deadlineMs = 1, goneAfterMs = 1 } = options;
  checkPositive("join cluster", "deadlineMs", deadlineMs);
  checkPositive("join cluster", "goneAfterMs", goneAfterMs);
}

/** Of any kind of metric: the types tell a histogram's from a counter's. */
const KNOWN_OF_METRICS: Known<
  CounterOptions & GaugeOptions<never> & HistogramOptions & SummaryOptions
> = {
  maxSeries: true,
  ttlMs: true,
  unit: true,
  exemplars: true,
  aggregation: true,
  collect: true,
  buckets: true,
  precision: true,
  form: true,
  native: true,
  quantiles: true,
  maxAgeMs: true,
  ageBuckets: true,
};

/**
 * Throws for an option of any metric that can't be.
 *
 * @param what as the error names it: `register gauge "queue_length"`
 */
export function checkMetricOptions(
  what: string,
  name: string,
  options: MetricOptions & Pick<GaugeOptions<never>, "aggregation" | "collect">,
): void {
  refuseUnknown(what, options, KNOWN_OF_METRICS);
  const { unit, maxSeries = 1, ttlMs = 1, aggregation = "sum", collect } = options;
  checkWhole(what, "maxSeries", maxSeries);
  checkPositive(what, "ttlMs", ttlMs);
  if (unit !== undefined) {
    const isIn = typeof unit === "string" && unit !== "" &&
      name.replace(/_total$/, "").endsWith(`_${unit}`);
    if (!isIn) throw new TypeError(`Cannot ${what}: name must end in its unit "_${String(unit)}"`);
  }
  checkChoice(what, "aggregation", aggregation, AGGREGATIONS);
  if (collect !== undefined) checkFunction(what, "collect", collect);
}

/** The bounds and limits of a histogram, or what is wrong with them. */
export function histogramShape(
  what: string,
  { buckets = DEFAULT_BOUNDS, precision = 3, native = {}, form }: HistogramOptions,
): HistogramShape & { buckets: readonly number[]; precision: number } {
  checkForm(what, "form", form);
  // That they are finite and ascend is for the layout to say.
  const areNumbers = Array.isArray(buckets) && buckets.every((bound) => typeof bound === "number");
  check(areNumbers, what, "buckets must be an array of numbers", buckets, TypeError);
  refuseUnknown(what, native, DEFAULT_NATIVE_LIMITS, "native");
  const {
    maxBuckets = DEFAULT_NATIVE_LIMITS.maxBuckets,
    minResetMs = DEFAULT_NATIVE_LIMITS.minResetMs,
    maxZeroThreshold = DEFAULT_NATIVE_LIMITS.maxZeroThreshold,
  } = native;
  checkWhole(what, "native.maxBuckets", maxBuckets);
  checkPositive(what, "native.minResetMs", minResetMs);
  checkNumber(what, "native.maxZeroThreshold", maxZeroThreshold, 0, Number.MAX_VALUE);
  const limits = { maxBuckets, minResetMs, maxZeroThreshold };
  return { buckets: [...buckets], precision, form, limits };
}

/** The window of a summary, or what is wrong with it. */
export function summaryWindow(what: string, options: SummaryOptions): SummaryWindow {
  const { quantiles = [0.5, 0.9, 0.99], maxAgeMs = 600_000, ageBuckets = 5 } = options;
  const areQuantiles = Array.isArray(quantiles) &&
    quantiles.every((q) => typeof q === "number" && q >= 0 && q <= 1);
  check(areQuantiles, what, "quantiles must be 0 to 1", quantiles);
  const areDistinct = new Set(quantiles).size === quantiles.length;
  check(areDistinct, what, "quantiles must be distinct", quantiles);
  checkPositive(what, "maxAgeMs", maxAgeMs);
  checkWhole(what, "ageBuckets", ageBuckets, 1, 20);
  return { quantiles: [...quantiles], maxAgeMs, ageBuckets };
}

/** One bound an octave, from about 1 ms to 64 s when the unit is seconds. */
const DEFAULT_BOUNDS: readonly number[] = /* @__PURE__ */ Array.from(
  { length: 17 },
  (_, i) => 2 ** (i - 10),
);

function checkForm(what: string, name: string, form: HistogramForm | undefined): void {
  if (form !== undefined) checkChoice(what, name, form, HISTOGRAM_FORMS);
}
