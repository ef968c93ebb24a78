/**
 * Reads a registry: everything at one moment, with other work in between.
 *
 * @module
 */
import type { Clock } from "../core/clock.ts";
import type { Faults } from "../core/faults.ts";
import type { Catalogue } from "./catalogue.ts";
import { Collectors, type Source } from "./collectors.ts";
import type { Family } from "./family.ts";
import { type CollectOptions, type Frozen, frozen } from "./metric.ts";
import { Pause } from "./pause.ts";

/** What is read, and how. */
export interface ReaderOptions {
  /** The instruments. */
  readonly catalogue: Catalogue;
  /** The collectors there are at the time of a reading. */
  readonly sources: Iterable<Source>;
  /** How long a reading waits for one collector. */
  readonly collectorTimeoutMs: number;
  readonly clock: Clock;
  readonly faults: Faults;
}

/** Reads instruments and collectors. */
export class Reader {
  readonly #catalogue: Catalogue;
  readonly #collectors: Collectors;
  readonly #clock: Clock;

  constructor({ catalogue, sources, collectorTimeoutMs, clock, faults }: ReaderOptions) {
    this.#catalogue = catalogue;
    this.#collectors = new Collectors(sources, collectorTimeoutMs, clock, faults);
    this.#clock = clock;
  }

  /** Everything at this moment, its samples yet to be made. */
  async freeze(options: CollectOptions): Promise<Frozen[]> {
    const made = await this.#collectors.collect((name) => this.#catalogue.has(name));
    const pause = this.#pause();
    const own: Frozen[] = [];
    for (const metric of this.#catalogue.all) {
      metric.sweep();
      const family = metric.freeze(options);
      await fix(family, pause);
      if (pause.isDue) await pause.take();
      own.push(family);
    }
    return [...own, ...made.map(({ samples, ...head }) => frozen<Family>(head, samples))];
  }

  /** Everything at this moment. */
  async collect(options: CollectOptions): Promise<Family[]> {
    const pause = this.#pause();
    const families: Family[] = [];
    for (const family of await this.freeze(options)) families.push(await thaw(family, pause));
    return families;
  }

  #pause(): Pause {
    return new Pause(() => this.#clock.monotonic());
  }
}

/** Series that are fixed before other work may run again. */
const FIXED_AT_ONCE = 256;

/**
 * Fixes a frozen family's numbers. That takes one go unless it would hold the event loop: then the
 * family is of one moment series by series only.
 */
export async function fix(family: Frozen, pause: Pause): Promise<void> {
  if (family.fix === undefined) return;
  for (let end = 0; end < family.length;) {
    end = Math.min(end + FIXED_AT_ONCE, family.length);
    family.fix(end);
    if (pause.isDue) await pause.take();
  }
}

/** The whole family; other work runs in between when it has many samples. */
async function thaw(family: Frozen, pause: Pause): Promise<Family> {
  const samples: Family["samples"][number][] = [];
  for (let i = 0; i < family.length; i++) {
    samples.push(family.sample(i));
    if (i % 128 === 127 && pause.isDue) await pause.take();
  }
  return { ...family.head, samples } as unknown as Family;
}
