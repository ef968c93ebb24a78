/**
 * So many a second, and no more, of each kind.
 *
 * @module
 */

import { check } from "../../core/check.ts";

/** Kinds told apart; the rest share one allowance. */
const MAX_KEYS = 256;
/** A time that is earlier by less is a late span; by more, what came before was no time of this clock. */
const MAX_DISORDER_MS = 60_000;

interface Bucket {
  /** What may pass now; a fraction grows towards the next. */
  tokens: number;
  filledMs: number;
  /** Turned away since the last that passed. */
  refused: number;
}

/** Token buckets that hold one second's allowance, and at least one token. */
export class RateLimiter {
  readonly #perSecond: number;
  readonly #buckets = new Map<string, Bucket>();
  #others: Bucket | undefined = undefined;

  /** Throws a `RangeError` unless the rate is positive and finite. */
  constructor(perSecond: number) {
    const isRate = Number.isFinite(perSecond) && perSecond > 0;
    check(isRate, "limit the rate", "perSecond must be positive and finite", perSecond);
    this.#perSecond = perSecond;
  }

  /**
   * 0 when one of this kind may not pass, else how many it stands for: itself and those refused.
   *
   * @param nowMs monotonic
   */
  take(key: string, nowMs: number): number {
    const capacity = Math.max(1, this.#perSecond);
    const bucket = this.#bucket(key, nowMs, capacity);
    this.#fill(bucket, nowMs, capacity);
    if (bucket.tokens < 1) {
      bucket.refused++;
      return 0;
    }
    bucket.tokens--;
    const standsFor = bucket.refused + 1;
    bucket.refused = 0;
    return standsFor;
  }

  /** Spans bring times of their own: none may refill twice, and no wrong one stops the clock. */
  #fill(bucket: Bucket, nowMs: number, capacity: number): void {
    if (!Number.isFinite(nowMs)) return;
    const elapsedMs = nowMs - bucket.filledMs;
    if (elapsedMs < 0 && elapsedMs > -MAX_DISORDER_MS) return;
    const grown = Math.max(0, elapsedMs) / 1000 * this.#perSecond;
    bucket.tokens = Math.min(capacity, bucket.tokens + grown);
    bucket.filledMs = nowMs;
  }

  #bucket(key: string, nowMs: number, capacity: number): Bucket {
    const known = this.#buckets.get(key);
    if (known !== undefined) return known;
    if (this.#buckets.size >= MAX_KEYS && this.#others !== undefined) return this.#others;
    const filledMs = Number.isFinite(nowMs) ? nowMs : 0;
    const bucket = { tokens: capacity, filledMs, refused: 0 };
    if (this.#buckets.size < MAX_KEYS) this.#buckets.set(key, bucket);
    else this.#others = bucket;
    return bucket;
  }
}
