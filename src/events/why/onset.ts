/**
 * When a share of rows changed most.
 *
 * @module
 */
import { isTime, STEP, type Steps } from "../store/frame.ts";
import { type Counts, deviations, leastDifference, phi } from "./shares.ts";

/** A change of a share. */
export interface Change {
  /** Start of the first bin after it, milliseconds since the Unix epoch. */
  readonly timeMs: number;
  readonly before: number;
  readonly after: number;
}

const BIN_MS = 5000, MAX_BINS = 240;
/** What is shorter than a minute has bins of a second. */
const SHORT_MS = 60_000, SHORT_BIN_MS = 1000;
/** Bins required, and rows required on either side. */
const LEAST_BINS = 6, LEAST_ROWS = 20;
/** Smaller changes are ignored. */
const LEAST_CHANGE = 0.02;

/** The change point with the highest phi between the rows before it and after it. */
export function* changeOf(
  times: Float64Array,
  selected: Uint32Array,
  others: Uint32Array,
): Steps<Change | undefined> {
  const selectedTimes = yield* timesOf(times, selected);
  const otherTimes = yield* timesOf(times, others);
  const bins = binsOf(selectedTimes, otherTimes);
  yield;
  return bins && strongestChange(bins);
}

/** Rows by time: bin `i` starts at `(first + i) * binMs`. */
interface Bins {
  readonly first: number;
  readonly binMs: number;
  readonly selected: Uint32Array;
  readonly others: Uint32Array;
}

/** The times of the rows that have one. */
function* timesOf(times: Float64Array, rows: Uint32Array): Steps<Float64Array> {
  const found = new Float64Array(rows.length);
  let count = 0;
  for (let k = 0; k < rows.length; k++) {
    if (k % STEP === 0) yield;
    const time = times[rows[k]!]!;
    if (isTime(time)) found[count++] = time;
  }
  return found.subarray(0, count);
}

/** Rows counted by time; undefined when they span too few bins. */
function binsOf(selected: Float64Array, others: Float64Array): Bins | undefined {
  let oldest = Infinity, newest = -Infinity;
  for (const times of [selected, others]) {
    for (const time of times) {
      oldest = Math.min(oldest, time);
      newest = Math.max(newest, time);
    }
  }
  const binMs = newest - oldest < SHORT_MS
    ? SHORT_BIN_MS
    : BIN_MS * Math.ceil(Math.max(1, (newest - oldest) / BIN_MS / MAX_BINS));
  const first = Math.floor(oldest / binMs), count = Math.floor(newest / binMs) - first + 1;
  if (!(count >= LEAST_BINS)) return undefined;
  const counted = (times: Float64Array) => {
    const counts = new Uint32Array(count);
    for (const time of times) counts[Math.floor(time / binMs) - first]!++;
    return counts;
  };
  return { first, binMs, selected: counted(selected), others: counted(others) };
}

function strongestChange({ first, binMs, selected, others }: Bins): Change | undefined {
  const z = deviations(selected.length), all = { selected: sum(selected), others: sum(others) };
  const before = { selected: 0, others: 0 };
  let best: Change | undefined, highest = 0;
  for (let bin = 1; bin < selected.length; bin++) {
    before.selected += selected[bin - 1]!;
    before.others += others[bin - 1]!;
    // The sides are the rows after the change and those before it; what they have is being selected.
    const rowsBefore = before.selected + before.others;
    const totals = { selected: all.selected + all.others - rowsBefore, others: rowsBefore };
    if (totals.selected < LEAST_ROWS || totals.others < LEAST_ROWS) continue;
    const hits = { selected: all.selected - before.selected, others: before.selected };
    const strength = phi(hits, totals);
    if (Math.abs(strength) <= highest) continue;
    const least = strength > 0
      ? leastDifference(hits, totals, z)
      : leastDifference(swapped(hits), swapped(totals), z);
    if (least <= LEAST_CHANGE) continue;
    highest = Math.abs(strength);
    best = {
      timeMs: (first + bin) * binMs,
      before: hits.others / totals.others,
      after: hits.selected / totals.selected,
    };
  }
  return best;
}

function sum(counts: Uint32Array): number {
  return counts.reduce((sum, count) => sum + count, 0);
}

function swapped({ selected, others }: Counts): Counts {
  return { selected: others, others: selected };
}
