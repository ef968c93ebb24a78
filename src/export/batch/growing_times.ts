/**
 * Times of log lines, to the nanosecond, that grow from one line to the next.
 *
 * @module
 */

/** A line further back than this is one of another time, not of a clock that was set. */
const MAX_BACK_MS = 1000;
/** 2^64 nanoseconds. */
const MAX_TIME_MS = 2 ** 64 / 1e6;

/**
 * Gives log lines of one millisecond distinct times, a nanosecond apart, in their order. Of two equal
 * lines with one time Loki keeps one, and lines with equal times lose their order anywhere. After a small
 * step back of the clock, lines continue at the time before it. Lines of long ago are ordered among
 * themselves, and do not disturb the others.
 */
export class GrowingTimes {
  #timeMs = NaN;
  #laterNs = 0;
  /** For lines of long ago: of the flight recorder, or by a clock that was set back for good. */
  readonly #past: GrowingTimes | undefined;

  constructor(isPast = false) {
    if (!isPast) this.#past = new GrowingTimes(true);
  }

  /** How many nanoseconds after `timeMs` the next line is; to be called in the order of lines. */
  laterNs(timeMs: number): number {
    if (!Number.isFinite(timeMs)) return 0;
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

/**
 * The nanoseconds from the Unix epoch to `timeMs`, and `laterMs` more, which a double can't hold; its
 * fraction of a millisecond it can. 0 for a time that 64 bits can't hold.
 */
export function unixNano(timeMs: number, laterMs: number): bigint {
  if (!(timeMs >= 0 && timeMs <= MAX_TIME_MS && Math.abs(laterMs) <= MAX_TIME_MS)) return 0n;
  const whole = Math.floor(timeMs);
  const ns = BigInt(whole) * 1_000_000n + BigInt(Math.round((timeMs - whole) * 1e6)) +
    BigInt(Math.round(laterMs * 1e6));
  return ns >= 0n && ns < 1n << 64n ? ns : 0n;
}
