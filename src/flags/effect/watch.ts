/**
 * Follows the rows of flags, for comparisons and for guards.
 *
 * @module
 */
import { checkNumber, checkWhole, type Known, refuseUnknown, shown } from "../../core/check.ts";
import type { EventStore } from "../../events/event_store.ts";
import type { FlagGuard } from "../rule/definition.ts";
import type { Flag } from "../rule/outcome.ts";
import { effectOf, type EffectOptions, type FlagEffect } from "./effect.ts";
import { type Interval, shareDifference } from "./interval.ts";
import { FlagSums } from "./sums.ts";

/** A variant whose requests fail. */
export interface Trip {
  /** The flag. */
  readonly key: string;
  /** The variant. */
  readonly variant: string;
  /** Its requests. */
  readonly requests: number;
  /** How many of them failed. */
  readonly errors: number;
  /** The requests with other variants. */
  readonly otherRequests: number;
  /** How many of these failed. */
  readonly otherErrors: number;
  /** The interval of the share of errors less `guard.errors` times that of the others. */
  readonly interval: Interval;
}

const KNOWN: Known<EffectOptions> = { base: true, minEvents: true, alpha: true };
const MAX_FOLLOWED = 1000;
/** The probability that a guard ever turns a variant off that is no worse, until its flag is changed. */
const GUARD_ALPHA = 0.01;
/** Above this share of rows that nobody has read, what is known of the others is no coverage. */
const MAX_LOST = 0.05;

/** The sums of all flags that are followed. */
export class FlagWatch {
  readonly #rows: EventStore;
  readonly #fieldOf: (key: string) => string;
  readonly #starts: ReadonlyMap<string, number>;
  readonly #followed = new Map<string, FlagSums>();
  /** For guards: without the requests of times when they don't act. */
  readonly #guarded = new Map<string, FlagSums>();
  /** The row with which guards begin at the earliest. */
  #least = 0;

  /**
   * Follows the rows of a store.
   *
   * @param starts with which row a guarded flag begins
   * @param fieldOf the field of a row that holds the variant of a flag
   */
  constructor(
    rows: EventStore,
    starts: ReadonlyMap<string, number>,
    fieldOf: (key: string) => string,
  ) {
    this.#rows = rows;
    this.#fieldOf = fieldOf;
    this.#starts = starts;
  }

  /**
   * What a flag does to requests; followed from the first call on, beginning with the rows that are held.
   *
   * @throws {TypeError} for an option that is unknown or of the wrong kind
   * @throws {RangeError} for an option out of range
   */
  effect(key: string, base: string | undefined, options: EffectOptions): FlagEffect {
    const what = `compare variants of ${shown(key)}`;
    refuseUnknown(what, options, KNOWN);
    checkWhole(what, "minEvents", options.minEvents ?? 200, 2);
    checkNumber(what, "alpha", options.alpha ?? 0.05, 1e-9, 0.5);
    const sums = this.#follow(this.#followed, key, this.#rows.first);
    return effectOf(key, sums, base, options);
  }

  /** Begins anew: the requests of before were given another flag. */
  reset(key: string): void {
    if (this.#followed.has(key)) this.#followed.set(key, this.#sums(key, this.#rows.next));
    this.#guarded.delete(key);
  }

  /** Guards begin anew with the next request. */
  disregard(): void {
    this.#least = this.#rows.next;
    this.#guarded.clear();
  }

  /** The variants that guards find to fail more than others. Follows the flags that have one. */
  trips(flags: Iterable<Flag>): Trip[] {
    const trips: Trip[] = [];
    for (const { key, guard, base } of flags) {
      if (guard === undefined) continue;
      const from = Math.max(this.#least, this.#starts.get(key) ?? this.#rows.next);
      const sums = this.#follow(this.#guarded, key, from);
      if (sums.lostShare > MAX_LOST) continue;
      const alpha = GUARD_ALPHA / Math.max(1, sums.variants.size - 1);
      for (const variant of sums.variants.keys()) {
        // The default takes the place of what is turned off.
        const trip = variant === base ? undefined : tripOf(key, variant, sums, guard, alpha);
        if (trip !== undefined) trips.push(trip);
      }
    }
    return trips;
  }

  #follow(followed: Map<string, FlagSums>, key: string, from: number): FlagSums {
    let sums = followed.get(key);
    if (sums === undefined) {
      sums = this.#sums(key, from);
      if (followed.size < MAX_FOLLOWED) followed.set(key, sums);
    }
    sums.update(this.#rows);
    return sums;
  }

  #sums(key: string, from: number): FlagSums {
    return new FlagSums(this.#fieldOf(key), from);
  }
}

function tripOf(
  key: string,
  variant: string,
  sums: FlagSums,
  { errors: factor, minEvents = 200 }: FlagGuard,
  alpha: number,
): Trip | undefined {
  const { requests, errors } = sums.variants.get(variant)!, other = sums.others(variant);
  if (requests < minEvents || other.requests < minEvents) return undefined;
  const share = { count: errors, total: requests };
  const interval = shareDifference(
    share,
    { count: other.errors, total: other.requests },
    factor,
    alpha,
  );
  if (!(interval.low > 0)) return undefined;
  const { requests: otherRequests, errors: otherErrors } = other;
  return { key, variant, requests, errors, otherRequests, otherErrors, interval };
}
