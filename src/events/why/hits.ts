/**
 * Sets of rows as bits.
 *
 * @module
 */
import type { Counts } from "./shares.ts";

/** The selected rows and the other rows that have something. */
export class Hits implements Counts {
  /** Selected rows that have it. */
  readonly selected: number;
  /** Other rows that have it. */
  readonly others: number;
  readonly #bits: Uint32Array;
  readonly #words: number;

  /** Tests every row once. */
  constructor(selected: Uint32Array, others: Uint32Array, has: (row: number) => boolean) {
    this.#words = Math.ceil(selected.length / 32);
    this.#bits = new Uint32Array(this.#words + Math.ceil(others.length / 32));
    this.selected = mark(this.#bits.subarray(0, this.#words), selected, has);
    this.others = mark(this.#bits.subarray(this.#words), others, has);
  }

  /** Counts the rows in both sets. */
  and(hits: Hits): Counts {
    const bits = this.#bits, otherBits = hits.#bits, words = this.#words;
    let selected = 0, others = 0;
    for (let i = 0; i < words; i++) selected += ones(bits[i]! & otherBits[i]!);
    for (let i = words; i < bits.length; i++) others += ones(bits[i]! & otherBits[i]!);
    return { selected, others };
  }
}

function mark(bits: Uint32Array, rows: Uint32Array, has: (row: number) => boolean): number {
  let count = 0;
  for (let k = 0; k < rows.length; k++) {
    if (!has(rows[k]!)) continue;
    bits[k >>> 5]! |= 1 << (k & 31);
    count++;
  }
  return count;
}

/** Population count (Hacker's Delight §5-1). */
function ones(word: number): number {
  word -= (word >>> 1) & 0x55555555;
  word = (word & 0x33333333) + ((word >>> 2) & 0x33333333);
  return Math.imul((word + (word >>> 4)) & 0x0f0f0f0f, 0x01010101) >>> 24;
}
