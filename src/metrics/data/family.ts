/**
 * Metric data at the waist: what instruments give and encoders take.
 *
 * @module
 */
import { type Labels, type LabelSet, labelsOf } from "./labels.ts";

/** A link from a sample to the trace that made it. */
export interface Exemplar {
  /** The value that was observed, or added to a counter. */
  readonly value: number;
  /** Its labels; Telltale's own carry `trace_id` and `span_id`. */
  readonly labels: LabelSet;
  /** When, in milliseconds since the Unix epoch; Telltale's own always say. */
  readonly timestampMs?: number | undefined;
  /** The bound of the bucket it was read from, where its value alone says a lower one. */
  readonly le?: number | undefined;
}

/** One series of a counter, gauge or untyped family. */
export interface NumberSample {
  /** What tells it from the others. */
  readonly labels: LabelSet;
  /** Any number in a gauge; finite and not negative in a counter. */
  readonly value: number;
  /** When a counter began at zero, in milliseconds since the Unix epoch. */
  readonly createdMs?: number | undefined;
  /** The newest sample that belongs to a recorded trace. */
  readonly exemplar?: Exemplar | undefined;
  /** When this was so, in milliseconds since the Unix epoch; at the scrape when not given. */
  readonly timestampMs?: number | undefined;
  /**
   * `name{labels} ` as the text formats write it, the space included; what makes a family of instruments cheap to
   * encode. Only used when the name is written as it is registered.
   */
  readonly head?: string | undefined;
}

/** One series of a histogram. */
export interface HistogramSample {
  /** What tells it from the others. */
  readonly labels: LabelSet;
  /** How many observations, of any value. */
  readonly count: number;
  /** Of all observations; infinite once one was, NaN when nobody knows. */
  readonly sum: number;
  /** Upper bounds, ascending, without +Inf. Series of one family share the array. */
  readonly bounds: readonly number[];
  /** How many observations were at most each bound: cumulative, as long as `bounds`. */
  readonly buckets: readonly number[];
  /** When it began, in milliseconds since the Unix epoch. */
  readonly createdMs?: number | undefined;
  /** Exemplars in ascending order of value, at most one a bucket is written. */
  readonly exemplars?: readonly Exemplar[] | undefined;
  /** How its lines begin, like {@linkcode NumberSample.head}. */
  readonly heads?: HistogramHeads | undefined;
  /** The same observations as a native histogram, when they were collected as one. */
  readonly native?: NativeHistogram | undefined;
  /** When this was so, in milliseconds since the Unix epoch; at the scrape when not given. */
  readonly timestampMs?: number | undefined;
}

/**
 * How the lines of a histogram begin in the text formats, the space before the value included.
 *
 * @internal
 */
export interface HistogramHeads {
  /** `name_bucket{labels,`: the bound is still to come. */
  readonly bucket: string;
  /** `name_sum{labels} `. */
  readonly sum: string;
  /** `name_count{labels} `. */
  readonly count: string;
}

/**
 * In which shape readers are shown a histogram: with classic buckets, as a native histogram, or as
 * both where the format has both.
 */
export type HistogramForm = "both" | "native" | "classic";

/** Every {@linkcode HistogramForm}. */
export const HISTOGRAM_FORMS: readonly HistogramForm[] = ["both", "native", "classic"];

/** Exponential buckets, as Prometheus' native histograms have them. */
export interface NativeHistogram {
  /** -4 to 8: bucket i ends at 2^(i / 2^schema), which it includes. */
  readonly schema: number;
  /** Observations of at most this magnitude are in `zeroCount`. */
  readonly zeroThreshold: number;
  /** Observations that count as zero. */
  readonly zeroCount: number;
  /** Buckets of positive observations that are not empty, by ascending index. */
  readonly positive: readonly NativeBucket[];
  /** Buckets of negative observations, by ascending index of their magnitude. */
  readonly negative: readonly NativeBucket[];
}

/** One exponential bucket. */
export type NativeBucket = readonly [index: number, count: number];

/** One series of a summary. */
export interface SummarySample {
  /** What tells it from the others. */
  readonly labels: LabelSet;
  /** How many observations since the beginning; NaN when nobody knows. */
  readonly count: number;
  /** Of all observations since the beginning; NaN when nobody knows. */
  readonly sum: number;
  /** Quantiles, from 0 to 1, and their values over the window; NaN when it is empty. */
  readonly quantiles: readonly (readonly [quantile: number, value: number])[];
  /** When it began, in milliseconds since the Unix epoch. */
  readonly createdMs?: number | undefined;
  /** When this was so, in milliseconds since the Unix epoch; at the scrape when not given. */
  readonly timestampMs?: number | undefined;
}

/** What every family has. */
export interface FamilyBase {
  /** As registered. */
  readonly name: string;
  /** What a person reads; may be empty. */
  readonly help: string;
  /** A base unit that `name` ends in, as `seconds`. */
  readonly unit?: string | undefined;
  /** How gauges of several members of a cluster become one; `sum` unless said. */
  readonly aggregation?: Aggregation | undefined;
  /** Whether all isolates of a process say the same: then it counts once a process. */
  readonly perProcess?: boolean | undefined;
}

/** How the values of several members of a cluster become one. */
export type Aggregation = "sum" | "min" | "max" | "first" | "last";

/** Every {@linkcode Aggregation}. */
export const AGGREGATIONS: readonly Aggregation[] = ["sum", "min", "max", "first", "last"];

/**
 * A family of plain numbers. A counter's name is as registered, with or without `_total`; an info's
 * ends in `_info` and its values are 1; a state set has one sample a state, 1 or 0, told apart by a
 * label of the family's own name.
 */
export interface NumberFamily extends FamilyBase {
  /** Which type of metric it is. */
  readonly type: "counter" | "gauge" | "unknown" | "info" | "stateset";
  /** Its series. */
  readonly samples: readonly NumberSample[];
}

/** A family of histograms. */
export interface HistogramFamily extends FamilyBase {
  /** Which type of metric it is. */
  readonly type: "histogram";
  /** Set when counts may also fall: OpenMetrics calls it a gauge histogram. */
  readonly gauge?: boolean | undefined;
  /** Its series. */
  readonly samples: readonly HistogramSample[];
}

/** A family of summaries. */
export interface SummaryFamily extends FamilyBase {
  /** Which type of metric it is. */
  readonly type: "summary";
  /** Its series. */
  readonly samples: readonly SummarySample[];
}

/** All series of one name, at one moment. */
export type Family = NumberFamily | HistogramFamily | SummaryFamily;

/** Every type of family. */
export const METRIC_TYPES: readonly Family["type"][] = [
  ...["counter", "gauge", "unknown", "info", "stateset", "histogram", "summary"] as const,
];

/**
 * A family of plain numbers, for collectors that make theirs by hand.
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
