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
export function leastDifference({ selected, others }: Counts, of: Counts, z: number): number {
  const share = selected / of.selected, other = others / of.others;
  const [low] = wilson(selected, of.selected, z), [, high] = wilson(others, of.others, z);
  return share - other - Math.sqrt((share - low) ** 2 + (high - other) ** 2);
}

/** The phi coefficient of having something and being selected: 1 is a perfect match, 0 is none. */
export function phi({ selected, others }: Counts, of: Counts): number {
  const having = selected + others, lacking = of.selected + of.others - having;
  if (having === 0 || lacking === 0) return 0;
  return (selected * (of.others - others) - others * (of.selected - selected)) /
    Math.sqrt(having * lacking * of.selected * of.others);
}

/**
 * The lower bound of the difference of `one` within the strata with and without `other`, with
 * Mantel–Haenszel weights: near 0 when `other` confounds it.
 */
export function leastWithin(
  one: Counts,
  other: Counts,
  both: Counts,
  of: Counts,
  z: number,
): number {
  const strata = [
    { counts: both, of: other },
    { counts: less(one, both), of: less(of, other) },
  ];
  let sum = 0, weights = 0, variance = 0;
  for (const { counts, of } of strata) {
    if (of.selected === 0 || of.others === 0) continue;
    const weight = of.selected * of.others / (of.selected + of.others);
    const p = counts.selected / of.selected, q = counts.others / of.others;
    sum += weight * (p - q);
    weights += weight;
    variance += weight * weight * (p * (1 - p) / of.selected + q * (1 - q) / of.others);
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
