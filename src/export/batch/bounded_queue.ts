/**
 * A queue bounded in count and in bytes.
 *
 * @module
 */

/** First in, first out. An item that does not fit is refused. */
export class BoundedQueue<T> {
  readonly #maxItems: number;
  readonly #maxBytes: number;
  #items: T[] = [];
  /** The size that each item was added with, in step with `#items`. */
  #sizes: number[] = [];
  #bytes = 0;

  constructor(maxItems: number, maxBytes: number) {
    this.#maxItems = maxItems;
    this.#maxBytes = maxBytes;
  }

  /** How many items wait. */
  get length(): number {
    return this.#items.length;
  }

  /** The sum of their sizes. */
  get bytes(): number {
    return this.#bytes;
  }

  /** Adds an item; false when there is no room for it. */
  add(item: T, sizeBytes: number): boolean {
    if (this.#items.length >= this.#maxItems || this.#bytes + sizeBytes > this.#maxBytes) {
      return false;
    }
    this.#items.push(item);
    this.#sizes.push(sizeBytes);
    this.#bytes += sizeBytes;
    return true;
  }

  /** Takes the oldest items: at most `maxItems`, and more than one only within `maxBytes`. */
  take(maxItems: number, maxBytes: number): T[] {
    let count = 0, bytes = 0;
    while (count < maxItems && count < this.#items.length) {
      const size = this.#sizes[count]!;
      if (count > 0 && bytes + size > maxBytes) break;
      bytes += size;
      count++;
    }
    this.#bytes -= bytes;
    this.#sizes.splice(0, count);
    return this.#items.splice(0, count);
  }
}
