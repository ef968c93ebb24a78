/**
 * Samplers: choose which of many records are kept.
 *
 * @module
 */
import { type Clock, systemClock } from "../../core/clock.ts";
import {
  checkNumber,
  checkPositive,
  checkWhole,
  type Known,
  requireKnown,
} from "../../core/check.ts";

/** Decides about a record before it is made, by its severity and its message; cheap, as all calls pay. */
export type LogSampler = (severity: number, message: string) => boolean;

/** How many messages are counted apart; further ones share a count. */
const MAX_MESSAGES = 1000;

/** Values by severity and message; bounded in number, and in the length of the messages held. */
export class PerMessage<T> {
  readonly #make: () => T;
  readonly #held = new Map<string, T>();
  #others: T | undefined;

  constructor(make: () => T) {
    this.#make = make;
  }

  /** The value of this severity and message. */
  of(severity: number, message: string): T {
    // The severity is one character, so no two pairs make one key.
    const key = String.fromCharCode(severity) +
      (message.length > 256 ? message.slice(0, 256) : message);
    const held = this.#held.get(key);
    if (held !== undefined) return held;
    if (this.#held.size >= MAX_MESSAGES) return this.#others ??= this.#make();
    const made = this.#make();
    this.#held.set(key, made);
    return made;
  }

  /** All values. */
  *all(): Iterable<T> {
    yield* this.#held.values();
    if (this.#others !== undefined) yield this.#others;
  }

  /** Removes all values. */
  clear(): void {
    this.#held.clear();
    this.#others = undefined;
  }
}

/**
 * Keeps the first of every `n` records of each level and message.
 *
 * @example
 * ```ts
 * import { everyNthSampler, Logger } from "@telltale/telltale/log";
 * import assert from "node:assert/strict";
 *
 * const log = new Logger({ sinks: [], sample: everyNthSampler(10) });
 * for (let i = 0; i < 25; i++) log.info("cache hit", { i });
 * assert.deepEqual([...log.ring].map(({ fields }) => fields.i), [0, 10, 20]);
 * ```
 *
 * @throws {RangeError} when `n` is not a whole number from 1
 */
export function everyNthSampler(n: number): LogSampler {
  checkWhole("sample log records", "n", n);
  const counts = new PerMessage(() => ({ seen: 0 }));
  return (severity, message) => counts.of(severity, message).seen++ % n === 0;
}

/**
 * Keeps a share of the records, chosen at random.
 *
 * @example
 * ```ts
 * import { Logger, randomSampler } from "@telltale/telltale/log";
 * import assert from "node:assert/strict";
 *
 * const log = new Logger({ sinks: [], sample: randomSampler(0.5, () => 0.7) });
 * log.info("cache hit");
 * log.error("cache broken"); // Errors are kept, whatever the sampler says.
 * assert.equal(log.ring.next, 1);
 * ```
 *
 * @param share from 0 to 1
 * @throws {RangeError} when `share` is out of range
 */
export function randomSampler(share: number, random: () => number = Math.random): LogSampler {
  checkNumber("sample log records", "share", share, 0, 1);
  return () => random() < share;
}

/** Settings of {@linkcode burstSampler}. */
export interface BurstOptions {
  /** How many records of each level and message are kept in a period. */
  readonly first: number;
  /** How long a period is. @default 1000 */
  readonly periodMs?: number | undefined;
  /** Of those after the first, every nth is kept; 0 keeps none. @default 0 */
  readonly thereafter?: number | undefined;
  /** Source of time. @default the machine's */
  readonly clock?: Clock | undefined;
}

const KNOWN: Known<BurstOptions> = {
  first: true,
  periodMs: true,
  thereafter: true,
  clock: true,
};

/**
 * Keeps the first records of each level and message in a period, and then every nth.
 *
 * @example
 * ```ts
 * import { burstSampler, Logger } from "@telltale/telltale/log";
 * import assert from "node:assert/strict";
 *
 * const sample = burstSampler({ first: 2, thereafter: 5, periodMs: 60_000 });
 * const log = new Logger({ sinks: [], sample });
 * for (let i = 1; i <= 12; i++) log.info("cache hit", { i });
 * assert.deepEqual([...log.ring].map(({ fields }) => fields.i), [1, 2, 7, 12]);
 * ```
 *
 * @throws {RangeError} when a number is out of range
 */
export function burstSampler(options: BurstOptions): LogSampler {
  requireKnown("sample bursts", options, KNOWN);
  const { first, periodMs = 1000, thereafter = 0, clock = systemClock } = options;
  checkWhole("sample bursts", "first", first, 0);
  checkWhole("sample bursts", "thereafter", thereafter, 0);
  checkPositive("sample bursts", "periodMs", periodMs);
  const counts = new PerMessage(() => ({ seen: 0, endMs: 0 }));
  return (severity, message) => {
    const count = counts.of(severity, message), nowMs = clock.monotonic();
    if (nowMs >= count.endMs) {
      count.seen = 0;
      count.endMs = nowMs + periodMs;
    }
    const over = ++count.seen - first;
    return over <= 0 || thereafter > 0 && over % thereafter === 0;
  };
}
