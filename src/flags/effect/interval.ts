/**
 * Intervals that hold however often they are looked at.
 *
 * An interval of a fixed sample is wrong far more often than it says when somebody looks at it again and
 * again and stops once it excludes 0. These are confidence sequences: with probability 1 − α the truth is in
 * all of them, at whatever moments they are looked at. Asymptotic, as means of many requests are:
 * Waudby-Smith, Arbour, Sinha, Kennedy, Ramdas, "Time-uniform central limit theory and asymptotic confidence
 * sequences", Annals of Statistics 52 (2024), (2.4); the same as the mixture sequential probability ratio
 * test of Johari, Koomen, Pekelis, Walsh, "Always valid inference: continuous monitoring of A/B tests",
 * Operations Research 70 (2022).
 *
 * @module
 */

/** The sample of each side at which the intervals are narrowest. */
const BEST_AT = 1000;

/** An estimate and the interval that it is in. */
export interface Interval {
  /** The estimate. */
  readonly estimate: number;
  /** The lower end. */
  readonly low: number;
  /** The upper end. */
  readonly high: number;
}

/**
 * The interval of an estimate.
 *
 * @param variance the variance of the estimate now
 * @param spread the variance that it would have with one observation a side
 * @param alpha the probability that one of all the intervals does not hold the truth
 */
export function anytime(
  estimate: number,
  variance: number,
  spread: number,
  alpha: number,
): Interval {
  const half = halfWidth(variance, spread, alpha);
  return { estimate, low: estimate - half, high: estimate + half };
}

function halfWidth(variance: number, spread: number, alpha: number): number {
  const twice = -2 * Math.log(alpha);
  // The mixture over effect sizes whose boundary is the lowest at BEST_AT.
  const mixture = spread * (twice + Math.log(twice) + 1) / BEST_AT;
  if (!(variance > 0) || !(mixture > 0)) return 0;
  return Math.sqrt(
    variance * (variance + mixture) / mixture * (twice + Math.log((variance + mixture) / variance)),
  );
}

/** How often something happened in so many requests. */
export interface Share {
  /** How often. */
  readonly count: number;
  /** Of how many. */
  readonly total: number;
}

/**
 * The interval of `share − factor · other`. Shares near 0 have a variance that their estimate misses; one
 * success and one failure are added to each side, as Agresti and Coull do.
 */
export function shareDifference(
  share: Share,
  other: Share,
  factor: number,
  alpha: number,
): Interval {
  const a = spreadOf(share), b = factor * factor * spreadOf(other);
  const estimate = share.count / share.total - factor * other.count / other.total;
  return anytime(estimate, a / share.total + b / other.total, a + b, alpha);
}

function spreadOf({ count, total }: Share): number {
  const share = (count + 1) / (total + 2);
  return share * (1 - share);
}

/** Sums of a number over requests. */
export interface Moments {
  /** How many. */
  readonly count: number;
  /** Their sum. */
  readonly sum: number;
  /** The sum of their squares. */
  readonly squares: number;
}

/** The interval of the difference of two means. */
export function meanDifference(one: Moments, other: Moments, alpha: number): Interval {
  const a = varianceOf(one), b = varianceOf(other);
  const estimate = one.sum / one.count - other.sum / other.count;
  return anytime(estimate, a / one.count + b / other.count, a + b, alpha);
}

function varianceOf({ count, sum, squares }: Moments): number {
  return Math.max(0, (squares - sum * sum / count) / Math.max(1, count - 1));
}

/**
 * The shares between which the quantile of a share lies: the sequence of intervals of a share, inverted, as
 * in Howard and Ramdas, "Sequential estimation of quantiles", Bernoulli 28 (2022).
 */
export function quantileShares(share: number, count: number, alpha: number): Interval {
  const spread = share * (1 - share);
  return anytime(share, spread / count, spread, alpha);
}
