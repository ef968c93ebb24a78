/**
 * Reads a registry: everything at one moment, with other work in between, as data or as a page.
 *
 * @module
 */
import type { Clock } from "../core/clock.ts";
import { load } from "../core/context.ts";
import type { Faults } from "../core/faults.ts";
import type { Redactor } from "../core/redact/redactor.ts";
import type { Catalogue } from "./catalogue.ts";
import type { Cluster } from "./cluster/cluster.ts";
import { Collectors, type Source } from "./collectors.ts";
import type { Family } from "./data/family.ts";
import { type CollectOptions, type Frozen, frozen } from "./instrument/metric.ts";
import { Pause } from "../core/pause.ts";
import type { ScrapeOptions, Scraper } from "./scrape.ts";

/** What is read, and how. */
export interface ReaderOptions extends ScrapeOptions {
  /** The instruments. */
  readonly catalogue: Catalogue;
  /** The collectors there are at the time of a reading. */
  readonly sources: Iterable<Source>;
  /** Whose families a scrape shows together with these. */
  readonly cluster: Promise<Cluster | undefined> | undefined;
  /** How long a reading waits for one collector; 5000 by default. */
  readonly collectorTimeoutMs?: number | undefined;
  readonly clock: Clock;
  readonly faults: Faults;
  /** What is hidden in the exemplars that collectors give. */
  readonly redactor?: Redactor | undefined;
}

/** Reads instruments and collectors. */
export class Reader {
  readonly #options: ReaderOptions;
  readonly #collectors: Collectors;
  #scraper: Scraper | undefined;

  constructor(options: ReaderOptions) {
    const { sources, collectorTimeoutMs = 5000, clock, faults, redactor } = options;
    this.#options = options;
    this.#collectors = new Collectors(sources, collectorTimeoutMs, clock, faults, redactor);
  }

  /** Everything at this moment. */
  async collect(options: CollectOptions): Promise<Family[]> {
    const pause = this.#pause();
    const families: Family[] = [];
    for (const family of await this.#freeze(options)) families.push(await thaw(family, pause));
    return families;
  }

  /** Everything at this moment as a page; rejects when it can't be read. */
  async scrape(request: Request | undefined): Promise<Response> {
    return await (this.#scraper ?? await this.#loadScraper()).answer(request);
  }

  /** What writes pages is loaded by the first who scrapes: who exports by OTLP has no need of it. */
  async #loadScraper(): Promise<Scraper> {
    const { Scraper } = await load(() => import("./scrape.ts"));
    const { clock, faults } = this.#options;
    const freeze = (wanted: CollectOptions) => this.#freezeAll(wanted);
    return this.#scraper ??= new Scraper(freeze, faults, clock, this.#options);
  }

  /** All members' families where there is a cluster. */
  async #freezeAll(options: CollectOptions): Promise<Frozen[]> {
    const cluster = await this.#options.cluster;
    return cluster === undefined ? this.#freeze(options) : (await cluster.collect()).map(asFrozen);
  }

  /** Everything at this moment, its samples yet to be made. */
  async #freeze(options: CollectOptions): Promise<Frozen[]> {
    const { catalogue } = this.#options;
    const made = await this.#collectors.collect((name) => catalogue.has(name));
    const pause = this.#pause();
    const own: Frozen[] = [];
    for (const metric of catalogue.all) {
      metric.sweep();
      const family = metric.freeze(options);
      await fix(family, pause);
      if (pause.isDue) await pause.take();
      own.push(family);
    }
    return [...own, ...made.map((family) => asFrozen(shaped(family, options.histograms)))];
  }

  #pause(): Pause {
    return new Pause(() => this.#options.clock.monotonic());
  }
}

/** A family that a collector made, in the shape that is wanted as far as it has that. */
function shaped(family: Family, form: CollectOptions["histograms"]): Family {
  if (family.type !== "histogram" || form === undefined || form === "both") return family;
  const samples = family.samples.map((sample) => {
    if (form === "classic") return { ...sample, native: undefined };
    return sample.native === undefined ? sample : { ...sample, bounds: [], buckets: [] };
  });
  return { ...family, samples };
}

function asFrozen({ samples, ...head }: Family): Frozen {
  return frozen<Family>(head, samples);
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
