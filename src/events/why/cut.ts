/**
 * The cut of a number that best separates the selected rows from the others.
 *
 * @module
 */
import { STEP, type Steps } from "../store/frame.ts";
import { type Counts, phi } from "./shares.ts";

/** Numbers from a value on, or up to it, counted on both sides. */
export interface Cut extends Counts {
  readonly op: ">=" | "<=";
  readonly value: number;
}

/** The rows to separate. */
export interface Parted {
  readonly selected: Uint32Array;
  readonly others: Uint32Array;
  readonly support: number;
}

/** Cuts tried, and numbers sampled to choose them. */
const PLACES = 120, SAMPLE = 4096;

/** The cut with the highest phi, at a number of a selected row; undefined when none has support. */
export function* bestCut(
  numbers: Float64Array,
  { selected, others, support }: Parted,
): Steps<Cut | undefined> {
  const places = placesOf(numbers, selected);
  yield;
  const of = { selected: selected.length, others: others.length };
  const mine = yield* between(numbers, selected, places);
  const theirs = yield* between(numbers, others, places);
  let best: Cut | undefined, most = -Infinity;
  const consider = (op: Cut["op"], value: number, counts: Counts) => {
    const strength = counts.selected < support ? -Infinity : phi(counts, of);
    if (strength <= most) return;
    most = strength;
    best = { op, value, ...counts };
  };
  for (const [k, value] of places.entries()) {
    consider(">=", value, { selected: mine.from[k]!, others: theirs.from[k]! });
    consider("<=", value, { selected: mine.upTo[k]!, others: theirs.upTo[k]! });
  }
  return best;
}

/** Distinct numbers of the rows, evenly spread where there are many. */
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

/** How many numbers are at each place or above, and at it or below. */
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
    if (number !== number) continue;
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
