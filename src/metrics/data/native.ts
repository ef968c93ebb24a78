/**
 * Native histograms: the bounds of their buckets, and limits of their number.
 *
 * @module
 */
import type { NativeBucket, NativeHistogram } from "./family.ts";

/** How many buckets a native histogram may have, and what reduces them, in this order. */
export interface NativeLimits {
  /** The most buckets, positive and negative together; Prometheus advises 160. @default 160 */
  readonly maxBuckets: number;
  /** A series at least this old starts over. @default Infinity */
  readonly minResetMs: number;
  /** The zero bucket is widened up to this value. @default 0 */
  readonly maxZeroThreshold: number;
}

/** The defaults of {@linkcode NativeLimits}. */
export const DEFAULT_NATIVE_LIMITS: NativeLimits = {
  maxBuckets: 160,
  minResetMs: Infinity,
  maxZeroThreshold: 0,
};

/** Whether the histogram is past its limit. */
export function hasTooMany(
  { positive, negative }: NativeHistogram,
  { maxBuckets }: NativeLimits,
): boolean {
  return positive.length + negative.length > maxBuckets;
}

/**
 * The histogram within its limit: first the zero bucket absorbs the buckets next to it, then the
 * resolution is halved until the limit is kept or schema -4 is reached. Before both, the series itself
 * starts over if it is old enough.
 *
 * @see {@link https://prometheus.io/docs/specs/native_histograms/#limit-the-bucket-count}
 */
export function limitBuckets(histogram: NativeHistogram, limits: NativeLimits): NativeHistogram {
  let limited = widenZero(histogram, limits);
  while (hasTooMany(limited, limits) && limited.schema > -4) limited = halve(limited);
  return limited;
}

function widenZero(histogram: NativeHistogram, limits: NativeLimits): NativeHistogram {
  let widened = histogram;
  while (hasTooMany(widened, limits)) {
    const { schema, positive, negative, zeroCount } = widened;
    const index = Math.min(positive[0]?.[0] ?? Infinity, negative[0]?.[0] ?? Infinity);
    const zeroThreshold = upperBound(index, schema);
    if (zeroThreshold > limits.maxZeroThreshold) break;
    const inZero = (buckets: readonly NativeBucket[]) => buckets[0]?.[0] === index;
    widened = {
      schema,
      zeroThreshold,
      zeroCount: zeroCount + (inZero(positive) ? positive[0]![1] : 0) +
        (inZero(negative) ? negative[0]![1] : 0),
      positive: inZero(positive) ? positive.slice(1) : positive,
      negative: inZero(negative) ? negative.slice(1) : negative,
    };
  }
  return widened;
}

/** The upper bound of bucket `index` in `schema`, 0 to 8. */
export function upperBound(index: number, schema: number): number {
  const perOctave = 2 ** schema;
  const octave = Math.floor(index / perOctave);
  return 2 ** octave * nativeBound(index - octave * perOctave, schema);
}

/** Merges every two neighbours into one bucket: indexes 2i-1 and 2i become i. */
export function halve(histogram: NativeHistogram): NativeHistogram {
  return {
    ...histogram,
    schema: histogram.schema - 1,
    positive: merge(histogram.positive),
    negative: merge(histogram.negative),
  };
}

function merge(buckets: readonly NativeBucket[]): NativeBucket[] {
  const merged: [number, number][] = [];
  for (const [index, count] of buckets) {
    const wide = (index + 1) >> 1;
    const last = merged.at(-1);
    if (last !== undefined && last[0] === wide) last[1] += count;
    else merged.push([wide, count]);
  }
  return merged;
}

/**
 * One digit for each bound of schema 8: how many ulps (of [0.5, 1)) the table of Prometheus lies below
 * 2^(i/256)/2, plus one. That table is rounded differently from a formula, and readers go by the table.
 */
const BELOW = "1111112111211111112311222222222211211121122211221122102211221122" +
  "1111112222332132112111211112111111121011213311221222112121332222" +
  "2121223322322122222222323233323311221121223321332233212232332232" +
  "2243223233433343333333444455435422322333324422333243223333543344";

/**
 * The lower bound of the fraction range i of `schema`: 1 for i = 0, below 2 for i < 2^schema.
 *
 * @param schema 0 to 8
 */
export function nativeBound(i: number, schema: number): number {
  if (i === 2 ** schema) return 2;
  const index = i * 2 ** (8 - schema);
  return 2 ** (index / 256) - (BELOW.charCodeAt(index) - 49) * 2 ** -52;
}
