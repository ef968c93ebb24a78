/**
 * The registry: where instruments are made and read.
 *
 * @module
 */
import { check, checkFunction } from "../core/check.ts";
import { type Clock, systemClock } from "../core/clock.ts";
import { load } from "../core/context.ts";
import { Faults } from "../core/faults.ts";
import { Catalogue } from "./catalogue.ts";
import type { Cluster, ClusterOptions } from "./cluster/cluster.ts";
import type { Collector, Source } from "./collectors.ts";
import { Counter } from "./instrument/counter.ts";
import type { CollectOptions, Definition } from "./instrument/metric.ts";
import { clashOf } from "./data/escape.ts";
import type { Aggregation, Family } from "./data/family.ts";
import { Gauge } from "./instrument/gauge.ts";
import { Histogram } from "./instrument/histogram.ts";
import { Info } from "./instrument/info.ts";
import { Layout } from "./instrument/bucket_layout.ts";
import { checkNames } from "./data/names.ts";
import type { Reader } from "./reader.ts";
import {
  checkClusterOptions,
  checkMetricOptions,
  checkRegistryOptions,
  type CounterOptions,
  DEFAULT_FORM,
  type GaugeOptions,
  type HistogramOptions,
  histogramShape,
  type MetricOptions,
  type RegistryCounts,
  type RegistryOptions,
  type SummaryOptions,
  summaryWindow,
} from "./options.ts";
import { StateSet } from "./instrument/state_set.ts";
import { Summary } from "./instrument/summary.ts";

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
  readonly #catalogue = new Catalogue();
  readonly #sources = new Set<Source>();
  readonly #options: RegistryOptions;
  readonly #cluster: Promise<Cluster | undefined> | undefined;
  #reader: Reader | undefined;
  readonly #layouts = new Map<string, Layout>();
  readonly #clock: Clock;
  /** Where what goes wrong is counted. */
  readonly faults: Faults;

  /** Throws a `RangeError` or `TypeError` for an option that can't be. */
  constructor(options: RegistryOptions = {}) {
    checkRegistryOptions(options);
    this.#options = { ...options, histograms: options.histograms ?? DEFAULT_FORM };
    this.#clock = options.clock ?? systemClock;
    this.faults = options.faults ?? new Faults();
    const { cluster = false } = options;
    if (cluster !== false) this.#cluster = this.#join(cluster === true ? {} : cluster);
  }

  /** A number that only goes up. */
  counter<const L extends string = never>(
    name: string,
    help: string,
    labels: readonly L[] = [],
    options: CounterOptions = {},
  ): Counter<L> {
    const definition = this.#define("counter", name, help, labels, [], options, false);
    return this.#catalogue.register("counter", definition, {}, () => new Counter<L>(definition));
  }

  /** A number that goes up and down. */
  gauge<const L extends string = never>(
    name: string,
    help: string,
    labels: readonly L[] = [],
    options: GaugeOptions<L> = {},
  ): Gauge<L> {
    const definition = this.#define("gauge", name, help, labels, [], options, false);
    const { collect } = options;
    return this.#catalogue.register("gauge", definition, { collect }, () => {
      const gauge = new Gauge<L>(definition);
      if (collect !== undefined) {
        this.collector(async () => {
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
    const shape = histogramShape(`register histogram "${name}"`, options);
    return this.#catalogue.register("histogram", definition, shape, () => {
      const layout = this.#layout(name, shape.precision, shape.buckets);
      return new Histogram<L>(definition, layout, shape);
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
    const window = summaryWindow(`register summary "${name}"`, options);
    return this.#catalogue.register("summary", definition, window, () => {
      return new Summary<L>(definition, this.#layout(name, 4, []), window);
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
    return this.#catalogue.register("info", definition, {}, () => new Info<L>(definition));
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
    const isList: boolean = Array.isArray(states);
    const areDistinct = isList && states.length > 0 &&
      states.every((state) => typeof state === "string") && new Set(states).size === states.length;
    const rule = "states must be distinct texts, at least one";
    check(areDistinct, `register stateset "${name}"`, rule, states, TypeError);
    const kept = states.slice();
    return this.#catalogue.register("stateset", definition, { states: kept }, () => {
      return new StateSet<T, L>(definition, kept);
    });
  }

  /** Adds a source of whole families; returns what takes it away again. */
  collector(collect: Collector): () => void {
    checkFunction("add collector", "collect", collect);
    const source: Source = { collect, answer: undefined };
    this.#sources.add(source);
    return () => void this.#sources.delete(source);
  }

  /**
   * Everything at this moment, as data. A collector that throws or is late is left out and counted;
   * the others and all instruments are there all the same.
   */
  async collect(options: CollectOptions = {}): Promise<Family[]> {
    return await (this.#reader ?? await this.#loadReader()).collect(options);
  }

  /**
   * Every instrument at this moment, without waiting and so without collectors: for a process that is
   * ending, which has no time for more.
   */
  collectNow(options: CollectOptions = {}): Family[] {
    return this.#catalogue.all.map((metric) => metric.family(options));
  }

  /** What reads is loaded by the first who asks. */
  async #loadReader(): Promise<Reader> {
    const { Reader } = await load(() => import("./reader.ts"));
    return this.#reader ??= new Reader({
      ...this.#options,
      catalogue: this.#catalogue,
      sources: this.#sources,
      cluster: this.#cluster,
      clock: this.#clock,
      faults: this.faults,
    });
  }

  /**
   * Everything at this moment, in the format that the request's `Accept` header asks for: text,
   * OpenMetrics or protobuf, gzipped when that is accepted. `?name[]=…` asks for some families only.
   * Scrapes at one time share one rendering; past the cap the answer is 503. Never rejects:
   * what can't be read is a 500, and a fault.
   */
  async scrape(request?: Request): Promise<Response> {
    try {
      return await (this.#reader ?? await this.#loadReader()).scrape(request);
    } catch (error) {
      this.faults.record("scrape", error);
      return new Response("The metrics could not be read\n", { status: 500 });
    }
  }

  /** Leaves the cluster, if there is one; what was counted here stays in its sums. */
  async close(): Promise<void> {
    await (await this.#cluster)?.close();
  }

  /** Numbers about the registry itself. */
  get counts(): RegistryCounts {
    const counts = { badLabels: 0, badValues: 0, overflowed: 0, series: 0 };
    for (const { definition: { tally }, size } of this.#catalogue.all) {
      counts.badLabels += tally.badLabels;
      counts.badValues += tally.badValues;
      counts.overflowed += tally.overflowed;
      counts.series += size;
    }
    return counts;
  }

  #define(
    type: Family["type"],
    name: string,
    help: string,
    labels: readonly string[],
    reserved: readonly string[],
    options: CounterOptions & {
      readonly aggregation?: Aggregation | undefined;
      readonly collect?: GaugeOptions<never>["collect"];
    },
    exemplars: boolean,
  ): Definition {
    const what = `register ${type} "${String(name)}"`;
    check(Array.isArray(labels), what, "labels must be an array", labels, TypeError);
    checkNames(what, name, labels, reserved, this.#options.names === "utf-8");
    const clash = clashOf([...reserved, ...labels]);
    if (clash !== undefined) {
      throw new TypeError(
        `Cannot ${what}: label "${clash}" appears twice or is reserved once names are escaped`,
      );
    }
    check(typeof help === "string", what, "help must be text", help, TypeError);
    checkMetricOptions(what, name, options);
    const { unit, ttlMs } = options;
    return {
      name,
      help,
      labels: Object.freeze([...labels]),
      unit,
      aggregation: options.aggregation,
      maxSeries: options.maxSeries ?? this.#options.maxSeries ?? 2000,
      ttlMs,
      exemplars: options.exemplars ?? exemplars,
      clock: this.#clock,
      faults: this.faults,
      tally: { badLabels: 0, badValues: 0, overflowed: 0 },
    };
  }

  /** Throws for an option that can't work; without its code, the registry stands alone. */
  #join(options: ClusterOptions): Promise<Cluster | undefined> {
    checkClusterOptions(options);
    const { faults } = this, clock = this.#clock, { histograms } = this.#options;
    return load(() =>
      import("./cluster/cluster.ts")
        .then(({ Cluster }) =>
          new Cluster(() => this.collect({ native: true, histograms }), {
            ...options,
            clock,
            faults,
          })
        )
        .catch((error) => void faults.record("cluster", error))
    );
  }

  /** Histograms of one shape share the bounds of their cells. */
  #layout(name: string, precision: number, buckets: readonly number[]): Layout {
    const key = JSON.stringify([precision, buckets]);
    let layout = this.#layouts.get(key);
    if (layout === undefined) this.#layouts.set(key, layout = new Layout(precision, buckets, name));
    return layout;
  }
}
