/**
 * One request, tried until it is settled or its round of tries is over.
 *
 * @module
 */
import type { Clock } from "../../core/clock.ts";
import type { Outcome } from "./post.ts";

const FIRST_BACKOFF_MS = 1000, BACKOFF_FACTOR = 1.5, MAX_BACKOFF_MS = 5000, JITTER = 0.2;
/** The tries of one round. */
export const MAX_TRIES = 5;

/** How long to wait after the `attempt`th try, from 1; `random` is from 0 to 1. */
export function backoffMs(attempt: number, random: number): number {
  const exact = Math.min(FIRST_BACKOFF_MS * BACKOFF_FACTOR ** (attempt - 1), MAX_BACKOFF_MS);
  return exact * (1 - JITTER + 2 * JITTER * random);
}

/** Bounds of a round of tries. */
export interface DeliverOptions {
  /** How long all tries and the pauses between them may take. */
  readonly deadlineMs: number;
  /** Tries of this round that an earlier call has made. */
  readonly tried?: number | undefined;
  readonly clock: Clock;
  /** From 0 to 1, for the jitter. */
  readonly random: () => number;
  /** Waits before the next try; gives false if there is to be no further try for now. */
  readonly pause: (waitMs: number, isAsked: boolean) => Promise<boolean>;
}

/** How a round of tries ended. */
export interface Round {
  readonly outcome: Outcome;
  /** Tries of the round. */
  readonly tries: number;
  /** How long to wait before another try; 0 when there is to be none. */
  readonly waitMs: number;
  /** Whether the round is over, not interrupted by `pause`. */
  readonly isOver: boolean;
}

/**
 * Sends, and sends again after a pause what failed, until it is accepted or refused, has been tried
 * five times, or the deadline would pass.
 *
 * @param send one try, given its number from 1; never rejects
 */
export async function deliver(
  send: (tries: number) => Promise<Outcome>,
  { deadlineMs, tried = 0, clock, random, pause }: DeliverOptions,
): Promise<Round> {
  const endMs = clock.monotonic() + deadlineMs;
  for (let tries = tried + 1;; tries++) {
    const outcome = await send(tries);
    if (outcome.kind !== "failed") return { outcome, tries, waitMs: 0, isOver: true };
    const { retryAfterMs } = outcome;
    const waitMs = Math.max(retryAfterMs ?? 0, backoffMs(tries, random()));
    const isOver = tries >= MAX_TRIES || clock.monotonic() + waitMs >= endMs;
    if (isOver || !await pause(waitMs, retryAfterMs !== undefined)) {
      return { outcome, tries, waitMs, isOver };
    }
  }
}
