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
  readonly #holdMs: number;
  #sinceMs: number;

  /**
   * @param now milliseconds that never go back
   * @param others lets other work run; resolves when it did
   * @param holdMs how long the event loop may be held at a stretch
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

  /** Whether it is time to let others run. */
  get isDue(): boolean {
    return this.#now() - this.#sinceMs >= this.#holdMs;
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
