/**
 * Options of a registry and of its instruments.
 *
 * @module
 */
import {
  check,
  checkChoice,
  checkNumber,
  checkPositive,
  checkWhole,
  type Known,
  MAX_TIMER_MS,
  refuseUnknown,
  requireObject,
} from "../core/check.ts";
import type { Clock } from "../core/clock.ts";
import type { Faults } from "../core/faults.ts";
import type { Redactor } from "../core/redact/redactor.ts";
import type { ScrapeOptions } from "./answer.ts";
import type { ClusterOptions } from "./cluster/cluster.ts";
import { type Aggregation, HISTOGRAM_FORMS, type HistogramForm } from "./data/family.ts";
import type { NativeLimits } from "./data/native.ts";
import type { Gauge } from "./instrument/gauge.ts";

/** Options of every instrument. */
export interface MetricOptions {
  /** The most series; past it, new label sets share one overflow series. @default the registry's */
  readonly maxSeries?: number | undefined;
  /**
   * Forgets a series that had no sample for this long, unless a handle to it exists. Series are only
   * checked by a collect, by a scrape, and at the cap by a new series that finds no room (at most four
   * times in this time). Time counts from the first check after the last sample: a stale series stays
   * until the next check. @default never
   */
  readonly ttlMs?: number | undefined;
  /** The base unit, which the name must end in (before `_total`): `seconds`, `bytes`. */
  readonly unit?: string | undefined;
}

/** Options of a counter. */
export interface CounterOptions extends MetricOptions {
  /** Links the newest sample of a series to its trace, which costs a look-up of the context. @default false */
  readonly exemplars?: boolean | undefined;
}

/** Options of a gauge. */
export interface GaugeOptions<L extends string> extends MetricOptions {
  /** How the values of several members of a cluster become one. @default "sum" */
  readonly aggregation?: Aggregation | undefined;
  /** Sets the gauge at the moment of a scrape. May be async; a throw is counted, not passed on. */
  readonly collect?: ((gauge: Gauge<L>) => void | Promise<void>) | undefined;
}

/** Options of a histogram. */
export interface HistogramOptions extends MetricOptions {
  /**
   * Upper bounds that text shows, finite and ascending; any bounds are exact.
   *
   * @default one an octave, 2^-10 to 2^6
   */
  readonly buckets?: readonly number[] | undefined;
  /** 2^precision sub-buckets an octave, 0 to 8: 3 keeps a quantile within 5.9 %, 4 within 3.0 %. @default 3 */
  readonly precision?: number | undefined;
  /** Links the newest observation of each octave to its trace. @default true */
  readonly exemplars?: boolean | undefined;
  /**
   * How pages show it, whatever the registry's `histograms` says. `classic` also applies to OTLP and
   * remote write, which otherwise take one form for all histograms.
   */
  readonly form?: HistogramForm | undefined;
  /** Limits the buckets of the native histogram that protobuf shows. */
  readonly native?: Partial<NativeLimits> | undefined;
}

/** Options of a summary. */
export interface SummaryOptions extends MetricOptions {
  /** Quantiles to show. @default [0.5, 0.9, 0.99] */
  readonly quantiles?: readonly number[] | undefined;
  /** How long an observation counts for quantiles. @default 600000 */
  readonly maxAgeMs?: number | undefined;
  /** The steps in which the window slides, 1 to 20; an observation is stored once for each. @default 5 */
  readonly ageBuckets?: number | undefined;
}

/** Options of a registry. */
export interface RegistryOptions extends ScrapeOptions {
  /** The most series of each metric that has no `maxSeries` of its own. @default 2000 */
  readonly maxSeries?: number | undefined;
  /**
   * Which names may be registered: `legacy` ones, which every Prometheus reads, or any well-formed
   * text (`utf-8`), which Prometheus 3 reads as it is and others get escaped.
   *
   * @default "legacy"
   */
  readonly names?: "legacy" | "utf-8" | undefined;
  /**
   * Makes this registry one of several: a scrape of any gives the sum of all isolates of the process
   * (`true`), or of all processes at a unix socket. `close` leaves the cluster.
   *
   * @default false
   */
  readonly cluster?: boolean | ClusterOptions | undefined;
  /** How long a scrape waits for one collector. @default 5000 */
  readonly collectorTimeoutMs?: number | undefined;
  /** Source of time. @default the machine's */
  readonly clock?: Clock | undefined;
  /** Counts what goes wrong inside. @default one of its own */
  readonly faults?: Faults | undefined;
  /** What is hidden in the labels of exemplars that collectors give. @default nothing */
  readonly redactor?: Redactor | undefined;
}

/** The form that no Prometheus loses, whatever its flags. */
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
  const isBoolean = created === undefined || typeof created === "boolean";
  check(isBoolean, what, "created must be true or false", created, TypeError);
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

/** Throws unless the form of histograms is one of those that exist. */
export function checkForm(what: string, name: string, form: HistogramForm | undefined): void {
  if (form !== undefined) checkChoice(what, name, form, HISTOGRAM_FORMS);
}
