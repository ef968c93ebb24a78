/**
 * The clock: time and timers, injected everywhere so that tests control them.
 *
 * @module
 */
import { MAX_TIMER_MS } from "./check.ts";
import { outside } from "./context.ts";
import { unref } from "./platform.ts";

/** A source of time, which every part that measures or waits takes as an option. */
export interface Clock {
  /** Milliseconds that never go back, with a fraction, since the process or the clock itself began. */
  monotonic(): number;
  /** Milliseconds since the Unix epoch, with a fraction where the runtime has it. */
  now(): number;
  /** Runs `fn` once after `ms`, without keeping the process alive. Returns a function that cancels. */
  after(ms: number, fn: () => void): () => void;
  /** Runs `fn` every `ms`, without keeping the process alive. Returns a function that cancels. */
  every(ms: number, fn: () => void): () => void;
}

/** In a variable, because the look-up of the global is a sixth of the cost of a reading on Deno. */
const machine = performance;

/** The clock of the machine. Its callbacks run outside all contexts. */
export const systemClock: Clock = {
  monotonic: () => machine.now(),
  now: () => Date.now(),
  after(ms, fn) {
    const timer = outside(() => setTimeout(fn, Math.min(ms, MAX_TIMER_MS)));
    unref(timer);
    return () => clearTimeout(timer);
  },
  every(ms, fn) {
    const timer = outside(() => setInterval(fn, Math.min(ms, MAX_TIMER_MS)));
    unref(timer);
    return () => clearInterval(timer);
  },
};

/** Resolves after `waitMs`. */
export function delay(clock: Clock, waitMs: number): Promise<void> {
  return new Promise((resolve) => void clock.after(waitMs, resolve));
}

/**
 * Waits for `work`, but not longer than `waitMs`: true when it resolved in time, false when it is still
 * pending. A rejection in time is passed on; a later one is handled and ignored.
 */
export function within(clock: Clock, waitMs: number, work: Promise<unknown>): Promise<boolean> {
  return new Promise((resolve, reject) => {
    const cancel = clock.after(waitMs, () => resolve(false));
    work.then(() => {
      cancel();
      resolve(true);
    }, (error) => {
      cancel();
      reject(error);
    });
  });
}
