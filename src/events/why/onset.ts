/**
 * When a share of rows changed most.
 *
 * @module
 */
import { STEP, type Steps } from "../store/frame.ts";
import { deviations, leastDifference, phi } from "./shares.ts";

/** A change of a share. */
export interface Change {
  /** Start of the first bin after it, milliseconds since the Unix epoch. */
  readonly timeMs: number;
  readonly before: number;
  readonly after: number;
}

const BIN_MS = 5000, MAX_BINS = 240;
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
  let oldest = Infinity, newest = -Infinity;
  for (const rows of [selected, others]) {
    for (let k = 0; k < rows.length; k++) {
      if (k % STEP === 0) yield;
      oldest = Math.min(oldest, times[rows[k]!]!);
      newest = Math.max(newest, times[rows[k]!]!);
    }
  }
  const binMs = BIN_MS * Math.ceil(Math.max(1, (newest - oldest) / BIN_MS / MAX_BINS));
  const first = Math.floor(oldest / binMs), bins = Math.floor(newest / binMs) - first + 1;
  if (!(bins >= LEAST_BINS)) return undefined;
  const counts = [selected, others].map((rows) => {
    const count = new Uint32Array(bins);
    for (const row of rows) count[Math.floor(times[row]! / binMs) - first]!++;
    return count;
  });
  yield;
  let best: Change | undefined, most = 0;
  const z = deviations(bins);
  let beforeSelected = 0, beforeAll = 0;
  const all = selected.length + others.length;
  for (let bin = 1; bin < bins; bin++) {
    beforeSelected += counts[0]![bin - 1]!;
    beforeAll += counts[0]![bin - 1]! + counts[1]![bin - 1]!;
    const of = { selected: all - beforeAll, others: beforeAll };
    if (of.selected < LEAST_ROWS || of.others < LEAST_ROWS) continue;
    const hits = { selected: selected.length - beforeSelected, others: beforeSelected };
    const strength = phi(hits, of);
    if (Math.abs(strength) <= most) continue;
    const least = strength > 0
      ? leastDifference(hits, of, z)
      : leastDifference({ selected: hits.others, others: hits.selected }, {
        selected: of.others,
        others: of.selected,
      }, z);
    if (least <= LEAST_CHANGE) continue;
    most = Math.abs(strength);
    best = {
      timeMs: (first + bin) * binMs,
      before: hits.others / of.others,
      after: hits.selected / of.selected,
    };
  }
  return best;
}
