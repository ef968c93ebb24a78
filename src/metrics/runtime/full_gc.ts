/**
 * Full collections of a runtime that tells nothing of its collector.
 *
 * @module
 */

/** A stack is scanned without knowing what is on it: one object may look as if somebody held it. */
const OBJECTS = 8;

/**
 * Notices that a full collection has ended. A collector of generations frees what is old in a full collection
 * only: of objects that survived a collection, and that nobody holds, some are gone after one.
 */
export class FullCollections {
  #old: readonly WeakRef<object>[] | undefined;
  /** Held until the old ones are gone: old themselves by then, so that no full collection is missed. */
  #next: readonly object[] = made();
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
    if (isFirst || old?.every((one) => one.deref() !== undefined)) return false;
    this.#old = this.#next.map((one) => new WeakRef(one));
    this.#next = made();
    return old !== undefined;
  }
}

function made(): object[] {
  return Array.from({ length: OBJECTS }, () => ({}));
}
