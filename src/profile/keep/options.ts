/**
 * Options of the profiler that runs all the time.
 *
 * @module
 */
import { check, checkNumber, checkWhole, type Known, refuseUnknown } from "../../core/check.ts";

/** When a profiler in the background profiles, and what it keeps. */
export interface ContinuousOptions {
  /**
   * The time between the begins of two profiles that are kept, from 1000 milliseconds; it varies by a
   * tenth at random, so that instances don't profile at once. @default 60_000
   */
  readonly everyMs?: number | undefined;
  /** How long each profile takes, from 100 milliseconds to `everyMs`. @default 10_000 */
  readonly durationMs?: number | undefined;
  /** The distance between samples that is asked for, from 1000 microseconds. @default 10_000 */
  readonly intervalMicros?: number | undefined;
  /**
   * The folder that profiles are kept in, which several processes may share; it is made if needed. The
   * names of its files sort by time. @default none: they are kept in memory
   */
  readonly dir?: string | undefined;
  /** The most profiles that are kept; the oldest are deleted. @default 100 */
  readonly keepFiles?: number | undefined;
  /** The most bytes that all profiles together have. @default 16_777_216 */
  readonly keepBytes?: number | undefined;
  /** Whether allocations are sampled from the start, for `/debug/pprof/heap`; not on Bun. @default false */
  readonly heap?: boolean | undefined;
  /**
   * A block of the event loop that causes a profile to be kept, in milliseconds. While the loop is this
   * late, no profile is begun for its time having come. @default 200
   */
  readonly lagMs?: number | undefined;
  /** A growth of the used heap, by a half at least, that causes a profile to be kept. @default 67_108_864 */
  readonly heapGrowthBytes?: number | undefined;
  /** The least time between two profiles for the same kind of cause. @default 600_000 */
  readonly cooldownMs?: number | undefined;
  /**
   * The share of one CPU's time that all of this may cost, averaged over two minutes: 0.001 to 1. When it is
   * spent, nothing is profiled until half of it is free again; a cause is profiled nevertheless.
   *
   * @default 0.01
   */
  readonly maxOverhead?: number | undefined;
}

const KNOWN: Known<ContinuousOptions> = {
  everyMs: true,
  durationMs: true,
  intervalMicros: true,
  dir: true,
  keepFiles: true,
  keepBytes: true,
  heap: true,
  lagMs: true,
  heapGrowthBytes: true,
  cooldownMs: true,
  maxOverhead: true,
};

/** The options with their defaults. */
export type Schedule = {
  readonly [K in Exclude<keyof ContinuousOptions, "dir" | "heap">]-?: number;
};

/** The defaults. */
export const DEFAULTS: Schedule = {
  everyMs: 60_000,
  durationMs: 10_000,
  intervalMicros: 10_000,
  keepFiles: 100,
  keepBytes: 16 * 1024 * 1024,
  lagMs: 200,
  heapGrowthBytes: 64 * 1024 * 1024,
  cooldownMs: 600_000,
  maxOverhead: 0.01,
};

const LEAST: Schedule = {
  everyMs: 1000,
  durationMs: 100,
  intervalMicros: 1000,
  keepFiles: 1,
  keepBytes: 1024,
  lagMs: 1,
  heapGrowthBytes: 1,
  cooldownMs: 0,
  maxOverhead: 0.001,
};

/**
 * The options with their defaults.
 *
 * @param known names of further options
 * @throws {TypeError} for an unknown option, or one of the wrong kind
 * @throws {RangeError} for a value that is out of range
 */
export function scheduleOf(options: ContinuousOptions, known: object = {}): Schedule {
  const what = "profile continuously";
  refuseUnknown(what, options, { ...KNOWN, ...known });
  const schedule: Record<string, number> = { ...DEFAULTS };
  for (const [name, least] of Object.entries(LEAST)) {
    const value: unknown = options[name as keyof Schedule];
    if (value === undefined) continue;
    if (/Files|Bytes|Micros/.test(name)) checkWhole(what, name, value, least);
    else checkNumber(what, name, value, least, name === "maxOverhead" ? 1 : undefined);
    schedule[name] = value as number;
  }
  const { everyMs, durationMs } = schedule as Schedule, { dir, heap } = options;
  check(durationMs <= everyMs, what, `durationMs must be at most everyMs, ${everyMs}`, durationMs);
  const isPath = dir === undefined || typeof dir === "string" && dir !== "";
  check(isPath, what, "dir must be the path of a folder", dir, TypeError);
  const isFlag = heap === undefined || typeof heap === "boolean";
  check(isFlag, what, "heap must be true or false", heap, TypeError);
  return schedule as Schedule;
}
