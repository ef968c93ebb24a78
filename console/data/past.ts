/**
 * Figures from before the oldest request that is held: the service keeps them for an hour.
 *
 * @module
 */
import type { Summary } from "./summary.ts";
import type { Past } from "./wire.ts";

/** The time of the first figure in a range, or `otherwise`. */
export function startOf(past: Past | undefined, leastMs: number, otherwise: number): number {
  const first = past?.timeMs.find((timeMs) => timeMs >= leastMs);
  return first === undefined ? otherwise : Math.min(first, otherwise);
}

/**
 * The course of all requests with the service's figures in the bins that end before the oldest request; the
 * counts of these are of what the rates say.
 */
export function withPast(
  total: Summary,
  past: Past | undefined,
  { fromMs, toMs, oldestMs }: {
    readonly fromMs: number;
    readonly toMs: number;
    readonly oldestMs: number;
  },
): Pick<Summary, "counts" | "failures" | "p99s"> {
  const [counts, failures, p99s] = [total.counts, total.failures, total.p99s].map((each) =>
    each.slice()
  ) as [Float64Array, Float64Array, Float64Array];
  const bins = counts.length, step = (toMs - fromMs) / bins;
  for (let bin = 0; bin < bins && past !== undefined; bin++) {
    const begin = fromMs + bin * step, end = begin + step;
    if (end > oldestMs) break;
    const points = past.timeMs.flatMap((timeMs, i) => timeMs >= begin && timeMs < end ? [i] : []);
    // Where the bins are finer than the figures, the next figure covers it.
    if (points.length === 0) {
      const next = past.timeMs.findIndex((timeMs) => timeMs >= end);
      if (next >= 0) points.push(next);
    }
    let rate = 0, failed = 0, p99 = NaN;
    for (const i of points) {
      const each = past.rate[i] ?? 0;
      rate += each / points.length;
      failed += each * (past.errors[i] ?? 0) / points.length;
      const slowest = past.p99[i] ?? NaN;
      if (!(slowest <= p99)) p99 = slowest;
    }
    counts[bin] = rate * step / 1000;
    failures[bin] = failed * step / 1000;
    p99s[bin] = p99;
  }
  return { counts, failures, p99s };
}
