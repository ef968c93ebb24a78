/**
 * Times that grow from one log line to the next.
 *
 * @module
 */

/** A clock's millisecond has no more nanoseconds than these after its first. */
const MOST_NS = 999_999;

/**
 * Log lines of one millisecond, told apart by a nanosecond each, in their order. Of two equal lines of
 * one time Loki keeps one, and equal times lose their order anywhere.
 */
export class GrowingTimes {
  #timeMs = NaN;
  #laterNs = 0;

  /** How many nanoseconds after `timeMs` the next line is; lines come in the order they were logged. */
  laterNs(timeMs: number): number {
    if (timeMs === this.#timeMs) return this.#laterNs = Math.min(this.#laterNs + 1, MOST_NS);
    this.#timeMs = timeMs;
    return this.#laterNs = 0;
  }
}
