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
  #sinceMs = performance.now();

  /** Whether it is time to let others run. */
  get isDue(): boolean {
    return performance.now() - this.#sinceMs >= HOLD_MS;
  }

  /** Lets others run. */
  async take(): Promise<void> {
    await new Promise<void>((resolve) => setImmediate(resolve));
    this.#sinceMs = performance.now();
  }
}
