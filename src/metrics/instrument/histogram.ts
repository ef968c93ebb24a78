/**
 * Histograms: the distribution of observations.
 *
 * @module
 */
import { DISPOSE } from "../../core/dispose.ts";
import { type Context, current } from "../../core/context.ts";
import { Cells, isCountable } from "./histogram_store.ts";
import type {
  HistogramFamily,
  HistogramForm,
  HistogramHeads,
  HistogramSample,
} from "../data/family.ts";
import type { Labels, LabelSet } from "../data/labels.ts";
import type { Layout } from "./bucket_layout.ts";
import { histogramHeads } from "../data/line.ts";
import { type Snapshot, snapshotOfSeries } from "../data/snapshot.ts";
import {
  type CollectOptions,
  type Definition,
  type LabelArguments,
  type LabelsOf,
  Metric,
  Series,
} from "./metric.ts";
import { hasTooMany, limitBuckets, type NativeLimits } from "../data/native.ts";

/** How a histogram is shown. */
export interface HistogramShape {
  /** The limits of its native buckets. */
  readonly limits: NativeLimits;
  /** How pages show it; undefined for the registry's form. */
  readonly form: HistogramForm | undefined;
}

/** The classic buckets of a histogram that is shown as native alone. */
const NONE: readonly number[] = /* @__PURE__ */ Object.freeze([]);

/** One series of a histogram: what {@linkcode Histogram.with} gives. */
export class BoundHistogram extends Series {
  readonly #shape: HistogramShape;
  readonly #heads: HistogramHeads;
  #cells: Cells;
  /** When the cells began, by the monotonic clock. */
  #begunMs: number;

  /** Made by {@linkcode Histogram}. */
  constructor(definition: Definition, layout: Layout, shape: HistogramShape, labels: LabelSet) {
    super(definition, labels);
    this.#shape = shape;
    this.#heads = histogramHeads(definition.name, labels.text);
    this.#cells = new Cells(layout);
    this.#begunMs = definition.clock.monotonic();
  }

  /** Counts one observation; NaN is ignored and counted as dropped. */
  observe(value: number): void {
    if (!isCountable(value)) return this.refuseValue(value);
    this.used = true;
    const band = this.#cells.add(value);
    if (band === undefined || !this.definition.exemplars) return;
    const context = current();
    if (context !== undefined) band.link(value, context, this.definition.clock.now());
  }

  /** {@linkcode BoundHistogram.observe} for callers that have the context and the time already. */
  observeIn(value: number, context: Context, timestampMs: number): void {
    if (!isCountable(value)) return this.refuseValue(value);
    this.used = true;
    const band = this.#cells.add(value);
    if (this.definition.exemplars) band?.link(value, context, timestampMs);
  }

  /** Starts a timer, which observes its seconds when it is disposed. */
  time(): HistogramTimer {
    return new HistogramTimer(this, this.definition);
  }

  /**
   * The value below which a share `q` of the observations lies: 0.5 is the median. NaN without
   * observations. With precision k it is off by at most 1 / (2^(k+1) + 1): 5.9 % for 3, 3.0 % for 4.
   */
  quantile(q: number): number {
    return this.#cells.quantile(q);
  }

  /** Copies the numbers of this moment; returns what makes the sample of them. */
  protected copy(options: CollectOptions = {}): () => HistogramSample {
    const cells = this.#cells, { sum } = cells, { createdMs } = this, { limits } = this.#shape;
    const form = options.histograms && (this.#shape.form ?? options.histograms);
    const isNative = options.native && (form ?? this.#shape.form) !== "classic";
    const native = isNative ? cells.copy() : undefined;
    const { buckets, count } = cells.cumulative();
    const hasBuckets = form !== "native";
    if (native !== undefined) this.#startOver();
    return () => ({
      labels: this.labels,
      count,
      sum,
      bounds: hasBuckets ? cells.layout.bounds : NONE,
      buckets: hasBuckets ? buckets : NONE,
      createdMs,
      exemplars: this.definition.exemplars ? cells.exemplars() : undefined,
      heads: this.#heads,
      native: native && limitBuckets(native.native(), limits),
    });
  }

  /** The series at this moment. */
  sample(options?: CollectOptions): HistogramSample {
    return this.copy(options)();
  }

  /**
   * Starts over, as after a restart, if there are too many buckets and the series is old enough. Only
   * called once its counts are copied into a sample, so that no observation is lost.
   */
  #startOver(): void {
    const { clock } = this.definition, { limits } = this.#shape;
    const { minResetMs } = limits;
    if (minResetMs === Infinity || clock.monotonic() - this.#begunMs < minResetMs) return;
    if (!hasTooMany(this.#cells.native(), limits)) return;
    this.#cells = new Cells(this.#cells.layout);
    this.createdMs = clock.now();
    this.#begunMs = clock.monotonic();
  }
}

/** A running time: `using timer = histogram.time()`. */
export class HistogramTimer {
  readonly #series: BoundHistogram | undefined;
  readonly #definition: Definition;
  readonly #startMs: number;
  #done = false;

  /** Made by {@linkcode Histogram.time}. */
  constructor(series: BoundHistogram | undefined, definition: Definition) {
    this.#series = series;
    this.#definition = definition;
    this.#startMs = definition.clock.monotonic();
  }

  /** Returns the seconds since the start; the first call also observes them. */
  end(): number {
    const seconds = (this.#definition.clock.monotonic() - this.#startMs) / 1000;
    if (!this.#done) this.#series?.observe(seconds);
    this.#done = true;
    return seconds;
  }

  /** {@linkcode HistogramTimer.end}. */
  [DISPOSE](): void {
    this.end();
  }
}

/**
 * The distribution of values, for each set of label values: counts in log-linear cells, from which
 * classic buckets, native buckets and quantiles are read.
 *
 * Any number may be observed: zero, negative and infinite values are counted too, and an infinite one
 * makes the sum infinite. NaN is ignored and counted as dropped, as are labels that do not fit. A value
 * below 2^-128 in magnitude counts as zero, except for a bound of zero.
 *
 * A series takes about 1.2 KB with values in one octave (from a power of two to the next) and about
 * 300 bytes more for each further octave, at precision 3: 4.8 KB for the 14 from 1 ms to 16 s.
 *
 * @example Observe, with your own bounds
 * ```ts
 * import { Registry } from "@telltale/telltale/metrics";
 * import assert from "node:assert/strict";
 *
 * const registry = new Registry();
 * const values = registry.histogram("order_value_dollars", "Order values", {
 *   buckets: [10, 50, 100],
 * });
 * for (const dollars of [7, 10, 10.01, 99]) values.observe(dollars);
 *
 * assert.deepEqual(values.family().samples[0]?.buckets, [2, 3, 4]);
 * ```
 */
export class Histogram<L extends string = never>
  extends Metric<L, BoundHistogram, HistogramFamily> {
  /** Made by `Registry.histogram`. */
  constructor(definition: Definition, layout: Layout, shape: HistogramShape) {
    super(definition, (labels) => new BoundHistogram(definition, layout, shape, labels));
  }

  /** Counts one observation in the series of these labels. */
  observe(value: number, ...labels: LabelArguments<L>): void;
  observe(value: number, labels?: unknown): void {
    this.series.find(labels as Labels | undefined)?.observe(value);
  }

  /** {@linkcode Histogram.observe} for callers that have the context and the time already. */
  observeIn(value: number, labels: LabelsOf<L>, context: Context, timestampMs: number): void {
    this.series.find(labels as Labels | undefined)?.observeIn(value, context, timestampMs);
  }

  /** Starts a timer that observes its seconds when it is disposed: `using _ = histogram.time()`. */
  time(...labels: LabelArguments<L>): HistogramTimer;
  time(labels?: unknown): HistogramTimer {
    return new HistogramTimer(this.series.find(labels as Labels | undefined), this.definition);
  }

  /** @internal */
  protected override snapshot(options?: CollectOptions): Snapshot<HistogramFamily> {
    const { name, help, unit } = this.definition;
    return snapshotOfSeries(
      { type: "histogram", name, help, unit },
      this.series.all,
      (series) => series["copy"](options),
    );
  }
}
