/**
 * Pauses in long work, for which the event loop would otherwise wait.
 *
 * @module
 */
import { setImmediate } from "node:timers";

/** How long the event loop may be blocked at a time. */
const HOLD_MS = 5;

/** Yields to the event loop when it has been blocked for too long. */
export class Pause {
  readonly #now: () => number;
  readonly #others: () => Promise<void>;
  readonly #holdMs: number;
  #sinceMs: number;

  /**
   * @param now milliseconds that never go back
   * @param others lets other work run; resolves afterwards
   * @param holdMs how long the event loop may be blocked at a time
   */
  constructor(
    now: () => number = () => performance.now(),
    others: () => Promise<void> = turn,
    holdMs: number = HOLD_MS,
  ) {
    this.#now = now;
    this.#others = others;
    this.#holdMs = holdMs;
    this.#sinceMs = now();
  }

  /** Whether it is time for a pause. */
  get isDue(): boolean {
    return this.#now() - this.#sinceMs >= this.#holdMs;
  }

  /** Lets other work run. */
  async take(): Promise<void> {
    await this.#others();
    this.#sinceMs = this.#now();
  }
}

function turn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
