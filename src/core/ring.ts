/**
 * A bounded ring that keeps the newest.
 *
 * @module
 */
import { checkWhole } from "./check.ts";

/**
 * Keeps the last `capacity` items; an older one is overwritten and counted as dropped unless a
 * reader had taken it. Items are numbered from 0 in order of arrival, so that a reader who lost
 * some sees the gap.
 */
export class Ring<T> {
  readonly #slots: (T | undefined)[];
  /** Capacity is a power of two: the slot of a sequence number is one `&`. */
  readonly #mask: number;
  #next = 0;
  /** What was forgotten by `clear` ends before this number. */
  #cleared = 0;

  /** @param capacity rounded up to a power of two; at least 1, at most 2^24 */
  constructor(capacity: number) {
    checkWhole("create ring", "capacity", capacity, 1, 1 << 24);
    const size = 2 ** Math.ceil(Math.log2(capacity));
    this.#mask = size - 1;
    this.#slots = new Array<T | undefined>(size).fill(undefined);
  }

  /** How many items fit. */
  get capacity(): number {
    return this.#mask + 1;
  }

  /** The number the next item will get; the count of all that were pushed. */
  get next(): number {
    return this.#next;
  }

  /** The number of the oldest item still held. */
  get first(): number {
    return Math.max(this.#cleared, this.#next - this.#mask - 1);
  }

  /** Adds an item and returns its number. */
  push(item: T): number {
    this.#slots[this.#next & this.#mask] = item;
    return this.#next++;
  }

  /** The item with this number, or undefined when it is gone or not there yet. */
  at(sequence: number): T | undefined {
    if (sequence < this.first || sequence >= this.#next) return undefined;
    return this.#slots[sequence & this.#mask];
  }

  /** The items still held from `sequence` on, oldest first. */
  since(sequence: number): T[] {
    const items: T[] = [];
    for (let i = Math.max(sequence, this.first); i < this.#next; i++) {
      items.push(this.#slots[i & this.#mask] as T);
    }
    return items;
  }

  /** Forgets all items; numbering goes on. */
  clear(): void {
    this.#slots.fill(undefined);
    this.#cleared = this.#next;
  }
}
