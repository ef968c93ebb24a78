/**
 * The registry: makes instruments and reads them.
 *
 * @module
 */
import { checkFunction } from "../core/check.ts";
import { systemClock } from "../core/clock.ts";
import { load } from "../core/context.ts";
import { ASYNC_DISPOSE } from "../core/dispose.ts";
import { Faults } from "../core/faults.ts";
import type { ScrapeAnswers } from "./answer.ts";
import { type AnyMetric, Catalogue, type RegistryCounts } from "./catalogue.ts";
import type { FullMetric } from "./full.ts";
import type { Cluster, ClusterChannel, ClusterOptions } from "./cluster/cluster.ts";
import type { Collector, Source } from "./collectors.ts";
import type { Family } from "./data/family.ts";
import {
  argumentsOf,
  type Common,
  define,
  histogramShape,
  statesOf,
  summaryWindow,
} from "./define.ts";
import { Layout } from "./instrument/bucket_layout.ts";
import { Counter } from "./instrument/counter.ts";
import { Gauge } from "./instrument/gauge.ts";
import { Histogram } from "./instrument/histogram.ts";
import { Info } from "./instrument/info.ts";
import type { CollectOptions } from "./instrument/metric.ts";
import { StateSet } from "./instrument/state_set.ts";
import { Summary } from "./instrument/summary.ts";
import {
  checkClusterOptions,
  checkRegistryOptions,
  type CounterOptions,
  DEFAULT_FORM,
  type GaugeOptions,
  type HistogramOptions,
  type MetricOptions,
  type RegistryOptions,
  type SummaryOptions,
} from "./options.ts";
import type { Readable, readFamilies } from "./reading.ts";

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
  readonly #options: RegistryOptions & Common;
  readonly #cluster: Promise<Cluster | undefined> | undefined;
  readonly #layouts = new Map<string, Layout>();
  #read: typeof readFamilies | undefined;
  #answers: ScrapeAnswers | undefined;
  /** Counts what goes wrong inside. */
  readonly faults: Faults;

  /**
   * Makes a registry, and joins its cluster if it has one.
   *
   * @throws {TypeError} for an unknown option, or one of the wrong kind
   * @throws {RangeError} for an option that is out of range
   */
  constructor(options: RegistryOptions = {}) {
    checkRegistryOptions(options);
    const { histograms = DEFAULT_FORM, cluster = false, clock = systemClock } = options;
    this.faults = options.faults ?? new Faults();
    this.#options = { ...options, histograms, clock, faults: this.faults };
    if (cluster !== false) this.#cluster = this.#join(cluster === true ? {} : cluster);
  }

  /** A number that only goes up. */
  counter(name: string, help: string, options: CounterOptions): Counter;
  /** A number that only goes up, with labels. */
  counter<const L extends string = never>(
    name: string,
    help: string,
    labels?: readonly L[],
    options?: CounterOptions,
  ): Counter<L>;
  counter<L extends string>(
    name: string,
    help: string,
    third?: readonly L[] | CounterOptions,
    fourth?: CounterOptions,
  ): Counter<L> {
    const { labels, options } = argumentsOf(third, fourth);
    const definition = define("counter", name, help, labels, options, this.#options);
    return this.#catalogue.register(definition, {}, () => new Counter<L>(definition));
  }

  /** A number that goes up and down. */
  gauge(name: string, help: string, options: GaugeOptions<never>): Gauge;
  /** A number that goes up and down, with labels. */
  gauge<const L extends string = never>(
    name: string,
    help: string,
    labels?: readonly L[],
    options?: GaugeOptions<L>,
  ): Gauge<L>;
  gauge<L extends string>(
    name: string,
    help: string,
    third?: readonly L[] | GaugeOptions<L>,
    fourth?: GaugeOptions<L>,
  ): Gauge<L> {
    const { labels, options } = argumentsOf(third, fourth);
    const definition = define("gauge", name, help, labels, options, this.#options);
    const { collect } = options;
    return this.#catalogue.register(definition, { collect }, () => {
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
  histogram(name: string, help: string, options: HistogramOptions): Histogram;
  /** The spread of values, with labels. */
  histogram<const L extends string = never>(
    name: string,
    help: string,
    labels?: readonly L[],
    options?: HistogramOptions,
  ): Histogram<L>;
  histogram<L extends string>(
    name: string,
    help: string,
    third?: readonly L[] | HistogramOptions,
    fourth?: HistogramOptions,
  ): Histogram<L> {
    const { labels, options } = argumentsOf(third, fourth);
    const definition = define("histogram", name, help, labels, options, this.#options);
    const shape = histogramShape(name, options);
    return this.#catalogue.register(definition, shape, () => {
      const layout = this.#layout(name, shape.precision, shape.buckets);
      return new Histogram<L>(definition, layout, shape);
    });
  }

  /** Quantiles over a sliding window. */
  summary(name: string, help: string, options: SummaryOptions): Summary;
  /** Quantiles over a sliding window, with labels. */
  summary<const L extends string = never>(
    name: string,
    help: string,
    labels?: readonly L[],
    options?: SummaryOptions,
  ): Summary<L>;
  summary<L extends string>(
    name: string,
    help: string,
    third?: readonly L[] | SummaryOptions,
    fourth?: SummaryOptions,
  ): Summary<L> {
    const { labels, options } = argumentsOf(third, fourth);
    const definition = define("summary", name, help, labels, options, this.#options);
    const window = summaryWindow(name, options);
    return this.#catalogue.register(definition, window, () => {
      return new Summary<L>(definition, this.#layout(name, 4, []), window);
    });
  }

  /** Facts that do not change, as the labels of a 1. The name must end in `_info`. */
  info<const L extends string = never>(
    name: string,
    help: string,
    labels: readonly L[] = [],
  ): Info<L> {
    const definition = define("info", name, help, labels, {}, this.#options);
    return this.#catalogue.register(definition, {}, () => new Info<L>(definition));
  }

  /** Which of some states are on. */
  stateSet<const T extends string, const L extends string = never>(
    name: string,
    help: string,
    states: readonly T[],
    labels: readonly L[] = [],
    options: MetricOptions = {},
  ): StateSet<T, L> {
    const definition = define("stateset", name, help, labels, options, this.#options);
    const kept = statesOf(name, states);
    return this.#catalogue.register(definition, { states: kept }, () => {
      return new StateSet<T, L>(definition, kept);
    });
  }

  /** Adds a collector: a function that makes whole families at a scrape. Returns what removes it. */
  collector(collect: Collector): () => void {
    checkFunction("add collector", "collect", collect);
    const source: Source = { collect, answer: undefined };
    this.#sources.add(source);
    return () => void this.#sources.delete(source);
  }

  /**
   * Everything at this moment, as data. A collector that throws or is late is left out and counted;
   * the other collectors and all instruments are present all the same.
   */
  async collect(options: CollectOptions = {}): Promise<Family[]> {
    return await (this.#read ?? await this.#loadReading())(this.#readable, options);
  }

  /**
   * Every instrument at this moment, without waiting and so without collectors: for a process that is
   * about to end.
   */
  collectNow(options: CollectOptions = {}): Family[] {
    return this.#catalogue.all.map((metric) => metric.family(options));
  }

  /**
   * Everything at this moment, of all members where there is a cluster; with native histograms.
   *
   * @internal
   */
  protected async collectAll(): Promise<Family[]> {
    return await (await this.#cluster)?.collect() ?? await this.collect({ native: true });
  }

  /**
   * Every instrument, in the order of registration.
   *
   * @internal
   */
  protected get instruments(): readonly AnyMetric[] {
    return this.#catalogue.all;
  }

  /**
   * Everything at this moment, in the format that the request's `Accept` header asks for: text,
   * OpenMetrics or protobuf, gzipped when that is accepted. `?name[]=…` asks for some families only.
   * Scrapes at one time share one rendering; past `maxScrapes` the answer is 503. Never rejects:
   * metrics that can't be read are a 500 and a fault.
   */
  async scrape(request?: Request): Promise<Response> {
    try {
      return await (this.#answers ?? await this.#loadAnswers()).to(request);
    } catch (error) {
      this.faults.record("scrape", error);
      return new Response("The metrics could not be read\n", { status: 500 });
    }
  }

  /** A channel to the other members of the cluster; undefined where there is none. */
  async channel(topic: string): Promise<ClusterChannel | undefined> {
    return (await this.#cluster)?.channel(topic);
  }

  /** Leaves the cluster, if it is in one: its counts stay in the cluster's sums. Safe to call twice. */
  async close(): Promise<void> {
    await (await this.#cluster)?.close();
  }

  /** {@linkcode Registry.close}, for `await using`. */
  [ASYNC_DISPOSE](): Promise<void> {
    return this.close();
  }

  /** Numbers about the registry itself. */
  get counts(): RegistryCounts {
    return this.#catalogue.counts();
  }

  /** The metrics at their cap, whose further series are added up in one. */
  async full(): Promise<FullMetric[]> {
    const { fullOf } = await load(() => import("./full.ts"));
    return fullOf(this.#catalogue.all);
  }

  get #readable(): Readable {
    const catalogue = this.#catalogue, sources = this.#sources, cluster = this.#cluster;
    return { ...this.#options, catalogue, sources, cluster };
  }

  async #loadReading(): Promise<typeof readFamilies> {
    return this.#read ??= (await load(() => import("./reading.ts"))).readFamilies;
  }

  /** The code that writes pages is loaded by the first scrape: OTLP export does without it. */
  async #loadAnswers(): Promise<ScrapeAnswers> {
    const { ScrapeAnswers } = await load(() => import("./answer.ts"));
    return this.#answers ??= new ScrapeAnswers(this.#readable, this.#options);
  }

  /** Throws for an option that can't work; without its code, the registry stands alone. */
  #join(options: ClusterOptions): Promise<Cluster | undefined> {
    checkClusterOptions(options);
    const { histograms, clock, faults } = this.#options;
    const own = () => this.collect({ native: true, histograms });
    return load(() =>
      import("./cluster/cluster.ts")
        .then(({ Cluster }) => new Cluster(own, { ...options, clock, faults }))
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
