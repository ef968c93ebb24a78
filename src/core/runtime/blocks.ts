/**
 * When the event loop was blocked lately, and for how long.
 *
 * @module
 */

/** Shorter ones are ordinary work. */
const LEAST_MS = 5;
const KEPT = 32;

/** The last blocks of the event loop, for the requests that had to wait for their end. */
export class Blocks {
  readonly #endMs = new Float64Array(KEPT);
  readonly #ms = new Float64Array(KEPT);
  #count = 0;
  #lastEndMs = -Infinity;
  /** Called with each one, in milliseconds; must not throw. */
  onBlock: ((ms: number) => void) | undefined;

  /** Adds a block that ended at a time of the monotonic clock; a short one is left out. */
  add(endMs: number, ms: number): void {
    if (!(ms >= LEAST_MS)) return;
    const at = this.#count++ % KEPT;
    this.#endMs[at] = this.#lastEndMs = endMs;
    this.#ms[at] = ms;
    this.onBlock?.(ms);
  }

  /** The longest block that ended after a time, of the last 32; 0 without one. */
  longestSince(startMs: number): number {
    if (this.#lastEndMs <= startMs) return 0;
    let longest = 0;
    for (let i = 0; i < Math.min(this.#count, KEPT); i++) {
      if (this.#endMs[i]! > startMs && this.#ms[i]! > longest) longest = this.#ms[i]!;
    }
    return longest;
  }
}
