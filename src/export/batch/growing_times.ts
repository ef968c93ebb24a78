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
 * little, lines follow each other at the time it had; lines of long ago grow among themselves, and
 * those after them go on from where the others were.
 */
export class GrowingTimes {
  #timeMs = NaN;
  #laterNs = 0;
  /** Of lines of long ago: of the flight recorder, or by a clock that was set back for good. */
  readonly #past: GrowingTimes | undefined;

  constructor(isPast = false) {
    if (!isPast) this.#past = new GrowingTimes(true);
  }

  /** How many nanoseconds after `timeMs` the next line is; lines come in the order they were logged. */
  laterNs(timeMs: number): number {
    const behindMs = this.#timeMs - timeMs;
    if (behindMs > MAX_BACK_MS && this.#past !== undefined) return this.#past.laterNs(timeMs);
    const behindNs = Math.round(behindMs * 1e6) + this.#laterNs;
    if (behindNs >= 0 && behindMs <= MAX_BACK_MS) {
      this.#laterNs++;
      return behindNs + 1;
    }
    this.#timeMs = timeMs;
    return this.#laterNs = 0;
  }
}
