/**
 * Unix time from the monotonic clock, so that a span reads one clock at each end.
 *
 * @module
 */
import type { Clock } from "../../core/clock.ts";

/** The offset of the wall clock at a time; many spans share one. */
export interface Anchor {
  /** Unix milliseconds less monotonic milliseconds. */
  readonly offsetMs: number;
}

/** How often the wall clock is read: in a suspend the monotonic clock stands still. */
const CHECK_EVERY_MS = 1;
/** A larger difference is not drift: the wall clock was set, or the machine slept. */
const JUMP_MS = 100;
/** Jumps that are kept, for times that were read before them. */
const MAX_JUMPS = 16;

interface Jump {
  /** The monotonic time up to which the offset before it held. */
  readonly untilMs: number;
  readonly offsetMs: number;
}

/**
 * Keeps the offset between the wall clock and the monotonic one.
 *
 * The wall clock ticks in whole milliseconds: a reading `n` only says that the time lies in
 * [n, n + 1). The offset is moved no further than that demands, so it converges on the true
 * fraction, and two spans are never reordered by reading the clock again.
 */
export class WallTime {
  readonly #clock: Clock;
  readonly #jumps: Jump[] = [];
  #anchor: Anchor = { offsetMs: NaN };
  #checkedMs = -Infinity;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** The current anchor, checked at most once a millisecond of the given monotonic time. */
  at(monotonicMs: number): Anchor {
    if (monotonicMs - this.#checkedMs >= CHECK_EVERY_MS) this.#check(monotonicMs);
    return this.#anchor;
  }

  /** The Unix time at which the monotonic clock was read. */
  unixMsAt(monotonicMs: number): number {
    const { offsetMs } = this.at(this.#clock.monotonic());
    const jump = this.#jumps.find(({ untilMs }) => monotonicMs <= untilMs);
    return monotonicMs + (jump?.offsetMs ?? offsetMs);
  }

  #check(monotonicMs: number): void {
    const now = this.#clock.now(), expected = monotonicMs + this.#anchor.offsetMs;
    if (expected >= now && expected < now + 1) this.#checkedMs = monotonicMs;
    else this.#correct();
  }

  /** The clocks disagree, or the reading is an old one, or the process was interrupted in between. */
  #correct(): void {
    const lastMs = this.#checkedMs, beforeMs = this.#clock.monotonic();
    if (beforeMs - lastMs < CHECK_EVERY_MS) return;
    const now = this.#clock.now(), afterMs = this.#clock.monotonic();
    const { offsetMs } = this.#anchor, least = beforeMs + offsetMs;
    this.#checkedMs = afterMs;
    if (least < now + 1 && afterMs + offsetMs >= now) return;
    const correct = least >= now + 1 && least < now + 2
      ? now + 0.999 - beforeMs
      : now - (least < now ? afterMs : beforeMs);
    if (Math.abs(correct - offsetMs) >= JUMP_MS) {
      if (this.#jumps.length === MAX_JUMPS) this.#jumps.shift();
      this.#jumps.push({ untilMs: lastMs, offsetMs });
    }
    this.#anchor = { offsetMs: correct };
  }
}
