/**
 * Families: metrics as plain data, which instruments and collectors make and encoders write.
 *
 * @module
 */
import { type Labels, type LabelSet, labelsOf } from "./labels.ts";

/** A link from a sample to its trace. */
export interface Exemplar {
  /** The value that was observed, or added to a counter. */
  readonly value: number;
  /** Its labels; Telltale's own carry `trace_id` and `span_id`. */
  readonly labels: LabelSet;
  /** When, in milliseconds since the Unix epoch; Telltale's own always have it. */
  readonly timestampMs?: number | undefined;
  /** Upper bound of its bucket; set when the value alone would select a lower one. */
  readonly le?: number | undefined;
}

/** What every sample has. */
export interface SampleBase {
  /** The labels that identify it in its family. */
  readonly labels: LabelSet;
  /** When a counter, histogram or summary began at zero, in milliseconds since the Unix epoch. */
  readonly createdMs?: number | undefined;
  /** When this was so, in milliseconds since the Unix epoch. @default the time of the scrape */
  readonly timestampMs?: number | undefined;
}

/** One series of a counter, gauge or untyped family. */
export interface NumberSample extends SampleBase {
  /** Any number in a gauge; finite and not negative in a counter. */
  readonly value: number;
  /** The newest sample of a sampled trace. */
  readonly exemplar?: Exemplar | undefined;
}

/** One series of a histogram. */
export interface HistogramSample extends SampleBase {
  /** The number of observations, of any value. */
  readonly count: number;
  /** The sum of all observations; infinite once one was, NaN when unknown. */
  readonly sum: number;
  /** Upper bounds, ascending, without +Inf. Series of one family share the array. */
  readonly bounds: readonly number[];
  /** The observations up to each bound: cumulative, as long as `bounds`. */
  readonly buckets: readonly number[];
  /** Exemplars in ascending order of value; at most one per bucket is written. */
  readonly exemplars?: readonly Exemplar[] | undefined;
  /** The beginnings of its lines, prepared by instruments; only used where the name is as registered. */
  readonly heads?: HistogramHeads | undefined;
  /** The same observations as a native histogram, if it was collected as one. */
  readonly native?: NativeHistogram | undefined;
}

/**
 * The beginnings of a histogram's lines in the text formats, the space before the value included.
 *
 * @internal
 */
export interface HistogramHeads {
  /** `name_bucket{labels,`: the bound follows. */
  readonly bucket: string;
  /** `name_sum{labels} `. */
  readonly sum: string;
  /** `name_count{labels} `. */
  readonly count: string;
}

/** How a histogram is shown: with classic buckets, as a native histogram, or as both where possible. */
export type HistogramForm = "both" | "native" | "classic";

/** Every {@linkcode HistogramForm}. */
export const HISTOGRAM_FORMS: readonly HistogramForm[] = ["both", "native", "classic"];

/** A native histogram of Prometheus: exponential buckets. */
export interface NativeHistogram {
  /** -4 to 8: bucket i ends at 2^(i / 2^schema), which it includes. */
  readonly schema: number;
  /** Observations of at most this magnitude are in `zeroCount`. */
  readonly zeroThreshold: number;
  /** Observations that count as zero. */
  readonly zeroCount: number;
  /** The non-empty buckets of positive observations, by ascending index. */
  readonly positive: readonly NativeBucket[];
  /** The non-empty buckets of negative observations, by ascending index of their magnitude. */
  readonly negative: readonly NativeBucket[];
}

/** One exponential bucket. */
export type NativeBucket = readonly [index: number, count: number];

/** One series of a summary. */
export interface SummarySample extends SampleBase {
  /** The number of observations since the beginning; NaN when unknown. */
  readonly count: number;
  /** The sum of all observations since the beginning; NaN when unknown. */
  readonly sum: number;
  /** Quantiles, from 0 to 1, and their values over the window; NaN when it is empty. */
  readonly quantiles: readonly (readonly [quantile: number, value: number])[];
}

/** What every family has. */
export interface FamilyBase {
  /** As registered. */
  readonly name: string;
  /** A description for people; may be empty. */
  readonly help: string;
  /** The base unit that `name` ends in: `seconds`. */
  readonly unit?: string | undefined;
  /** How gauges of several members of a cluster become one. @default "sum" */
  readonly aggregation?: Aggregation | undefined;
  /** Set when all isolates of a process report the same: then it counts once per process. */
  readonly perProcess?: boolean | undefined;
}

/** How the values of several members of a cluster become one. */
export type Aggregation = "sum" | "min" | "max" | "first" | "last";

/** Every {@linkcode Aggregation}. */
export const AGGREGATIONS: readonly Aggregation[] = ["sum", "min", "max", "first", "last"];

/**
 * A family of plain numbers. The name of a counter is as registered, with or without `_total`. The name
 * of an info ends in `_info`, and its values are 1. A state set has one sample per state, 1 or 0, with the
 * state in a label of the family's own name.
 */
export interface NumberFamily extends FamilyBase {
  /** Discriminates the union. */
  readonly type: "counter" | "gauge" | "unknown" | "info" | "stateset";
  /** Its series. */
  readonly samples: readonly NumberSample[];
}

/** A family of histograms. */
export interface HistogramFamily extends FamilyBase {
  /** Discriminates the union. */
  readonly type: "histogram";
  /** Set when counts may also fall: a gauge histogram of OpenMetrics. */
  readonly gauge?: boolean | undefined;
  /** Its series. */
  readonly samples: readonly HistogramSample[];
}

/** A family of summaries. */
export interface SummaryFamily extends FamilyBase {
  /** Discriminates the union. */
  readonly type: "summary";
  /** Its series. */
  readonly samples: readonly SummarySample[];
}

/** All series of one name, at one moment. */
export type Family = NumberFamily | HistogramFamily | SummaryFamily;

/**
 * Makes a family of plain numbers, for collectors.
 *
 * @example
 * ```ts
 * import { encodeText, numberFamily } from "@telltale/telltale/metrics";
 * import { equal } from "node:assert/strict";
 *
 * const family = numberFamily("gauge", "queue_length", "Jobs waiting", [[7, { queue: "mail" }]]);
 * equal(encodeText([family]).split("\n")[2], 'queue_length{queue="mail"} 7');
 * ```
 *
 * @param samples values with their labels
 */
export function numberFamily(
  type: NumberFamily["type"],
  name: string,
  help: string,
  samples: readonly (readonly [value: number, labels?: Labels])[],
): NumberFamily {
  return {
    type,
    name,
    help,
    samples: samples.map(([value, labels = {}]) => ({ value, labels: labelsOf(labels) })),
  };
}
