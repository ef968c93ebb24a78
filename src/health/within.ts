/**
 * Waiting, but not for ever.
 *
 * @module
 */
import type { Clock } from "../core/clock.ts";

/** Resolves when `all` has, or `waitMs` have passed. Neither is told apart; `all` must not reject. */
export function within(clock: Clock, waitMs: number, all: Promise<unknown>): Promise<void> {
  return new Promise((resolve) => {
    const cancel = clock.after(waitMs, () => resolve());
    void all.then(() => {
      cancel();
      resolve();
    });
  });
}
