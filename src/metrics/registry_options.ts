/**
 * What may be said when a registry or a metric is made.
 *
 * @module
 */
import type { Clock } from "../core/clock.ts";
import type { Faults } from "../core/faults.ts";
import type { ClusterOptions } from "./cluster.ts";
import type { Aggregation } from "./family.ts";
import type { Gauge } from "./gauge.ts";
import type { NativeLimits } from "./native.ts";
import type { ScrapeOptions } from "./scrape.ts";

/** Options of every instrument. */
export interface MetricOptions {
  /** The most series; past it, new label sets share one overflow series. */
  readonly maxSeries?: number | undefined;
  /** Forgets a series this long after its last sample, unless somebody holds a handle to it. */
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
