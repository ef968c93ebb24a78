/**
 * The links to traces that the buckets of a histogram show.
 *
 * @module
 */
import type { Exemplar, HistogramSample } from "./family.ts";

/**
 * For each bucket of a histogram, the +Inf one last, the newest of the exemplars that fell into it.
 */
export function exemplarsByBucket(
  { bounds, exemplars = [] }: HistogramSample,
): (Exemplar | undefined)[] {
  const newest: (Exemplar | undefined)[] = [];
  for (const exemplar of exemplars) {
    let bucket = 0;
    const { le = exemplar.value } = exemplar;
    while (bucket < bounds.length && le > bounds[bucket]!) bucket++;
    const known = newest[bucket];
    if (known === undefined || (known.timestampMs ?? 0) <= (exemplar.timestampMs ?? 0)) {
      newest[bucket] = exemplar;
    }
  }
  return newest;
}
