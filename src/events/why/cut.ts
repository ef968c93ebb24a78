/**
 * The cut of a number that best separates the selected rows from the others.
 *
 * @module
 */
import { isPresent } from "../store/column.ts";
import { STEP, type Steps } from "../store/frame.ts";
import { type Counts, phi } from "./shares.ts";

/** Rows at or above a value, or at or below it, counted on both sides. */
export interface Cut extends Counts {
  readonly op: ">=" | "<=";
  readonly value: number;
}

/** The rows to separate. */
export interface Parted {
  readonly selected: Uint32Array;
  readonly others: Uint32Array;
  /** Selected rows that a candidate needs at least. */
  readonly support: number;
}

/** Cuts tried, and numbers sampled to choose them, at most. */
const PLACES = 120, SAMPLE = 4096;

/** The cut with the highest phi, at a number of a selected row; undefined if none has support. */
export function* bestCut(
  numbers: Float64Array,
  { selected, others, support }: Parted,
): Steps<Cut | undefined> {
  const places = placesOf(numbers, selected);
  yield;
  const totals = { selected: selected.length, others: others.length };
  const selectedCounts = yield* between(numbers, selected, places);
  const otherCounts = yield* between(numbers, others, places);
  let best: Cut | undefined, strongest = -Infinity;
  const consider = (op: Cut["op"], value: number, counts: Counts) => {
    const strength = counts.selected < support ? -Infinity : phi(counts, totals);
    if (strength <= strongest) return;
    strongest = strength;
    best = { op, value, ...counts };
  };
  for (const [k, value] of places.entries()) {
    consider(">=", value, { selected: selectedCounts.from[k]!, others: otherCounts.from[k]! });
    consider("<=", value, { selected: selectedCounts.upTo[k]!, others: otherCounts.upTo[k]! });
  }
  return best;
}

/** Distinct numbers of the rows, evenly spread if there are many. */
function placesOf(numbers: Float64Array, rows: Uint32Array): Float64Array {
  const step = Math.max(1, rows.length / SAMPLE), sample: number[] = [];
  for (let k = 0; k < rows.length; k += step) {
    const number = numbers[rows[Math.floor(k)]!]!;
    // A question can't name an infinite number.
    if (Number.isFinite(number)) sample.push(number);
  }
  const sorted = Float64Array.from(sample).sort();
  const distinct = sorted.filter((number, k) => k === 0 || number !== sorted[k - 1]);
  if (distinct.length <= PLACES) return distinct;
  const places = Float64Array.from(
    { length: PLACES },
    (_, k) => sorted[Math.floor(k * sorted.length / PLACES)]!,
  );
  return places.filter((number, k) => k === 0 || number !== places[k - 1]);
}

/** Counts the numbers at or above each place, and at or below it. */
function* between(
  numbers: Float64Array,
  rows: Uint32Array,
  places: Float64Array,
): Steps<{ from: Uint32Array; upTo: Uint32Array }> {
  const from = new Uint32Array(places.length + 1), upTo = new Uint32Array(places.length);
  /** Numbers below the first place. */
  let below = 0;
  const at = new Uint32Array(places.length);
  for (let k = 0; k < rows.length; k++) {
    if (k % STEP === 0) yield;
    const number = numbers[rows[k]!]!;
    if (!isPresent(number)) continue;
    const place = lastNotAbove(places, number);
    if (place < 0) below++;
    else {
      from[place]!++;
      if (places[place] === number) at[place]!++;
    }
  }
  for (let k = 0, passed = below; k < places.length; k++) {
    upTo[k] = passed + at[k]!;
    passed += from[k]!;
  }
  for (let k = places.length - 1; k >= 0; k--) from[k]! += from[k + 1]!;
  return { from, upTo };
}

/** The last place that is not above a number; -1 when all are. */
function lastNotAbove(places: Float64Array, number: number): number {
  let low = 0, high = places.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (places[middle]! <= number) low = middle + 1;
    else high = middle;
  }
  return low - 1;
}
