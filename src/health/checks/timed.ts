/**
 * Checks that are slow before they fail.
 *
 * @module
 */
import { type Clock, systemClock } from "../../core/clock.ts";
import { refuseUnknown } from "../../core/check.ts";
import type { CheckResult } from "../snapshot.ts";

/** When a check that succeeds is DEGRADED all the same. */
export interface TimedOptions {
  /** Milliseconds from which on success is DEGRADED; never by default. */
  readonly degradedMs?: number | undefined;
  /** Its time. */
  readonly clock?: Clock | undefined;
}

/** Runs `work` and says how long it took. What it throws is thrown on. */
export async function timed(
  options: TimedOptions,
  work: () => unknown,
): Promise<CheckResult> {
  const { degradedMs = Infinity, clock = systemClock } = options;
  const startMs = clock.monotonic();
  await work();
  const elapsedMs = clock.monotonic() - startMs;
  const status = elapsedMs >= degradedMs ? "DEGRADED" : "UP";
  return { status, description: `${Math.round(elapsedMs)} ms` };
}

/**
 * Throws for options that can't be.
 *
 * @param own the names of the options beside those that all timed checks have
 */
export function checkTimed(what: string, options: TimedOptions, own: object): void {
  refuseUnknown(`check ${what}`, options, { degradedMs: true, clock: true, ...own });
  const { degradedMs } = options;
  if (degradedMs !== undefined && !(typeof degradedMs === "number" && degradedMs >= 0)) {
    throw new RangeError(`Cannot check ${what}: degradedMs must be 0 or more, got ${degradedMs}`);
  }
}
