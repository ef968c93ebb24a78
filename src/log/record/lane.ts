/**
 * Numbered items in order, the newest of them.
 *
 * @module
 */

/** Keeps items under growing numbers, which others may lie between, and counts their bytes. */
export class Lane<T> {
  /** About what the items held occupy. */
  bytes = 0;
  readonly #slots: (T | undefined)[];
  readonly #numbers: Float64Array;
  /** Apart from the items: one that is dropped is in no cache any more, and is not read again. */
  readonly #sizes: Float64Array;
  /** The length is a power of two: the slot of a place is one `&`. */
  readonly #mask: number;
  /** Places count the items that ever came. */
  #first = 0;
  #next = 0;

  /** @param capacity rounded up to a power of two */
  constructor(capacity: number) {
    const size = 2 ** Math.ceil(Math.log2(capacity));
    this.#mask = size - 1;
    this.#slots = new Array<T | undefined>(size).fill(undefined);
    this.#numbers = new Float64Array(size);
    this.#sizes = new Float64Array(size);
  }

  /** How many items fit. */
  get capacity(): number {
    return this.#mask + 1;
  }

  /** How many are held. */
  get count(): number {
    return this.#next - this.#first;
  }

  /** Adds an item; where the lane is full, the oldest makes room. */
  push(item: T, number: number, sizeBytes: number): void {
    if (this.#next - this.#first > this.#mask) this.dropOldest();
    const slot = this.#next++ & this.#mask;
    this.#slots[slot] = item;
    this.#numbers[slot] = number;
    this.#sizes[slot] = sizeBytes;
    this.bytes += sizeBytes;
  }

  /** Drops the oldest item; there must be one. */
  dropOldest(): void {
    const slot = this.#first++ & this.#mask;
    this.bytes -= this.#sizes[slot]!;
    this.#slots[slot] = undefined;
  }

  /** The number of the item at a place; `Infinity` where none is. */
  numberAt(place: number): number {
    return place < this.#next ? this.#numbers[place & this.#mask]! : Infinity;
  }

  /** The item at a place that {@linkcode Lane.placeOf} gave. */
  itemAt(place: number): T {
    return this.#slots[place & this.#mask]!;
  }

  /** The place of the first item with this number or a higher one. */
  placeOf(number: number): number {
    let low = this.#first, high = this.#next;
    while (low < high) {
      const middle = low + Math.floor((high - low) / 2);
      if (this.#numbers[middle & this.#mask]! < number) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}
