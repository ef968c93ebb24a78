/**
 * Merges native histograms.
 *
 * @module
 */
import type { NativeBucket, NativeHistogram } from "./family.ts";
import { halve, upperBound } from "./native.ts";

/**
 * Merges two histograms, at the lower of their resolutions and with the wider of their zero buckets.
 * Counts are exact, except that a bucket which a wider zero bucket cuts goes into it whole.
 */
export function mergeNative(a: NativeHistogram, b: NativeHistogram): NativeHistogram {
  let x = a, y = b;
  while (x.schema > y.schema) x = halve(x);
  while (y.schema > x.schema) y = halve(y);
  const zeroThreshold = Math.max(x.zeroThreshold, y.zeroThreshold);
  [x, y] = [atThreshold(x, zeroThreshold), atThreshold(y, zeroThreshold)];
  return {
    schema: x.schema,
    zeroThreshold,
    zeroCount: x.zeroCount + y.zeroCount,
    positive: addBuckets(x.positive, y.positive),
    negative: addBuckets(x.negative, y.negative),
  };
}

function atThreshold(histogram: NativeHistogram, zeroThreshold: number): NativeHistogram {
  if (histogram.zeroThreshold >= zeroThreshold) return histogram;
  const isAbove = ([index]: NativeBucket) => lowerBound(index, histogram.schema) >= zeroThreshold;
  const swallowed = [...histogram.positive, ...histogram.negative]
    .reduce((count, bucket) => isAbove(bucket) ? count : count + bucket[1], 0);
  return {
    ...histogram,
    zeroThreshold,
    zeroCount: histogram.zeroCount + swallowed,
    positive: histogram.positive.filter(isAbove),
    negative: histogram.negative.filter(isAbove),
  };
}

function lowerBound(index: number, schema: number): number {
  return schema >= 0 ? upperBound(index - 1, schema) : 2 ** ((index - 1) * 2 ** -schema);
}

function addBuckets(a: readonly NativeBucket[], b: readonly NativeBucket[]): NativeBucket[] {
  const counts = new Map(a);
  for (const [index, count] of b) counts.set(index, (counts.get(index) ?? 0) + count);
  return [...counts].sort(([x], [y]) => x - y);
}
