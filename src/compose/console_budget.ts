/**
 * How much the stores that the console shows may keep: one budget, shared by a rule.
 *
 * @module
 */
import { checkNumber } from "../core/check.ts";
import type { TelltaleOptions } from "./options.ts";

const DEFAULT_MB = 32, LEAST_MB = 4, MOST_MB = 1024;
const MIB = 1024 * 1024;

/** The shares of the bytes, in 32nds. */
const SHARES = { events: 6, log: 10, trace: 11, pinned: 3, history: 2 };
const ALL = 32;
/** How many are kept in 32 MiB. */
const ROWS = 10_000, RECORDS = 16_384, TRACES = 2000, SPANS = 16_384;
const MOST_ROWS = 65_536;

/** Options of the stores, with the limits of the budget where they have none of their own. */
export interface StoreOptions extends Pick<TelltaleOptions, "events" | "log" | "trace"> {
  /** About what the spans of traces that outlast the others may occupy. */
  readonly pinnedBytes: number;
  /** About what the last hour of figures and metrics may occupy. */
  readonly historyBytes: number;
}

/**
 * The options of all stores. Without a console the parts keep what they keep alone.
 *
 * @throws {TypeError} when `maxMb` is not a number
 * @throws {RangeError} when it is out of range, or too small for what a part is to keep by its own options
 */
export function storeOptions(options: TelltaleOptions): StoreOptions {
  const { console, events, log, trace } = options;
  if (console === false) return { events, log, trace, pinnedBytes: 0, historyBytes: 0 };
  const maxMb = console?.maxMb;
  if (maxMb !== undefined) checkNumber("set up console", "maxMb", maxMb, LEAST_MB, MOST_MB);
  const given = {
    events: events === false ? 0 : events?.maxBytes,
    log: log?.maxBytes,
    trace: trace?.maxBytes,
  };
  const unit = maxMb === undefined ? MIB * DEFAULT_MB / ALL : unitOf(maxMb, given);
  const bytes = (share: number) => Math.floor(share * unit);
  const count = (most: number) => Math.round(most * unit / MIB);
  return {
    events: events === false ? false : within(events, {
      maxRows: Math.min(count(ROWS), MOST_ROWS),
      maxBytes: bytes(SHARES.events),
    }),
    log: within(log, { maxRecords: powerOfTwo(count(RECORDS)), maxBytes: bytes(SHARES.log) }),
    trace: within(trace, {
      maxSpans: powerOfTwo(count(SPANS)),
      maxTraces: count(TRACES),
      maxBytes: bytes(SHARES.trace),
    }),
    pinnedBytes: bytes(SHARES.pinned),
    historyBytes: bytes(SHARES.history),
  };
}

/** The greatest that is no greater: rings round up to one. */
function powerOfTwo(count: number): number {
  return 2 ** Math.floor(Math.log2(count));
}

/** Options with limits, which count where an option is absent. */
function within<Options extends object>(given: Options | undefined, limits: Options): Options {
  const options = { ...limits, ...given };
  for (const name of Object.keys(limits) as (keyof Options)[]) options[name] ??= limits[name];
  return options;
}

/**
 * The bytes of one 32nd. What parts are given by their own options is taken off first; where it is less than
 * their share, the others get no more.
 */
function unitOf(maxMb: number, given: Readonly<Record<string, number | undefined>>): number {
  let left = maxMb * MIB, shares = ALL;
  for (const part of ["events", "log", "trace"] as const) {
    const own = given[part];
    // What is no number of bytes is refused by the part itself.
    if (typeof own !== "number" || !(own >= 0)) continue;
    left -= own;
    shares -= SHARES[part];
  }
  const least = LEAST_MB * MIB / ALL;
  if (left / shares >= least) return Math.min(left / shares, maxMb * MIB / ALL);
  const enough = Math.ceil(maxMb + (least * shares - left) / MIB);
  const rule = `maxMb must be at least ${enough} beside the maxBytes of events, log and trace`;
  throw new RangeError(`Cannot set up console: ${rule}, got ${maxMb}`);
}
