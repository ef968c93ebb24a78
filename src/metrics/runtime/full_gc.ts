/**
 * Full collections of a runtime that tells nothing of its collector.
 *
 * @module
 */

/** Collections after which an object is old. */
const OLD = 2;

/**
 * Notices that a full collection has ended. A collector of generations frees what is old in a full collection
 * only: an old object that nobody holds is gone after one.
 */
export class FullCollections {
  #held: object | undefined;
  #old: WeakRef<object> | undefined;
  #survived = 0;
  #bytes = NaN;

  /**
   * Whether one has ended since the last one that was noticed.
   *
   * @param bytes the heap in use, which changes with every collection and not between two of them
   */
  noticed(bytes: number): boolean {
    const isOther = bytes !== this.#bytes;
    this.#bytes = bytes;
    if (this.#old === undefined) {
      this.#held = {};
      this.#old = new WeakRef(this.#held);
      this.#survived = 0;
    } else if (this.#held !== undefined) {
      if (isOther && ++this.#survived >= OLD) this.#held = undefined;
    } else if (isOther && this.#old.deref() === undefined) {
      this.#old = undefined;
      return true;
    }
    return false;
  }
}
