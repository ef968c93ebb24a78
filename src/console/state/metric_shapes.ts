/**
 * The shapes of the answers about metrics, their points and their exemplars; as those of `shapes.ts`.
 *
 * @module
 */
import type { Family } from "../../metrics/data/family.ts";
import type { Maybe, Paged } from "./shapes.ts";

/** `GET api/metrics?after=`: the metrics from the one after a name on. */
export interface MetricsReply extends Paged {
  readonly metrics: readonly MetricReply[];
  /** The last hour, and what it costs; absent where nothing takes samples. */
  readonly history?: {
    readonly everyMs: number;
    readonly series: number;
    readonly maxSeries: number;
    readonly bytes: number;
    readonly maxBytes: number;
    /** Series that found no room. */
    readonly notKept: number;
    /** Milliseconds that one sample takes, in the mean. */
    readonly sampleMs: Maybe;
  } | undefined;
}

/** One metric. */
export interface MetricReply {
  readonly name: string;
  readonly type: Family["type"];
  readonly help: string;
  readonly unit?: string | undefined;
  readonly series: number;
  /** How many of them have points. */
  readonly kept: number;
  readonly atCap: boolean;
  /** Samples in the overflow series, the label with the most values, and how many these are. */
  readonly overflowed?: number | undefined;
  readonly label?: string | undefined;
  readonly values?: number | undefined;
  /** The sum of the series that are kept, in 20 points of the last 15 minutes; absent without points. */
  readonly spark?: readonly Maybe[] | undefined;
}

/** `GET api/metrics?name=&last=`: the points of one metric, in at most 60 of each series. */
export interface PointsReply extends Paged {
  readonly name: string;
  readonly type: Family["type"];
  readonly help: string;
  readonly unit?: string | undefined;
  /** How values of members of a cluster become one. @default "max" of states and infos, else "sum" */
  readonly aggregation?: Family["aggregation"];
  readonly everyMs: number;
  readonly timeMs: readonly number[];
  /** Ten at most, the largest first. */
  readonly series: readonly SeriesReply[];
}

/** One series. */
export interface SeriesReply {
  readonly labels: Readonly<Record<string, string>>;
  /** Its value, or its number of observations, now. */
  readonly last: Maybe;
  /** A counter: a second. A gauge: its value. A histogram: observations a second. */
  readonly values: readonly Maybe[];
  /** Of a histogram, as Prometheus estimates them from its buckets. */
  readonly p50?: readonly Maybe[] | undefined;
  readonly p95?: readonly Maybe[] | undefined;
  readonly p99?: readonly Maybe[] | undefined;
  /** Upper bounds of the cells; the last cell has none. */
  readonly bounds?: readonly number[] | undefined;
  /** Observations by point and cell. */
  readonly heat?: readonly (readonly number[])[] | undefined;
  readonly exemplars?: readonly ExemplarReply[] | undefined;
}

/** One observation and its trace. */
export interface ExemplarReply {
  readonly value: number;
  readonly timeMs: Maybe;
  readonly trace: string;
  readonly span: string;
}
