/**
 * Unix time from the monotonic clock, so that a span reads one clock at each end.
 *
 * @module
 */
import type { Clock } from "../core/clock.ts";

/** What was known of the wall clock at a time; many spans share one. */
export interface Anchor {
  /** Unix milliseconds less monotonic milliseconds. */
  readonly offsetMs: number;
}

/** How often the wall clock is looked at: it may be set, or drift from the monotonic one. */
const CHECK_EVERY_MS = 1000;

/**
 * Keeps the offset between the wall clock and the monotonic one.
 *
 * The wall clock ticks in whole milliseconds: a reading `n` only says that the time lies in
 * [n, n + 1). The offset is moved no further than that demands, so it converges on the true
 * fraction, and two spans are never reordered by reading the clock again.
 */
export class WallTime {
  readonly #clock: Clock;
  #anchor: Anchor = { offsetMs: NaN };
  #checkedMs = -Infinity;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** The anchor to use at a monotonic time. */
  at(monotonicMs: number): Anchor {
    if (monotonicMs - this.#checkedMs >= CHECK_EVERY_MS) this.#check();
    return this.#anchor;
  }

  #check(): void {
    const monotonicMs = this.#clock.monotonic(), now = this.#clock.now();
    this.#checkedMs = monotonicMs;
    const expected = monotonicMs + this.#anchor.offsetMs;
    if (expected >= now && expected < now + 1) return;
    const correct = expected >= now + 1 && expected < now + 2 ? now + 0.999 : now;
    this.#anchor = { offsetMs: correct - monotonicMs };
  }
}
