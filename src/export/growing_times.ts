/**
 * Times that grow from one log line to the next.
 *
 * @module
 */

/** How far a clock may step back without a line being taken for one of another time. */
const MAX_BACK_MS = 1000;

/**
 * Log lines of one millisecond, told apart by a nanosecond each, in their order. Of two equal lines of
 * one time Loki keeps one, and equal times lose their order anywhere. Where the clock steps back a
 * little, lines follow each other at the time it had; a line of long ago keeps its own.
 */
export class GrowingTimes {
  #timeMs = NaN;
  #laterNs = 0;

  /** How many nanoseconds after `timeMs` the next line is; lines come in the order they were logged. */
  laterNs(timeMs: number): number {
    const behindNs = Math.round((this.#timeMs - timeMs) * 1e6) + this.#laterNs;
    if (behindNs >= 0 && this.#timeMs - timeMs <= MAX_BACK_MS) {
      this.#laterNs++;
      return behindNs + 1;
    }
    this.#timeMs = timeMs;
    return this.#laterNs = 0;
  }
}
