/**
 * Callbacks that libraries have their observables asked by.
 *
 * @module
 */
import { type Clock, within } from "../../core/clock.ts";
import type { Faults } from "../../core/faults.ts";
import type { OtelObservableCallback } from "./shapes.ts";

/** Callbacks of one observable, and again batch callbacks; past them, new ones are not asked. */
const MAX_CALLBACKS = 1000;
/** How long a callback may take; shorter than what all of them together have. */
const TIMEOUT_MS = 1000;

/** Asks callbacks; one that throws, or never answers, costs its own values and not those of all. */
export class CallbackDesk {
  readonly #clock: Clock;
  readonly #faults: Faults;
  /** Asked and late: they are not asked again before they answer. */
  readonly #late = new Set<OtelObservableCallback>();

  constructor(clock: Clock, faults: Faults) {
    this.#clock = clock;
    this.#faults = faults;
  }

  /** Whether one more may be added; counts one that may not. */
  hasRoom(
    callbacks: ReadonlySet<OtelObservableCallback> | ReadonlyMap<OtelObservableCallback, unknown>,
    callback: OtelObservableCallback,
  ): boolean {
    if (callbacks.size < MAX_CALLBACKS || callbacks.has(callback)) return true;
    this.#faults.record("otel observable", new RangeError("Too many callbacks: one is not asked"));
    return false;
  }

  /** Resolves when the callback has answered, or is late. */
  async ask(callback: OtelObservableCallback, result: object): Promise<void> {
    if (this.#late.has(callback)) return;
    let isDone = false;
    const done = this.#call(callback, result).finally(() => {
      isDone = true;
      this.#late.delete(callback);
    });
    await within(this.#clock, TIMEOUT_MS, done);
    if (isDone) return;
    this.#late.add(callback);
    const error = new Error(`A callback took longer than ${TIMEOUT_MS} ms`);
    this.#faults.record("otel observable", error);
  }

  async #call(callback: OtelObservableCallback, result: object): Promise<void> {
    try {
      await callback(result);
    } catch (error) {
      this.#faults.record("otel observable", error);
    }
  }
}
