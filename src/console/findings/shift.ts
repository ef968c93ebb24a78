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
  /** A quantile that lies among the rows above it, before and after. */
  readonly quantileBefore: number;
  readonly quantileAfter: number;
  /** Rows above it, from then on. */
  readonly count: number;
}

/** Where a shift may begin among the values: the lower half of the requests of a route is what is usual. */
const LEVELS = [.5, .75, .9, .95, .98];

/** The clearest shift to larger values; undefined when there is none beyond chance. */
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
    if (shift === undefined || shift.clearness <= clearest) continue;
    clearest = shift.clearness;
    best = shift;
  }
  return best;
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
  const share = count / after.length, quantile = 1 - share / 2;
  const at = (some: Uint32Array) => {
    const sorted = Float64Array.from(some, (row) => values[row]!).sort();
    return sorted[Math.min(sorted.length - 1, Math.floor(quantile * sorted.length))]!;
  };
  return {
    sinceMs,
    above,
    before: earlier / before.length,
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
