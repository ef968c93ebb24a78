/**
 * A distribution of recent durations, to tell which ones are slow.
 *
 * @module
 */

/** Sub-cells an octave: a quantile is off by at most 6 %. */
const PER_OCTAVE = 8;
/** From 1 µs up; 40 octaves reach 12 days. */
const OCTAVES = 40;
const LEAST_MS = 0.001;
/** With fewer observations, none is slow. */
const MINIMUM = 100;
/** At this many, all counts are halved, so that recent observations weigh most. */
const HALVED_AT = 8192;

/** Counts of durations by logarithmic cell, which are halved from time to time. */
export class Durations {
  readonly #cells: Uint32Array<ArrayBuffer> = new Uint32Array(PER_OCTAVE * OCTAVES);
  #total = 0;

  /** Counts a duration. */
  add(ms: number): void {
    this.#cells[cellOf(ms)]!++;
    if (++this.#total >= HALVED_AT) this.#halve();
  }

  /** Whether `ms` lies in a cell above that of the quantile `q`; false for few observations. */
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
