/**
 * How long things took lately, for one question: is this one slow?
 *
 * @module
 */

/** Sub-cells an octave: a quantile is off by at most 6 %. */
const PER_OCTAVE = 8;
/** From 1 µs up; 40 octaves reach 12 days. */
const OCTAVES = 40;
const LEAST_MS = 0.001;
/** Below this many observations nothing is slow. */
const MINIMUM = 100;
/** At this many, all counts are halved: the latest few thousand are what counts. */
const HALVED_AT = 8192;

/** A distribution of durations that forgets: counts by logarithmic cell, halved now and then. */
export class Durations {
  readonly #cells: Uint32Array<ArrayBuffer> = new Uint32Array(PER_OCTAVE * OCTAVES);
  #total = 0;

  /** Counts one. */
  add(ms: number): void {
    this.#cells[cellOf(ms)]!++;
    if (++this.#total >= HALVED_AT) this.#halve();
  }

  /** Whether `ms` lies in a cell above that of the quantile `q`; false as long as little is known. */
  isAbove(ms: number, q: number): boolean {
    if (this.#total < MINIMUM) return false;
    const own = cellOf(ms), allowed = this.#total * (1 - q);
    let above = 0;
    for (let i = this.#cells.length - 1; i >= own; i--) {
      above += this.#cells[i]!;
      if (above > allowed) return false;
    }
    return true;
  }

  #halve(): void {
    this.#total = 0;
    for (let i = 0; i < this.#cells.length; i++) {
      this.#total += this.#cells[i] = this.#cells[i]! >> 1;
    }
  }
}

function cellOf(ms: number): number {
  const cell = Math.floor(Math.log2(Math.max(ms, LEAST_MS) / LEAST_MS) * PER_OCTAVE);
  return Math.min(cell, PER_OCTAVE * OCTAVES - 1);
}
