/**
 * Guards: turn variants off whose requests fail.
 *
 * @module
 */
import type { Clock } from "../core/clock.ts";
import { load } from "../core/context.ts";
import type { Faults } from "../core/faults.ts";
import type { EffectOptions, FlagEffect } from "./effect/effect.ts";
import type { FlagWatch, Trip } from "./effect/watch.ts";
import type { FlagsOptions } from "./options.ts";
import { fieldOf } from "./rule/sight.ts";
import type { Table } from "./table.ts";

/** How often guards look. */
const EVERY_MS = 1000;

/** What guards need. */
export interface GuardParts {
  /** The flags. */
  readonly table: Table;
  /** Where it is reported; where the rows are. */
  readonly options: FlagsOptions;
  /** Source of time. */
  readonly clock: Clock;
  /** Counts what goes wrong inside. */
  readonly faults: Faults;
  /** Turns a variant off. */
  readonly turnOff: (key: string, variant: string) => void;
}

/** Looks at the rows of guarded flags every second. The code for it is loaded with the first guard. */
export class Guards {
  readonly #parts: GuardParts;
  /** The number of the row with which each flag begins: the code that reads rows is loaded later. */
  readonly #starts = new Map<string, number>();
  #watch: Promise<FlagWatch> | undefined;
  #loaded: FlagWatch | undefined;
  #cancel: (() => void) | undefined;
  #isClosed = false;
  #isWarned = false;
  /** Whether the service started or drained when it was last looked at. */
  #isHeld = false;

  /** Guards of a store of flags. */
  constructor(parts: GuardParts) {
    this.#parts = parts;
  }

  /** What a flag does to requests. */
  async effect(key: string, options: EffectOptions): Promise<FlagEffect> {
    if (this.#parts.options.events === undefined) {
      throw new TypeError(`Cannot compare variants of ${JSON.stringify(key)}: rows must be kept`);
    }
    return (await this.#load()).effect(key, this.#parts.table.flags.get(key)?.base, options);
  }

  /** Told of flags that were changed: what was learnt of them is of the past, and they may have a guard. */
  changed(keys: readonly string[]): void {
    const { events } = this.#parts.options;
    for (const key of keys) {
      if (events !== undefined) this.#starts.set(key, events.next);
      this.#loaded?.reset(key);
    }
    if (!this.#mayAct()) this.#isHeld = true;
    if (this.#cancel !== undefined || this.#isClosed || !this.#hasAny()) return;
    const { options, clock, faults } = this.#parts;
    if (options.events === undefined) {
      if (!this.#isWarned) options.log?.warn("flag guards see no requests: rows are not kept");
      this.#isWarned = true;
      return;
    }
    this.#cancel = clock.every(EVERY_MS, () => void this.look());
    this.#load().catch((error) => faults.record("flag guard", error));
  }

  /** Looks at once; resolves to the variants that were turned off. Never rejects. */
  async look(): Promise<readonly Trip[]> {
    const { table, options, faults, turnOff } = this.#parts;
    if (options.events === undefined || !this.#hasAny()) return [];
    try {
      const watch = await this.#load();
      if (this.#isClosed || this.#mustWait(watch)) return [];
      const trips = watch.trips(table.flags.values());
      for (const trip of trips) {
        this.#report(trip);
        turnOff(trip.key, trip.variant);
      }
      return trips;
    } catch (error) {
      faults.record("flag guard", error);
      return [];
    }
  }

  /** Ends it. */
  close(): void {
    this.#isClosed = true;
    this.#cancel?.();
  }

  /** Requests up to the first look at a service that runs count for nothing. */
  #mustWait(watch: FlagWatch): boolean {
    const mayAct = this.#mayAct(), mustWait = this.#isHeld || !mayAct;
    this.#isHeld = !mayAct;
    if (mustWait) watch.disregard();
    return mustWait;
  }

  /** Not while the service starts or drains: what fails then says nothing of a variant. */
  #mayAct(): boolean {
    const state = this.#parts.options.health?.snapshot();
    return state === undefined || state.startup === "UP" && !state.draining;
  }

  #hasAny(): boolean {
    for (const { guard } of this.#parts.table.flags.values()) if (guard !== undefined) return true;
    return false;
  }

  #load(): Promise<FlagWatch> {
    const { events } = this.#parts.options;
    return this.#watch ??= load(() => import("./effect/watch.ts")).then(({ FlagWatch }) =>
      this.#loaded = new FlagWatch(events!, this.#starts, fieldOf)
    );
  }

  #report({ key, variant, requests, errors, otherRequests, otherErrors }: Trip): void {
    const { log, metrics } = this.#parts.options;
    log?.warn("flag guard turned a variant off", {
      flag: key,
      variant,
      requests,
      errors,
      other_requests: otherRequests,
      other_errors: otherErrors,
    });
    metrics?.counter(
      "feature_flag_guard_trips_total",
      "Variants that a guard has turned off",
      ["flag", "variant"],
      { exemplars: false },
    ).inc({ flag: key, variant });
  }
}
