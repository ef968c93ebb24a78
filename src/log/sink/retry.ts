/**
 * The next try of a write that failed.
 *
 * @module
 */
import type { Clock } from "../../core/clock.ts";

const BUSY_RETRY_MS = 10;
const FAILURE_RETRY_MS = 1_000;

/** Calls a function after a while; one try is pending at most. */
export class Retry {
  /** The failed write waits for a slow reader, not for something to be repaired. */
  isSoon = false;
  readonly #clock: Clock;
  readonly #fn: () => void;
  #cancel: (() => void) | undefined;

  constructor(clock: Clock, fn: () => void) {
    this.#clock = clock;
    this.#fn = fn;
  }

  /** Whether a try is to come. */
  get isPending(): boolean {
    return this.#cancel !== undefined;
  }

  /** Tries again, `soon` or later. */
  start(soon: boolean): void {
    this.stop();
    this.isSoon = soon;
    this.#cancel = this.#clock.after(soon ? BUSY_RETRY_MS : FAILURE_RETRY_MS, () => {
      this.stop();
      this.#fn();
    });
  }

  /** Takes the pending try back. */
  stop(): void {
    this.#cancel?.();
    this.#cancel = undefined;
    this.isSoon = false;
  }
}
