/**
 * Timing of the checks of other systems: how long one took, and DEGRADED when it is too slow.
 *
 * @module
 */
import { type Clock, systemClock } from "../../core/clock.ts";
import { checkNumber, requireKnown } from "../../core/check.ts";
import type { CheckResult } from "../snapshot.ts";

/** When a check that succeeds is DEGRADED nevertheless. */
export interface TimedOptions {
  /** Milliseconds from which on a success counts as DEGRADED. @default Infinity */
  readonly degradedMs?: number | undefined;
  /** Source of time. @default the machine's */
  readonly clock?: Clock | undefined;
}

/** Runs `work`; the result describes how long it took. Rejects with what it throws. */
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
 * Throws for missing or unknown options, and for a `degradedMs` out of range.
 *
 * @param own the names of the options besides {@linkcode TimedOptions}
 */
export function checkTimed(what: string, options: TimedOptions, own: object): void {
  requireKnown(`check ${what}`, options, { degradedMs: true, clock: true, ...own });
  const { degradedMs = Infinity } = options;
  checkNumber(`check ${what}`, "degradedMs", degradedMs, 0);
}
