/**
 * A rate limiter with an allowance for each key.
 *
 * @module
 */
import { check } from "../../core/check.ts";

/** Keys with an allowance of their own; the others share one. */
const MAX_KEYS = 256;
/**
 * A timestamp that is earlier by less than this is a late span; earlier by more, the previous time was
 * wrong.
 */
const MAX_DISORDER_MS = 60_000;

interface Bucket {
  /** How many may pass now; it grows by fractions. */
  tokens: number;
  filledMs: number;
  /** Refused since the last one that passed. */
  refused: number;
}

/** Token buckets of one second's allowance, and of at least one token. */
export class RateLimiter {
  readonly #perSecond: number;
  readonly #buckets = new Map<string, Bucket>();
  #others: Bucket | undefined = undefined;

  /**
   * @param action what fails if the rate is refused
   * @throws {RangeError} unless the rate is positive and finite
   */
  constructor(action: string, perSecond: number) {
    const isRate = Number.isFinite(perSecond) && perSecond > 0;
    check(isRate, action, "perSecond must be positive and finite", perSecond);
    this.#perSecond = perSecond;
  }

  /**
   * How many this one stands for, itself and those refused before it; 0 when it is refused.
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

  /** Callers pass any times: a late one must not refill twice, and a wrong one not stop refilling. */
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
