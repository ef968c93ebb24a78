/**
 * Long work in slices.
 *
 * @module
 */
import { setImmediate } from "node:timers";

/** How long the event loop may be held at a stretch. */
const HOLD_MS = 5;

/** Gives the event loop back when it has been held long enough. */
export class Pause {
  readonly #now: () => number;
  readonly #others: () => Promise<void>;
  #sinceMs: number;

  /**
   * @param now milliseconds that never go back
   * @param others lets other work run; resolves when it did
   */
  constructor(now: () => number = () => performance.now(), others: () => Promise<void> = turn) {
    this.#now = now;
    this.#others = others;
    this.#sinceMs = now();
  }

  /** Whether it is time to let others run. */
  get isDue(): boolean {
    return this.#now() - this.#sinceMs >= HOLD_MS;
  }

  /** Lets others run. */
  async take(): Promise<void> {
    await this.#others();
    this.#sinceMs = this.#now();
  }
}

function turn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
