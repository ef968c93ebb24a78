/**
 * Full collections of a runtime that tells nothing of its collector.
 *
 * @module
 */

/**
 * Notices that a full collection has ended. A collector of generations frees what is old in a full collection
 * only: an object that survived a collection, and that nobody holds, is gone after one.
 */
export class FullCollections {
  #old: WeakRef<object> | undefined;
  /** Held until the old one is gone: old itself by then, so that no full collection is missed. */
  #next: object = {};
  #bytes = NaN;

  /**
   * Whether one has ended since the last one that was noticed.
   *
   * @param bytes the heap in use, which changes with every collection and not between two of them
   */
  noticed(bytes: number): boolean {
    if (bytes === this.#bytes) return false;
    const isFirst = Number.isNaN(this.#bytes), old = this.#old;
    this.#bytes = bytes;
    if (isFirst || old?.deref() !== undefined) return false;
    this.#old = new WeakRef(this.#next);
    this.#next = {};
    return old !== undefined;
  }
}
