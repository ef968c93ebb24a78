/**
 * Summaries: quantiles over a sliding window.
 *
 * @module
 */
import { Cells, isCountable } from "./histogram_store.ts";
import type { SummaryFamily, SummarySample } from "../data/family.ts";
import type { Labels, LabelSet } from "../data/labels.ts";
import { type Snapshot, snapshotOfSeries } from "../data/snapshot.ts";
import type { Layout } from "./bucket_layout.ts";
import { type Definition, type LabelArguments, Metric, Series } from "./metric.ts";

/** The quantiles of a summary and their window. */
export interface SummaryWindow {
  /** Quantiles from 0 to 1. */
  readonly quantiles: readonly number[];
  /** How long an observation counts, in milliseconds. */
  readonly maxAgeMs: number;
  /** The number of steps in which the window slides. */
  readonly ageBuckets: number;
}

/** One series of a summary: what {@linkcode Summary.with} gives. */
export class BoundSummary extends Series {
  readonly #window: SummaryWindow;
  readonly #layout: Layout;
  /**
   * Each takes every observation and began one step after the previous one: the oldest holds the whole
   * window, so that reading merges nothing.
   */
  readonly #cells: Cells[];
  #rotateAtMs: number;
  #count = 0;
  #sum = 0;

  /** Made by {@linkcode Summary}. */
  constructor(definition: Definition, layout: Layout, window: SummaryWindow, labels: LabelSet) {
    super(definition, labels);
    this.#window = window;
    this.#layout = layout;
    this.#cells = Array.from({ length: window.ageBuckets }, () => new Cells(layout));
    this.#rotateAtMs = definition.clock.monotonic() + this.#stepMs;
  }

  /** Counts one observation; NaN is ignored and counted as dropped. */
  observe(value: number): void {
    if (!isCountable(value)) return this.refuseValue(value);
    this.used = true;
    this.#rotate();
    this.#count++;
    this.#sum += value;
    for (const cells of this.#cells) cells.add(value);
  }

  /** The series at this moment. */
  sample(): SummarySample {
    this.#rotate();
    const { quantiles } = this.#window;
    const values = this.#cells[0]!.quantiles(quantiles);
    return {
      labels: this.labels,
      count: this.#count,
      sum: this.#sum,
      quantiles: quantiles.map((q, i) => [q, values[i]!] as const),
      createdMs: this.createdMs,
    };
  }

  get #stepMs(): number {
    return this.#window.maxAgeMs / this.#window.ageBuckets;
  }

  #rotate(): void {
    const nowMs = this.definition.clock.monotonic();
    if (nowMs < this.#rotateAtMs) return;
    // After an idle time of many windows, the steps of one window clear all.
    const steps = Math.floor((nowMs - this.#rotateAtMs) / this.#stepMs) + 1;
    for (let i = Math.min(steps, this.#cells.length); i > 0; i--) {
      this.#cells.shift();
      this.#cells.push(new Cells(this.#layout));
    }
    this.#rotateAtMs += steps * this.#stepMs;
  }
}

/**
 * Count, sum, and quantiles over a sliding window, for each set of label values. Quantiles can't be
 * aggregated over instances: use a histogram for that.
 *
 * A quantile is off by at most 3.0 %. NaN is ignored and counted as dropped.
 *
 * @example
 * ```ts
 * import { Registry } from "@telltale/telltale/metrics";
 * import assert from "node:assert/strict";
 *
 * const registry = new Registry();
 * const sizes = registry.summary("reply_bytes", "Reply sizes", { quantiles: [0.5] });
 * for (let i = 1; i <= 99; i++) sizes.observe(i);
 *
 * const median = sizes.family().samples[0]?.quantiles[0]?.[1] ?? NaN;
 * assert(Math.abs(median - 50) < 50 * 0.03);
 * ```
 */
export class Summary<L extends string = never> extends Metric<L, BoundSummary, SummaryFamily> {
  /** Made by `Registry.summary`. */
  constructor(definition: Definition, layout: Layout, window: SummaryWindow) {
    super(definition, (labels) => new BoundSummary(definition, layout, window, labels));
  }

  /** Counts one observation in the series of these labels. */
  observe(value: number, ...labels: LabelArguments<L>): void;
  observe(value: number, labels?: unknown): void {
    this.series.find(labels as Labels | undefined)?.observe(value);
  }

  /** @internal */
  protected override snapshot(): Snapshot<SummaryFamily> {
    const { name, help, unit } = this.definition;
    return snapshotOfSeries(
      { type: "summary", name, help, unit },
      this.series.all,
      (series) => {
        const sample = series.sample();
        return () => sample;
      },
    );
  }
}
