/**
 * Listeners of the application, which may throw.
 *
 * @module
 */
import { checkFunction } from "../core/check.ts";
import type { Faults } from "../core/faults.ts";

/** Calls listeners; what one throws is counted, and the others are called. */
export class Listeners<Arguments extends unknown[]> {
  readonly #listeners = new Set<(...args: Arguments) => void>();
  readonly #faults: Faults;

  /** None yet. */
  constructor(faults: Faults) {
    this.#faults = faults;
  }

  /** Adds a listener; returns a function that removes it. @throws {TypeError} for what is no function */
  add(listener: (...args: Arguments) => void): () => void {
    checkFunction("listen to flags", "listener", listener);
    // Wrapped, so that a listener added twice is called twice and removed one at a time.
    const wrapped = (...args: Arguments) => listener(...args);
    this.#listeners.add(wrapped);
    return () => this.#listeners.delete(wrapped);
  }

  /** Calls all. */
  tell(...args: Arguments): void {
    for (const listener of this.#listeners) {
      this.#faults.guard("flag listener", () => listener(...args));
    }
  }
}
