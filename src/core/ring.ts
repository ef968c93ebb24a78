/**
 * A bounded ring buffer that keeps the newest items.
 *
 * @module
 */
import { checkWhole } from "./check.ts";

/**
 * Keeps the last `capacity` items. Items are numbered from 0 in order of arrival, so that a reader sees
 * a gap where it missed some.
 */
export class Ring<T> {
  readonly #slots: (T | undefined)[];
  /** Capacity is a power of two: the slot of a sequence number is one `&`. */
  readonly #mask: number;
  #next = 0;
  /** Items before this number were removed by `clear`. */
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

  /** The number of the next item, which is the count of all that were pushed. */
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

  /** The item of this number; undefined when it was removed or has not arrived yet. */
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

  /** Removes all items; numbering continues. */
  clear(): void {
    this.#slots.fill(undefined);
    this.#cleared = this.#next;
  }
}
