/**
 * Gauges: numbers that go up and down.
 *
 * @module
 */
import type { NumberFamily, NumberSample } from "../data/family.ts";
import type { Labels } from "../data/labels.ts";
import { Lines } from "../data/lines.ts";
import { type Snapshot, snapshotOfNumbers } from "../data/snapshot.ts";
import {
  type CallAddWithANumber,
  type Definition,
  type IncArguments,
  type LabelArguments,
  Metric,
  Series,
} from "./metric.ts";

/** One series of a gauge: what {@linkcode Gauge.with} gives. */
export class BoundGauge extends Series {
  #value = 0;

  /** Sets the value: any number, NaN and infinities too. Other values are ignored and counted. */
  set(value: number): void {
    this.used = true;
    if (typeof value === "number") this.#value = value;
    else this.refuseValue(value);
  }

  /** Adds `n`; a value that is not a number is ignored and counted, and the first logs a warning. */
  add(n: number): void {
    this.used = true;
    if (typeof n === "number") this.#value += n;
    else this.refuseValue(n);
  }

  /** Adds one. */
  inc(none?: CallAddWithANumber): void {
    if (none !== undefined) return this.refuseArgument(none);
    this.used = true;
    this.#value += 1;
  }

  /** Subtracts one. */
  dec(none?: CallAddWithANumber): void {
    if (none !== undefined) return this.refuseArgument(none);
    this.used = true;
    this.#value -= 1;
  }

  /** The value now. */
  get value(): number {
    return this.#value;
  }

  /** The series as data, with its value now or an earlier one. */
  sample(value: number = this.#value): NumberSample {
    return { labels: this.labels, value };
  }
}

/**
 * A number that goes up and down, one for each set of label values.
 *
 * A sample with labels that do not fit is dropped and counted, and the first logs a warning.
 *
 * @example Set, add, and read at the moment of a scrape
 * ```ts
 * import { Registry } from "@telltale/telltale/metrics";
 * import assert from "node:assert/strict";
 *
 * const registry = new Registry();
 * const carts = registry.gauge("active_carts", "Carts not yet paid");
 * carts.set(7);
 * carts.dec();
 * const queue = registry.gauge("queue_length", "Jobs waiting", {
 *   collect: (gauge) => gauge.set(3),
 * });
 *
 * await registry.collect();
 * assert.deepEqual([carts.with().value, queue.with().value], [6, 3]);
 * ```
 */
export class Gauge<L extends string = never> extends Metric<L, BoundGauge, NumberFamily> {
  readonly #lines: Lines;

  /** Made by `Registry.gauge`. */
  constructor(definition: Definition) {
    const lines = new Lines(definition.name, definition.maxSeries);
    super(definition, (labels) => lines.add(new BoundGauge(definition, labels)));
    this.#lines = lines;
  }

  /** Sets the series of these labels. */
  set(value: number, ...labels: LabelArguments<L>): void;
  set(value: number, labels?: unknown): void {
    this.series.find(labels as Labels | undefined)?.set(value);
  }

  /** Adds `n` to the series of these labels. */
  add(n: number, ...labels: LabelArguments<L>): void;
  add(n: number, labels?: unknown): void {
    this.series.find(labels as Labels | undefined)?.add(n);
  }

  /** Adds one to the series of these labels. */
  inc(...labels: IncArguments<L>): void;
  inc(labels?: unknown): void {
    this.series.find(labels as Labels | undefined)?.inc();
  }

  /** Subtracts one from the series of these labels. */
  dec(...labels: IncArguments<L>): void;
  dec(labels?: unknown): void {
    this.series.find(labels as Labels | undefined)?.dec();
  }

  /** @internal */
  protected override snapshot(): Snapshot<NumberFamily> {
    const { name, help, unit, aggregation } = this.definition;
    const head = { type: "gauge", name, help, unit, aggregation } as const;
    return snapshotOfNumbers(head, this.series.all, this.#lines);
  }
}
