/**
 * Counters: numbers that only go up.
 *
 * @module
 */
import { current } from "../../core/context.ts";
import { ExemplarSlot } from "../data/exemplar.ts";
import type { NumberFamily, NumberSample } from "../data/family.ts";
import type { Labels, LabelSet } from "../data/labels.ts";
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

/** One series of a counter: what {@linkcode Counter.with} gives. */
export class BoundCounter extends Series {
  readonly #exemplar: ExemplarSlot | undefined;
  #value = 0;

  /** Made by {@linkcode Counter}. */
  constructor(definition: Definition, labels: LabelSet) {
    super(definition, labels);
    if (definition.exemplars) this.#exemplar = new ExemplarSlot();
  }

  /** Adds one. */
  inc(none?: CallAddWithANumber): void {
    if (none !== undefined) return this.refuseArgument(none);
    this.#value += 1;
    this.used = true;
    if (this.#exemplar !== undefined) this.#link(1);
  }

  /** Adds `n`. A negative, infinite or NaN `n` is ignored and counted. */
  add(n: number): void {
    if (!(typeof n === "number" && n >= 0 && n < Infinity)) return this.refuseValue(n);
    this.#value += n;
    this.used = true;
    if (this.#exemplar !== undefined) this.#link(n);
  }

  /** The count so far. */
  get value(): number {
    return this.#value;
  }

  /** The series as data, with its value now or an earlier one. */
  sample(value: number = this.#value): NumberSample {
    const { labels, createdMs } = this;
    if (this.#exemplar === undefined) return { labels, value, createdMs };
    return { labels, value, createdMs, exemplar: this.#exemplar.exemplar() };
  }

  #link(n: number): void {
    const context = current();
    if (context !== undefined) this.#exemplar!.take(n, context, this.definition.clock.now());
  }
}

/**
 * A number that only goes up, one for each set of label values.
 *
 * A sample with labels that do not fit, or a value that is negative, infinite or NaN, is dropped and
 * counted. The first with wrong labels, or a value that is not a number, logs a warning. Only
 * {@linkcode Counter.with} throws.
 *
 * @example Count by label, and by a handle without a look-up
 * ```ts
 * import { Registry } from "@telltale/telltale/metrics";
 * import assert from "node:assert/strict";
 *
 * const registry = new Registry();
 * const orders = registry.counter("orders_total", "Orders placed", ["status"]);
 * orders.inc({ status: "completed" });
 *
 * const failed = orders.with({ status: "failed" });
 * failed.add(2);
 *
 * assert.deepEqual(orders.family().samples.map((sample) => sample.value), [1, 2]);
 * ```
 */
export class Counter<L extends string = never> extends Metric<L, BoundCounter, NumberFamily> {
  readonly #lines: Lines;

  /** Made by `Registry.counter`. */
  constructor(definition: Definition) {
    const lines = new Lines(definition.name, definition.maxSeries);
    super(definition, (labels) => lines.add(new BoundCounter(definition, labels)));
    this.#lines = lines;
  }

  /** Adds one to the series of these labels. */
  inc(...labels: IncArguments<L>): void;
  inc(labels?: unknown): void {
    this.series.find(labels as Labels | undefined)?.inc();
  }

  /** Adds `n`, which must be finite and not negative, to the series of these labels. */
  add(n: number, ...labels: LabelArguments<L>): void;
  add(n: number, labels?: unknown): void {
    this.series.find(labels as Labels | undefined)?.add(n);
  }

  /** @internal */
  protected override snapshot(): Snapshot<NumberFamily> {
    const { name, help, unit, exemplars } = this.definition;
    const head = { type: "counter", name, help, unit } as const;
    // Exemplars would stand after the values.
    return snapshotOfNumbers(head, this.series.all, exemplars ? undefined : this.#lines);
  }
}
