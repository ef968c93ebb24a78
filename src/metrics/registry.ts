/**
 * The registry: where instruments are made and read.
 *
 * @module
 */
import { type Clock, systemClock } from "../core/clock.ts";
import { Faults } from "../core/faults.ts";
import { Counter } from "./counter.ts";
import type { Definition, Metric } from "./definition.ts";
import type { Family } from "./family.ts";
import { Gauge } from "./gauge.ts";
import { Histogram } from "./histogram.ts";
import { Layout } from "./layout.ts";
import { checkNames } from "./name.ts";
import { negotiate } from "./negotiate.ts";
import { encodeOpenMetrics } from "./openmetrics.ts";
import { encodeText } from "./text.ts";

/** Options of every instrument. */
export interface MetricOptions {
  /** The most series; past it, new label sets share one overflow series. */
  readonly maxSeries?: number | undefined;
  /** The base unit, which the name must end in (before `_total`): `seconds`, `bytes`. */
  readonly unit?: string | undefined;
}

/** Options of a counter. */
export interface CounterOptions extends MetricOptions {
  /** Links the newest sample of a series to its trace; off by default, it costs a look at the context. */
  readonly exemplars?: boolean | undefined;
}

/** Options of a gauge. */
export interface GaugeOptions<L extends string> extends MetricOptions {
  /** Sets the gauge at the moment of a scrape. May be async; a throw is counted, not passed on. */
  readonly collect?: ((gauge: Gauge<L>) => void | Promise<void>) | undefined;
}

/** Options of a histogram. */
export interface HistogramOptions extends MetricOptions {
  /** Upper bounds that text shows, ascending and finite; exact, whatever they are. */
  readonly buckets?: readonly number[] | undefined;
  /** 2^precision sub-buckets an octave, 0 to 8: 3 keeps a quantile within 5.9 %, 4 within 3.0 %. */
  readonly precision?: number | undefined;
  /** Links the newest observation of each octave to its trace; on by default. */
  readonly exemplars?: boolean | undefined;
}

/** Makes families at the moment of a scrape. */
export type Collector = () => readonly Family[] | Promise<readonly Family[]>;

/** Options of a registry. */
export interface RegistryOptions {
  /** The most series of each metric that does not say otherwise. 2000 by default. */
  readonly maxSeries?: number | undefined;
  /** How long a scrape waits for one collector. 5000 by default. */
  readonly collectorTimeoutMs?: number | undefined;
  /** The machine's unless a test says otherwise. */
  readonly clock?: Clock | undefined;
  /** Where what goes wrong is counted. */
  readonly faults?: Faults | undefined;
}

/** Numbers that a registry keeps about itself. */
export interface RegistryCounts {
  /** Samples dropped for their labels. */
  readonly badLabels: number;
  /** Samples dropped for their value. */
  readonly badValues: number;
  /** Samples that went to an overflow series. */
  readonly overflowed: number;
  /** Series held now, overflow series not counted. */
  readonly series: number;
}

/** One bound an octave, from about 1 ms to 64 s when the unit is seconds. */
const DEFAULT_BOUNDS: readonly number[] = Array.from({ length: 17 }, (_, i) => 2 ** (i - 10));

/**
 * Makes instruments and reads them.
 *
 * A name registered twice with the same type, labels and options gives the same instrument; with
 * another shape it is a `TypeError`, as is a name that Prometheus can't read.
 *
 * @example Register, count, scrape
 * ```ts
 * import { Registry } from "@telltale/telltale/metrics";
 * import assert from "node:assert/strict";
 *
 * const registry = new Registry({ maxSeries: 100 });
 * registry.counter("jobs_total", "Jobs done").inc();
 *
 * const response = await registry.scrape();
 * assert.equal(await response.text(), "# HELP jobs_total Jobs done\n# TYPE jobs_total counter\njobs_total 1\n");
 * ```
 */
export class Registry {
  readonly #metrics = new Map<string, { metric: Metric; shape: string }>();
  /** Every name that some line of a page may begin with, and the metric it belongs to. */
  readonly #claims = new Map<string, string>();
  readonly #collectors = new Set<Collector>();
  readonly #layouts = new Map<string, Layout>();
  readonly #maxSeries: number;
  readonly #collectorTimeoutMs: number;
  readonly #clock: Clock;
  /** Where what goes wrong is counted. */
  readonly faults: Faults;

  /** Throws a `RangeError` for a cap that is no whole number from 1. */
  constructor(options: RegistryOptions = {}) {
    this.#maxSeries = options.maxSeries ?? 2000;
    if (!Number.isInteger(this.#maxSeries) || this.#maxSeries < 1) {
      throw new RangeError(
        `Cannot create registry: maxSeries must be a whole number from 1, not ${options.maxSeries}`,
      );
    }
    this.#collectorTimeoutMs = options.collectorTimeoutMs ?? 5000;
    this.#clock = options.clock ?? systemClock;
    this.faults = options.faults ?? new Faults();
  }

  /** A number that only goes up. */
  counter<const L extends string = never>(
    name: string,
    help: string,
    labels: readonly L[] = [],
    options: CounterOptions = {},
  ): Counter<L> {
    const base = name.replace(/_total$/, "");
    const claims = [name, base, `${base}_total`, `${base}_created`];
    const definition = this.#define("counter", name, help, labels, [], options, false);
    return this.#register("counter", definition, options, claims, () => new Counter<L>(definition));
  }

  /** A number that goes up and down. */
  gauge<const L extends string = never>(
    name: string,
    help: string,
    labels: readonly L[] = [],
    options: GaugeOptions<L> = {},
  ): Gauge<L> {
    const definition = this.#define("gauge", name, help, labels, [], options, false);
    return this.#register("gauge", definition, options, [name], () => {
      const gauge = new Gauge<L>(definition);
      const { collect } = options;
      if (collect !== undefined) {
        this.#collectors.add(async () => {
          await collect(gauge);
          return [];
        });
      }
      return gauge;
    });
  }

  /** The spread of values. */
  histogram<const L extends string = never>(
    name: string,
    help: string,
    labels: readonly L[] = [],
    options: HistogramOptions = {},
  ): Histogram<L> {
    const claims = ["", "_bucket", "_sum", "_count", "_created"].map((suffix) => name + suffix);
    const definition = this.#define("histogram", name, help, labels, ["le"], options, true);
    return this.#register(
      "histogram",
      definition,
      options,
      claims,
      () => new Histogram<L>(definition, this.#layout(options)),
    );
  }

  /** Adds a source of whole families; returns what takes it away again. */
  collector(collect: Collector): () => void {
    if (typeof collect !== "function") {
      throw new TypeError(`Cannot add collector: ${typeof collect} is not a function`);
    }
    this.#collectors.add(collect);
    return () => {
      this.#collectors.delete(collect);
    };
  }

  /**
   * Everything at this moment, as data. A collector that throws or is late is left out and counted;
   * the others and all instruments are there all the same.
   */
  async collect(): Promise<Family[]> {
    const made = await Promise.all([...this.#collectors].map((collect) => this.#run(collect)));
    const families: Family[] = [];
    for (const { metric } of this.#metrics.values()) families.push(metric.family());
    for (const family of made.flat()) {
      if (this.#claims.has(family.name) || families.some((other) => other.name === family.name)) {
        const error = new TypeError(`Left out family "${family.name}": the name is taken`);
        this.faults.record("collector", error, `collector ${family.name}`);
      } else families.push(family);
    }
    return families;
  }

  /** Everything at this moment, in the format that the request's `Accept` header asks for. */
  async scrape(request?: Request): Promise<Response> {
    const { format, contentType } = negotiate(request?.headers.get("accept") ?? null);
    const families = await this.collect();
    const page = format === "text" ? encodeText(families) : encodeOpenMetrics(families);
    return new Response(request?.method === "HEAD" ? null : page, {
      headers: { "content-type": contentType },
    });
  }

  /** Numbers about the registry itself. */
  get counts(): RegistryCounts {
    const counts = { badLabels: 0, badValues: 0, overflowed: 0, series: 0 };
    for (const { metric } of this.#metrics.values()) {
      const { tally } = metric.definition;
      counts.badLabels += tally.badLabels;
      counts.badValues += tally.badValues;
      counts.overflowed += tally.overflowed;
      counts.series += metric.size;
    }
    return counts;
  }

  #define(
    type: string,
    name: string,
    help: string,
    labels: readonly string[],
    reserved: readonly string[],
    options: CounterOptions | HistogramOptions,
    exemplars: boolean,
  ): Definition {
    const what = `${type} "${name}"`;
    checkNames(what, name, labels, reserved, false);
    if (typeof help !== "string") throw new TypeError(`Cannot register ${what}: help must be text`);
    const { unit } = options;
    if (unit !== undefined && !name.replace(/_total$/, "").endsWith(`_${unit}`)) {
      throw new TypeError(`Cannot register ${what}: name must end in its unit "_${unit}"`);
    }
    return {
      name,
      help,
      labels: Object.freeze([...labels]),
      unit,
      maxSeries: options.maxSeries ?? this.#maxSeries,
      exemplars: options.exemplars ?? exemplars,
      clock: this.#clock,
      faults: this.faults,
      tally: { badLabels: 0, badValues: 0, overflowed: 0 },
    };
  }

  #register<M extends Metric>(
    type: string,
    { name, labels }: Definition,
    options: MetricOptions,
    claims: readonly string[],
    make: () => M,
  ): M {
    const shape = JSON.stringify([type, labels, options]);
    const known = this.#metrics.get(name);
    if (known?.shape === shape) return known.metric as M;
    if (known !== undefined) {
      throw new TypeError(
        `Cannot register ${type} "${name}": it is there already with another shape`,
      );
    }
    for (const claim of claims) {
      const owner = this.#claims.get(claim);
      if (owner !== undefined) {
        throw new TypeError(`Cannot register ${type} "${name}": "${claim}" belongs to "${owner}"`);
      }
    }
    const metric = make();
    for (const claim of claims) this.#claims.set(claim, name);
    this.#metrics.set(name, { metric, shape });
    return metric;
  }

  /** Histograms of one shape share the bounds of their cells. */
  #layout({ precision = 3, buckets = DEFAULT_BOUNDS }: HistogramOptions): Layout {
    const key = JSON.stringify([precision, buckets]);
    let layout = this.#layouts.get(key);
    if (layout === undefined) this.#layouts.set(key, layout = new Layout(precision, buckets));
    return layout;
  }

  async #run(collect: Collector): Promise<readonly Family[]> {
    let cancel = () => {};
    const late = new Promise<never>((_, reject) => {
      cancel = this.#clock.after(
        this.#collectorTimeoutMs,
        () => reject(new Error(`Collector took longer than ${this.#collectorTimeoutMs} ms`)),
      );
    });
    try {
      const families = await Promise.race([collect(), late]);
      if (!families.every(isFamily)) throw new TypeError("Collector gave what is no family");
      return families;
    } catch (error) {
      this.faults.record("collector", error);
      return [];
    } finally {
      cancel();
    }
  }
}

function isFamily(family: Family): boolean {
  return typeof family.name === "string" && typeof family.help === "string" &&
    Array.isArray(family.samples);
}
