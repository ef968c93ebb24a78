/**
 * A check that the event loop is not stalled.
 *
 * @module
 */
import { type Clock, systemClock } from "../../core/clock.ts";
import { checkNumber, MAX_TIMER_MS, refuseUnknown } from "../../core/check.ts";
import type { CheckFunction } from "../check.ts";

/** When the event loop counts as stalled. */
export interface EventLoopCheckOptions {
  /** Milliseconds that a timer may be late. @default 1000 */
  readonly maxLagMs?: number | undefined;
  /** Milliseconds, at least, that a stall is remembered. @default 10000 */
  readonly windowMs?: number | undefined;
  /** Source of time. @default the machine's */
  readonly clock?: Clock | undefined;
}

const BEATS_PER_WINDOW = 50;
/** Windows without a run of the check, after which its timer ends. */
const IDLE_WINDOWS = 30;

/**
 * Checks how late timers are: DOWN by the longest stall of the last one or two windows. Meant for the
 * group `live`: a process whose event loop keeps stalling is better restarted, and one that is stalled
 * now can't answer its probe at all. The timer starts with the first run, does not keep the process
 * alive, and ends when the check is no longer run.
 *
 * @example
 * ```ts
 * import { eventLoopCheck, HealthRegistry } from "@telltale/telltale/health";
 * import { equal } from "node:assert/strict";
 *
 * const health = new HealthRegistry();
 * health.check("event loop", eventLoopCheck({ maxLagMs: 500 }), { groups: ["live"] });
 * equal((await health.refresh()).live, "UP");
 * ```
 *
 * @throws {RangeError} for an option out of range
 */
export function eventLoopCheck(options: EventLoopCheckOptions = {}): CheckFunction {
  refuseUnknown("check event loop", options, { maxLagMs: true, windowMs: true, clock: true });
  const { maxLagMs = 1000, windowMs = 10_000, clock = systemClock } = options;
  checkNumber("check event loop", "maxLagMs", maxLagMs, 1, MAX_TIMER_MS);
  checkNumber("check event loop", "windowMs", windowMs, 1, MAX_TIMER_MS);
  const drift = new Drift(windowMs, clock);
  return () => {
    const lagMs = drift.worstMs();
    const description = `${Math.round(lagMs)} ms behind at worst`;
    return { status: lagMs > maxLagMs ? "DOWN" : "UP", description };
  };
}

/** Measures how late a timer is, in the current window and the one before. */
class Drift {
  readonly #windowMs: number;
  readonly #beatMs: number;
  readonly #clock: Clock;
  #stop: (() => void) | undefined;
  #beatAtMs = 0;
  #windowAtMs = 0;
  #askedAtMs = 0;
  #now = 0;
  #before = 0;

  constructor(windowMs: number, clock: Clock) {
    this.#windowMs = windowMs;
    this.#beatMs = Math.max(1, windowMs / BEATS_PER_WINDOW);
    this.#clock = clock;
  }

  /** The most milliseconds that the timer was late, or is by now. */
  worstMs(): number {
    const nowMs = this.#askedAtMs = this.#clock.monotonic();
    if (this.#stop === undefined) {
      this.#beatAtMs = this.#windowAtMs = nowMs;
      this.#now = this.#before = 0;
      this.#stop = this.#clock.every(this.#beatMs, () => this.#beat());
    }
    return Math.max(this.#before, this.#now, nowMs - this.#beatAtMs - this.#beatMs);
  }

  #beat(): void {
    const nowMs = this.#clock.monotonic();
    this.#now = Math.max(this.#now, nowMs - this.#beatAtMs - this.#beatMs);
    this.#beatAtMs = nowMs;
    if (nowMs - this.#windowAtMs < this.#windowMs) return;
    this.#windowAtMs = nowMs;
    this.#before = this.#now;
    this.#now = 0;
    if (nowMs - this.#askedAtMs < IDLE_WINDOWS * this.#windowMs) return;
    this.#stop?.();
    this.#stop = undefined;
  }
}
