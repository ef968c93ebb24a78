/**
 * Linear scales, and the marks of their axes.
 *
 * @module
 */

/** A scale from `least` to `most`, with marks at round values. */
export interface LinearScale {
  readonly least: number;
  readonly most: number;
  readonly marks: readonly number[];
}

/** Nearer to each other than this, values are the same. */
const TINY = 1e-90;
/** The steps between marks, times a power of ten. */
const STEPS = [1, 2, 2.5, 5, 10];

/** A scale that has room for the values, with at most so many steps; from 0 unless `least` is given. */
export function linearScale(values: Iterable<number>, steps: number, least = 0): LinearScale {
  let most = -Infinity;
  for (const value of values) {
    if (value > most) most = value;
    if (value < least) least = value;
  }
  if (!(most - least > TINY)) most = least + (Math.abs(least) > TINY ? Math.abs(least) : 1);
  const rough = (most - least) / steps, decade = 10 ** Math.floor(Math.log10(rough));
  const step = decade * STEPS.find((each) => each * decade >= rough * 0.999)!;
  const from = Math.floor(least / step), to = Math.ceil(most / step - 1e-9), marks = [];
  for (let i = from; i <= to; i++) marks.push(Number((i * step).toPrecision(12)));
  return { least: marks[0]!, most: marks.at(-1)!, marks };
}
