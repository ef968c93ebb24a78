/**
 * One request, tried until it is settled or time is up.
 *
 * @module
 */
import { type Clock, delay } from "../../core/clock.ts";
import { keepAlive } from "../../core/platform.ts";
import { backoffMs, MAX_TRIES, type Outcome } from "./post.ts";

/** How long and how patiently to try. */
export interface DeliverOptions {
  /** How long all tries and the pauses between them may take. */
  readonly deadlineMs: number;
  /** Before it nothing is sent, on the monotonic clock: a receiver asked for that. */
  readonly notBeforeMs: number;
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
 * tried five times, or the deadline would pass. The process stays alive meanwhile. Where the
 * receiver wants to be left alone beyond the deadline, it is not tried at all.
 *
 * @param send one try; never rejects
 */
export async function deliver(
  send: (signal: AbortSignal) => Promise<Outcome>,
  { deadlineMs, notBeforeMs, clock, random }: DeliverOptions,
): Promise<Delivery> {
  const askedMs = notBeforeMs - clock.monotonic();
  if (askedMs >= deadlineMs) {
    return { tries: 0, outcome: { kind: "failed", retryAfterMs: askedMs, ...patience(askedMs) } };
  }
  const endMs = clock.monotonic() + deadlineMs;
  const stop = new AbortController();
  const cancel = clock.after(
    deadlineMs,
    () => stop.abort(new DOMException(`Not delivered in ${deadlineMs} ms`, "TimeoutError")),
  );
  // The clock's timers don't keep the process alive, but a job that ends waits for its delivery.
  const release = keepAlive();
  try {
    if (askedMs > 0) await delay(clock, askedMs);
    for (let tries = 1;; tries++) {
      const outcome = await send(stop.signal);
      if (outcome.kind !== "failed") return { outcome, tries };
      const waitMs = Math.max(outcome.retryAfterMs ?? 0, backoffMs(tries, random()));
      if (tries === MAX_TRIES || clock.monotonic() + waitMs >= endMs) return { outcome, tries };
      await delay(clock, waitMs);
    }
  } finally {
    cancel();
    release();
  }
}

/** Why nothing was sent to a receiver that wants to be left alone so long. */
function patience(ms: number): { readonly error: string; readonly message: string } {
  const message = `the receiver asked to be left alone for ${Math.ceil(ms / 1000)} s more`;
  return { error: "Retry-After", message };
}
