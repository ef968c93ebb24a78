/**
 * Scales of pictures, and the marks of their axes.
 *
 * @module
 */

/** A logarithmic scale: 0 to 1 from its least to its greatest value. */
export interface LogScale {
  readonly least: number;
  readonly most: number;
}

/** Whole decades below the least, and a step of 1, 2, 5 above the greatest. */
export function logScale(least: number, most: number): LogScale {
  const low = 10 ** Math.floor(Math.log10(Math.max(0.01, least)));
  const decade = 10 ** Math.floor(Math.log10(Math.max(low * 10, most)));
  const high = [1, 2, 5, 10].map((step) => step * decade).find((step) => step >= most)!;
  return { least: low, most: Math.max(high, low * 100) };
}

/** Where a value stands, 0 to 1; values outside stand at the ends. */
export function position({ least, most }: LogScale, value: number): number {
  const inside = Math.max(least, Math.min(most, value));
  return Math.log(inside / least) / Math.log(most / least);
}

/** The value at a place from 0 to 1. */
export function valueAt({ least, most }: LogScale, place: number): number {
  return least * (most / least) ** place;
}

/** The decades of a scale. */
export function decades({ least, most }: LogScale): number[] {
  const marks = [];
  for (let mark = least; mark <= most * 1.001; mark *= 10) marks.push(mark);
  return marks;
}

const SECOND = 1000, MINUTE = 60_000, HOUR = 3_600_000;
const STEPS = [
  SECOND,
  2 * SECOND,
  5 * SECOND,
  10 * SECOND,
  15 * SECOND,
  30 * SECOND,
  MINUTE,
  2 * MINUTE,
  3 * MINUTE,
  5 * MINUTE,
  10 * MINUTE,
  15 * MINUTE,
  30 * MINUTE,
  HOUR,
  2 * HOUR,
  3 * HOUR,
  6 * HOUR,
  12 * HOUR,
  24 * HOUR,
];

/** Round times inside a range, at most so many, and whether they need seconds. */
export function timeMarks(fromMs: number, toMs: number, most: number): {
  readonly marks: readonly number[];
  readonly everyMs: number;
} {
  const length = toMs - fromMs;
  const everyMs = STEPS.find((step) => length / step <= most) ?? Math.ceil(length / most);
  const marks = [];
  for (let mark = Math.ceil(fromMs / everyMs) * everyMs; mark <= toMs; mark += everyMs) {
    marks.push(mark);
  }
  return { marks, everyMs };
}

/** The value below which a share of the sorted values lies. */
export function quantile(sorted: ArrayLike<number>, share: number): number {
  if (sorted.length === 0) return NaN;
  const at = Math.ceil(share * sorted.length) - 1;
  return sorted[Math.min(sorted.length - 1, Math.max(0, at))]!;
}
