/**
 * Histograms: how observations are spread.
 *
 * @module
 */
import { type Context, current } from "../core/context.ts";
import { Cells } from "./cells.ts";
import type { Definition, Metric } from "./definition.ts";
import type { HistogramFamily, HistogramSample } from "./family.ts";
import { type LabelSet, type LabelsOf, SeriesIndex } from "./labels.ts";
import type { Layout } from "./layout.ts";

/** One series of a histogram: what {@linkcode Histogram.with} gives. */
export class BoundHistogram {
  readonly #definition: Definition;
  readonly #labels: LabelSet;
  readonly #createdMs: number;
  readonly #cells: Cells;

  /** Made by {@linkcode Histogram}. */
  constructor(definition: Definition, layout: Layout, labels: LabelSet) {
    this.#definition = definition;
    this.#labels = labels;
    this.#createdMs = definition.clock.now();
    this.#cells = new Cells(layout);
  }

  /** Counts one observation; NaN is ignored and counted as dropped. */
  observe(value: number): void {
    if (!isNumber(value)) {
      this.#definition.tally.badValues++;
      return;
    }
    const page = this.#cells.add(value);
    if (page === undefined || !this.#definition.exemplars) return;
    const context = current();
    if (context !== undefined) page.exemplar.take(value, context, this.#definition.clock.now());
  }

  /** {@linkcode BoundHistogram.observe} by who has the context and the time in hand already. */
  observeIn(value: number, context: Context, timestampMs: number): void {
    if (isNumber(value)) this.#cells.add(value)?.exemplar.take(value, context, timestampMs);
    else this.#definition.tally.badValues++;
  }

  /** Starts a clock; what it gives observes the seconds until it is disposed. */
  time(): HistogramTimer {
    return new HistogramTimer(this, this.#definition);
  }

  /** The series at this moment. */
  sample(): HistogramSample {
    const { buckets, count } = this.#cells.cumulative();
    return {
      labels: this.#labels,
      count,
      sum: this.#cells.sum,
      bounds: this.#cells.layout.bounds,
      buckets,
      createdMs: this.#createdMs,
      exemplars: this.#definition.exemplars ? this.#cells.exemplars() : undefined,
    };
  }
}

/** NaN has no bucket, and would make the sum NaN for ever. */
function isNumber(value: number): boolean {
  return typeof value === "number" && value === value;
}

/** A running time: `using timer = histogram.time()`. */
export class HistogramTimer implements Disposable {
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

  /** Observes the seconds since the start, the first time it is called, and gives them. */
  end(): number {
    const seconds = (this.#definition.clock.monotonic() - this.#startMs) / 1000;
    if (!this.#done) this.#series?.observe(seconds);
    this.#done = true;
    return seconds;
  }

  /** {@linkcode HistogramTimer.end}. */
  [Symbol.dispose](): void {
    this.end();
  }
}

/**
 * The spread of values, for each set of label values: counts by log-linear cell, from which classic
 * buckets and quantiles are read.
 *
 * Any number may be observed: zero, negative and infinite values are counted where they belong, and
 * an infinite one makes the sum infinite. NaN is ignored and counted as dropped, as are labels that
 * do not fit. A value below 2^-128 in magnitude counts as zero, except to a bound of zero.
 *
 * @example Observe, with bounds of one's own
 * ```ts
 * import { Registry } from "@telltale/telltale/metrics";
 * import assert from "node:assert/strict";
 *
 * const registry = new Registry();
 * const values = registry.histogram("order_value_dollars", "Order values", [], {
 *   buckets: [10, 50, 100],
 * });
 * for (const dollars of [7, 10, 10.01, 99]) values.observe(dollars);
 *
 * const [family] = await registry.collect();
 * assert(family.type === "histogram");
 * assert.deepEqual(family.samples[0].buckets, [2, 3, 4]);
 * ```
 */
export class Histogram<L extends string = never> implements Metric {
  /** What it was registered as. */
  readonly definition: Definition;
  readonly #series: SeriesIndex<BoundHistogram>;

  /** Made by `Registry.histogram`. */
  constructor(definition: Definition, layout: Layout) {
    this.definition = definition;
    this.#series = new SeriesIndex({
      ...definition,
      make: (labels) => new BoundHistogram(definition, layout, labels),
    });
  }

  /** Counts one observation in the series of these labels. */
  observe(value: number, labels?: LabelsOf<L>): void {
    this.#series.find(labels)?.observe(value);
  }

  /** {@linkcode Histogram.observe} by who has the context and the time in hand already. */
  observeIn(
    value: number,
    labels: LabelsOf<L>,
    context: Context,
    timestampMs: number,
  ): void {
    this.#series.find(labels)?.observeIn(value, context, timestampMs);
  }

  /** Starts a clock that observes seconds when it is disposed: `using _ = histogram.time()`. */
  time(labels?: LabelsOf<L>): HistogramTimer {
    return new HistogramTimer(this.#series.find(labels), this.definition);
  }

  /** The series of these labels, resolved once. Throws a `TypeError` when they do not fit. */
  with(labels: LabelsOf<L>): BoundHistogram {
    return this.#series.require(labels);
  }

  /** Forgets the series of these labels; false when there was none. */
  remove(labels: LabelsOf<L>): boolean {
    return this.#series.remove(labels);
  }

  /** Forgets all series. */
  clear(): void {
    this.#series.clear();
  }

  /** How many series there are, without the overflow series. */
  get size(): number {
    return this.#series.size;
  }

  /** All series at this moment. */
  family(): HistogramFamily {
    const { name, help, unit } = this.definition;
    return {
      type: "histogram",
      name,
      help,
      unit,
      samples: this.#series.all.map((s) => s.sample()),
    };
  }
}
