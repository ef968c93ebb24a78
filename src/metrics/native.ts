/**
 * What keeps a native histogram from having too many buckets.
 *
 * @module
 */
import type { NativeBucket, NativeHistogram } from "./family.ts";
import { nativeBound } from "./native_bounds.ts";

/** How many buckets a native histogram may have, and what gives way, in this order. */
export interface NativeLimits {
  /** The most buckets, positive and negative together. 160 by default, which Prometheus advises. */
  readonly maxBuckets: number;
  /** A series at least this old begins anew. Never by default. */
  readonly minResetMs: number;
  /** Up to here the zero bucket is widened. Not at all by default. */
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
 * The histogram within its limit: first, the zero bucket swallows the buckets next to it; then the
 * resolution is halved until the limit is kept, or schema -4 reached. That a series which is old
 * enough begins anew comes before both, and is for its owner to do.
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

/** Where bucket `index` of `schema`, 0 to 8, ends. */
export function upperBound(index: number, schema: number): number {
  const perOctave = 2 ** schema;
  const octave = Math.floor(index / perOctave);
  return 2 ** octave * nativeBound(index - octave * perOctave, schema);
}

/** Merges each two neighbours into one bucket twice as wide: indexes 2i-1 and 2i become i. */
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
