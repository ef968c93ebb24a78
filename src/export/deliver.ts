/**
 * One request, tried until it is settled or time is up.
 *
 * @module
 */
import type { Clock } from "../core/clock.ts";
import { keepAlive } from "../core/platform.ts";
import { backoffMs, MAX_TRIES, type Outcome } from "./post.ts";

/** How long and how patiently to try. */
export interface DeliverOptions {
  /** How long all tries and the pauses between them may take. */
  readonly deadlineMs: number;
  readonly clock: Clock;
  /** From 0 to 1, for the jitter. */
  readonly random: () => number;
}

/** How a delivery ended, after how many tries. */
export interface Delivery {
  readonly outcome: Outcome;
  readonly tries: number;
}

/**
 * Sends, and sends again after a pause what failed, until it is accepted or refused, or has been
 * tried five times, or the deadline would pass. The process stays alive meanwhile.
 *
 * @param send one try; never rejects
 */
export async function deliver(
  send: (signal: AbortSignal) => Promise<Outcome>,
  { deadlineMs, clock, random }: DeliverOptions,
): Promise<Delivery> {
  const endMs = clock.monotonic() + deadlineMs;
  const stop = new AbortController();
  const cancel = clock.after(
    deadlineMs,
    () => stop.abort(new DOMException(`Not delivered in ${deadlineMs} ms`, "TimeoutError")),
  );
  // The clock's timers don't keep the process alive, but a job that ends waits for its delivery.
  const release = keepAlive();
  try {
    for (let tries = 1;; tries++) {
      const outcome = await send(stop.signal);
      if (outcome.kind !== "failed") return { outcome, tries };
      const waitMs = outcome.retryAfterMs ?? backoffMs(tries, random());
      if (tries === MAX_TRIES || clock.monotonic() + waitMs >= endMs) return { outcome, tries };
      await new Promise<void>((resolve) => clock.after(waitMs, resolve));
    }
  } finally {
    cancel();
    release();
  }
}
