/**
 * When the values of some rows became larger.
 *
 * @module
 */
import type { Steps } from "../../events/store/frame.ts";
import { changeOf } from "../../events/why/onset.ts";
import { phi } from "../../events/why/shares.ts";

/** From a time on, more rows than before exceed a value. */
export interface Shift {
  /** Start of the first bin after it, in milliseconds since the Unix epoch. */
  readonly sinceMs: number;
  /** The value that is exceeded. */
  readonly above: number;
  /** Shares of the rows above it. */
  readonly before: number;
  readonly after: number;
  /** The quantile in the middle of the rows that are above it now and were not before, before and after. */
  readonly quantileBefore: number;
  readonly quantileAfter: number;
  /** Rows above it, from then on. */
  readonly count: number;
}

/** Where a shift may begin among the values: the lower half of the requests of a route is what is usual. */
const LEVELS = [.5, .75, .9, .95, .98];

/** A shift that people notice: by this factor, and by this many milliseconds. */
const FACTOR = 1.5, LEAST_MS = 40;

/** The clearest shift to more milliseconds that people notice; undefined when there is none beyond chance. */
export function* shiftOf(
  rows: Uint32Array,
  times: Float64Array,
  values: Float64Array,
): Steps<Shift | undefined> {
  const numbers = rows.filter((row) => values[row]! >= 0);
  const sorted = Float64Array.from(numbers, (row) => values[row]!).sort();
  yield;
  let best: Shift | undefined, clearest = 0, last = NaN;
  for (const level of LEVELS) {
    const above = sorted[Math.floor(level * (sorted.length - 1))];
    if (above === undefined || above === last) continue;
    last = above;
    const over = numbers.filter((row) => values[row]! > above);
    const under = numbers.filter((row) => !(values[row]! > above));
    const change = yield* changeOf(times, over, under);
    if (change === undefined || change.after <= change.before) continue;
    const shift = measured(numbers, over, times, values, above, change.timeMs);
    // A clearer one of less than a millisecond, as of a code that got warm, must not hide it.
    if (shift === undefined || !isFelt(shift) || shift.clearness <= clearest) continue;
    clearest = shift.clearness;
    best = shift;
  }
  return best;
}

function isFelt({ quantileBefore, quantileAfter }: Shift): boolean {
  return quantileAfter >= FACTOR * quantileBefore && quantileAfter - quantileBefore >= LEAST_MS;
}

function measured(
  rows: Uint32Array,
  over: Uint32Array,
  times: Float64Array,
  values: Float64Array,
  above: number,
  sinceMs: number,
): (Shift & { readonly clearness: number }) | undefined {
  const isAfter = (row: number) => times[row]! >= sinceMs;
  const after = rows.filter(isAfter), before = rows.filter((row) => !isAfter(row));
  const count = over.filter(isAfter).length, earlier = over.length - count;
  if (after.length === 0 || before.length === 0) return undefined;
  const share = count / after.length, shareBefore = earlier / before.length;
  // Some may always have been slow: what is felt is the change of those that were not.
  const quantile = 1 - (shareBefore + share) / 2;
  const at = (some: Uint32Array) => {
    const sorted = Float64Array.from(some, (row) => values[row]!).sort();
    return sorted[Math.min(sorted.length - 1, Math.floor(quantile * sorted.length))]!;
  };
  return {
    sinceMs,
    above,
    before: shareBefore,
    after: share,
    quantileBefore: at(before),
    quantileAfter: at(after),
    count,
    clearness: phi(
      { selected: count, others: earlier },
      { selected: after.length, others: before.length },
    ),
  };
}
