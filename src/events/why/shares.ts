/**
 * Statistics of two shares: intervals, the phi coefficient, stratified differences.
 *
 * @module
 */

/** Counts among the selected rows and among the others. */
export interface Counts {
  /** Selected rows that have it. */
  readonly selected: number;
  /** Other rows that have it. */
  readonly others: number;
}

/** Bounds of a share of `count` in `total`, by Wilson's score interval at `z` standard deviations. */
function wilson(count: number, total: number, z: number): readonly [low: number, high: number] {
  const share = count / total, square = z * z, scale = 1 + square / total;
  const middle = (share + square / (2 * total)) / scale;
  const half = z / scale *
    Math.sqrt(share * (1 - share) / total + square / (4 * total * total));
  return [Math.max(0, middle - half), Math.min(1, middle + half)];
}

/**
 * The lower bound of the difference of two shares, selected rows less others, by Newcombe's hybrid score
 * interval.
 */
export function leastDifference({ selected, others }: Counts, totals: Counts, z: number): number {
  const share = selected / totals.selected, other = others / totals.others;
  const [low] = wilson(selected, totals.selected, z), [, high] = wilson(others, totals.others, z);
  return share - other - Math.sqrt((share - low) ** 2 + (high - other) ** 2);
}

/** The lower bound of a share of `count` in `total`. */
export function leastShare(count: number, total: number, z: number): number {
  return wilson(count, total, z)[0];
}

/** The phi coefficient of having something and being selected: 1 is a perfect match, 0 is none. */
export function phi({ selected, others }: Counts, totals: Counts): number {
  const having = selected + others, lacking = totals.selected + totals.others - having;
  if (having === 0 || lacking === 0) return 0;
  return (selected * (totals.others - others) - others * (totals.selected - selected)) /
    Math.sqrt(having * lacking * totals.selected * totals.others);
}

/**
 * The lower bound of the difference of `one` within the strata with and without `other`, with
 * Mantel–Haenszel weights: near 0 when `other` confounds it.
 */
export function leastWithin(
  one: Counts,
  other: Counts,
  both: Counts,
  totals: Counts,
  z: number,
): number {
  const strata = [
    { counts: both, totals: other },
    { counts: less(one, both), totals: less(totals, other) },
  ];
  let sum = 0, weights = 0, variance = 0;
  for (const { counts, totals } of strata) {
    if (totals.selected === 0 || totals.others === 0) continue;
    const weight = totals.selected * totals.others / (totals.selected + totals.others);
    const p = counts.selected / totals.selected, q = counts.others / totals.others;
    sum += weight * (p - q);
    weights += weight;
    variance += weight * weight * (p * (1 - p) / totals.selected + q * (1 - q) / totals.others);
  }
  return weights === 0 ? 0 : (sum - z * Math.sqrt(variance)) / weights;
}

/**
 * The standard deviations that a difference must exceed when this many values are compared: at most one
 * answer in fifty then has a finding by chance.
 */
export function deviations(tried: number): number {
  return Math.max(2, Math.sqrt(2 * Math.log(Math.max(2, tried) / 0.02)));
}

function less(one: Counts, other: Counts): Counts {
  return { selected: one.selected - other.selected, others: one.others - other.others };
}
