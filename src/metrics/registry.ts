/**
 * The registry: where instruments are made and read.
 *
 * @module
 */
import { type Clock, systemClock } from "../core/clock.ts";
import { Faults } from "../core/faults.ts";
import { Counter } from "./counter.ts";
import { Cluster, type ClusterOptions } from "./cluster.ts";
import type { Aggregation, Family } from "./family.ts";
import { Gauge } from "./gauge.ts";
import { Histogram } from "./histogram.ts";
import { Info } from "./info.ts";
import { Layout } from "./layout.ts";
import {
  type CollectOptions,
  type Definition,
  type Frozen,
  frozen,
  type Metric,
  thaw,
} from "./metric.ts";
import { checkNames } from "./name.ts";
import { DEFAULT_NATIVE_LIMITS, type NativeLimits } from "./native.ts";
import { Pause } from "./pause.ts";
import { type ScrapeOptions, Scraper } from "./scrape.ts";
import type { Series } from "./series.ts";
import { StateSet } from "./state_set.ts";
import { Summary } from "./summary.ts";

/** Options of every instrument. */
export interface MetricOptions {
  /** The most series; past it, new label sets share one overflow series. */
  readonly maxSeries?: number | undefined;
  /** Forgets a series this long after its last sample, unless somebody holds a handle to it. */
  readonly ttlMs?: number | undefined;
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
  /** How the values of several members of a cluster become one; `sum` by default. */
  readonly aggregation?: Aggregation | undefined;
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
  /** What keeps the native histogram that protobuf shows from having too many buckets. */
  readonly native?: Partial<NativeLimits> | undefined;
}

/** Options of a summary. */
export interface SummaryOptions extends MetricOptions {
  /** Quantiles to show; 0.5, 0.9 and 0.99 by default. */
  readonly quantiles?: readonly number[] | undefined;
  /** How long an observation counts for quantiles; ten minutes by default. */
  readonly maxAgeMs?: number | undefined;
  /** In how many steps the window slides, 1 to 20; 5 by default. An observation costs as many. */
  readonly ageBuckets?: number | undefined;
}

/** Makes families at the moment of a scrape. May be async; what is late is left out. */
export type Collector = () => readonly Family[] | Promise<readonly Family[]>;

/** Options of a registry. */
export interface RegistryOptions extends ScrapeOptions {
  /** The most series of each metric that does not say otherwise. 2000 by default. */
  readonly maxSeries?: number | undefined;
  /**
   * Which names may be registered: `legacy` ones, which every Prometheus reads, or any well-formed
   * text (`utf-8`), which Prometheus 3 reads as it is and others get escaped. `legacy` by default.
   */
  readonly names?: "legacy" | "utf-8" | undefined;
  /**
   * Makes this registry one of several: a scrape of any gives the sum of all isolates of the process
   * (`true`), or of all processes at a unix socket. End it with `close`.
   */
  readonly cluster?: boolean | ClusterOptions | undefined;
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

/** What the registry asks of a metric, whatever its labels. */
type AnyMetric = Pick<
  Metric<never, Series>,
  "definition" | "size" | "sweep" | "freeze" | "family"
>;

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
  readonly #metrics = new Map<string, { metric: AnyMetric; shape: string }>();
  /** Every name that some line of a page may begin with, and the metric it belongs to. */
  readonly #claims = new Map<string, string>();
  readonly #collectors = new Set<Collector>();
  readonly #scraper: Scraper;
  readonly #cluster: Cluster | undefined;
  readonly #utf8: boolean;
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
    this.#utf8 = options.names === "utf-8";
    this.#cluster = options.cluster === undefined || options.cluster === false
      ? undefined
      : new Cluster((wanted) => this.collect(wanted), {
        ...options.cluster === true ? {} : options.cluster,
        clock: this.#clock,
        faults: this.faults,
      });
    this.#scraper = new Scraper((wanted) => this.#freezeAll(wanted), options);
  }

  /** A number that only goes up. */
  counter<const L extends string = never>(
    name: string,
    help: string,
    labels: readonly L[] = [],
    options: CounterOptions = {},
  ): Counter<L> {
    const definition = this.#define("counter", name, help, labels, [], options, false);
    const base = name.replace(/_total$/, "");
    const claims = [name, base, `${base}_total`, `${base}_created`];
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
    const definition = this.#define("histogram", name, help, labels, ["le"], options, true);
    const claims = ["", "_bucket", "_sum", "_count", "_created"].map((suffix) => name + suffix);
    return this.#register("histogram", definition, options, claims, () => {
      const limits = { ...DEFAULT_NATIVE_LIMITS, ...options.native };
      return new Histogram<L>(definition, this.#layout(options.precision, options.buckets), limits);
    });
  }

  /** Quantiles over a sliding window. */
  summary<const L extends string = never>(
    name: string,
    help: string,
    labels: readonly L[] = [],
    options: SummaryOptions = {},
  ): Summary<L> {
    const definition = this.#define("summary", name, help, labels, ["quantile"], options, false);
    const { quantiles = [0.5, 0.9, 0.99], maxAgeMs = 600_000, ageBuckets = 5 } = options;
    if (!quantiles.every((q) => q >= 0 && q <= 1)) {
      throw new RangeError(`Cannot register summary "${name}": quantiles must be 0 to 1`);
    }
    if (!(maxAgeMs > 0) || !Number.isInteger(ageBuckets) || ageBuckets < 1 || ageBuckets > 20) {
      throw new RangeError(
        `Cannot register summary "${name}": maxAgeMs must be positive and ageBuckets 1 to 20`,
      );
    }
    const claims = ["", "_sum", "_count", "_created"].map((suffix) => name + suffix);
    return this.#register("summary", definition, options, claims, () => {
      return new Summary<L>(definition, this.#layout(4, []), { quantiles, maxAgeMs, ageBuckets });
    });
  }

  /** Facts that do not change, as labels of a 1. The name must end in `_info`. */
  info<const L extends string = never>(
    name: string,
    help: string,
    labels: readonly L[] = [],
  ): Info<L> {
    const definition = this.#define("info", name, help, labels, [], {}, false);
    if (!name.endsWith("_info")) {
      throw new TypeError(`Cannot register info "${name}": name must end in "_info"`);
    }
    const claims = [name, name.replace(/_info$/, "")];
    return this.#register("info", definition, {}, claims, () => new Info<L>(definition));
  }

  /** Which of some states are on. */
  stateSet<const T extends string, const L extends string = never>(
    name: string,
    help: string,
    states: readonly T[],
    labels: readonly L[] = [],
    options: MetricOptions = {},
  ): StateSet<T, L> {
    const definition = this.#define("stateset", name, help, labels, [name], options, false);
    if (states.length === 0 || new Set(states).size !== states.length) {
      throw new TypeError(
        `Cannot register stateset "${name}": states must be distinct, at least one`,
      );
    }
    const shape = { ...options, states };
    return this.#register("stateset", definition, shape, [name], () => {
      return new StateSet<T, L>(definition, states);
    });
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
  async collect(options: CollectOptions = {}): Promise<Family[]> {
    const pause = new Pause();
    const families: Family[] = [];
    for (const family of await this.#freeze(options)) families.push(await thaw(family, pause));
    return families;
  }

  /**
   * Every instrument at this moment, without waiting and so without collectors: for a process that is
   * ending, which has no time for more.
   */
  collectNow(options: CollectOptions = {}): Family[] {
    return [...this.#metrics.values()].map(({ metric }) => metric.family(options));
  }

  async #freeze(options: CollectOptions): Promise<Frozen[]> {
    const made = await Promise.all([...this.#collectors].map((collect) => this.#run(collect)));
    const families: Frozen[] = [];
    for (const { metric } of this.#metrics.values()) {
      metric.sweep();
      families.push(metric.freeze(options));
    }
    const names = new Set<string>();
    for (const { samples, ...head } of made.flat()) {
      if (this.#claims.has(head.name) || names.has(head.name)) {
        const error = new TypeError(`Left out family "${head.name}": the name is taken`);
        this.faults.record("collector", error, `collector ${head.name}`);
        continue;
      }
      names.add(head.name);
      families.push(frozen<Family>(head, samples));
    }
    return families;
  }

  /** All members' families where there is a cluster. */
  async #freezeAll(options: CollectOptions): Promise<Frozen[]> {
    if (this.#cluster === undefined) return this.#freeze(options);
    const families = await this.#cluster.collect();
    return families.map(({ samples, ...head }) => frozen<Family>(head, samples));
  }

  /**
   * Everything at this moment, in the format that the request's `Accept` header asks for: text,
   * OpenMetrics or protobuf, gzipped when that is accepted. `?name[]=…` asks for some families only.
   * Scrapes at one time share one rendering; past the cap the answer is 503. Never rejects.
   */
  scrape(request?: Request): Promise<Response> {
    return this.#scraper.answer(request);
  }

  /** Leaves the cluster, if there is one; what was counted here stays in its sums. */
  async close(): Promise<void> {
    await this.#cluster?.close();
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
    options: CounterOptions & { readonly aggregation?: Aggregation | undefined },
    exemplars: boolean,
  ): Definition {
    const what = `${type} "${name}"`;
    checkNames(what, name, labels, reserved, this.#utf8);
    if (typeof help !== "string") throw new TypeError(`Cannot register ${what}: help must be text`);
    const { unit, ttlMs } = options;
    if (ttlMs !== undefined && !(ttlMs > 0)) {
      throw new RangeError(`Cannot register ${what}: ttlMs must be positive, not ${ttlMs}`);
    }
    if (unit !== undefined && !name.replace(/_total$/, "").endsWith(`_${unit}`)) {
      throw new TypeError(`Cannot register ${what}: name must end in its unit "_${unit}"`);
    }
    return {
      name,
      help,
      labels: Object.freeze([...labels]),
      unit,
      aggregation: options.aggregation,
      maxSeries: options.maxSeries ?? this.#maxSeries,
      ttlMs,
      exemplars: options.exemplars ?? exemplars,
      clock: this.#clock,
      faults: this.faults,
      tally: { badLabels: 0, badValues: 0, overflowed: 0 },
    };
  }

  #register<M extends AnyMetric>(
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
  #layout(precision = 3, buckets = DEFAULT_BOUNDS): Layout {
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
