/**
 * Time and timers, injected: no other file of Telltale reads a clock or sets a timer.
 *
 * @module
 */
import { MAX_TIMER_MS } from "./check.ts";
import { outside } from "./context.ts";
import { unref } from "./platform.ts";

/** A source of time. Every part that measures or waits takes one, so that tests decide the time. */
export interface Clock {
  /** Milliseconds that never go back, with a fraction; the zero is arbitrary. */
  monotonic(): number;
  /** Milliseconds since the Unix epoch, with a fraction where the runtime has it. */
  now(): number;
  /** Runs `fn` once after `ms`; does not keep the process alive. Returns what cancels it. */
  after(ms: number, fn: () => void): () => void;
  /** Runs `fn` every `ms`; does not keep the process alive. Returns what cancels it. */
  every(ms: number, fn: () => void): () => void;
}

/** Held, because finding the global costs a sixth of a reading on Deno. */
const machine = performance;

/** The clock of the machine. What it runs later is in no context, whoever asked for it. */
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
 * Waits for `work`, but not longer than `waitMs`: true when it was done in time, false when it is still
 * pending. Rejects as the work does in time; a later rejection is handled and lost.
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
