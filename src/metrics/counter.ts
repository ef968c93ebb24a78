/**
 * Counters: numbers that only go up.
 *
 * @module
 */
import { current } from "../core/context.ts";
import type { Definition, Metric } from "./definition.ts";
import { ExemplarSlot } from "./exemplar.ts";
import type { NumberFamily, NumberSample } from "./family.ts";
import { type LabelSet, type LabelsOf, SeriesIndex } from "./labels.ts";
import { lineHead } from "./line.ts";

/** One series of a counter: what {@linkcode Counter.with} gives. Adding costs no look-up. */
export class BoundCounter {
  readonly #labels: LabelSet;
  readonly #head: string;
  readonly #createdMs: number;
  readonly #definition: Definition;
  readonly #exemplar: ExemplarSlot | undefined;
  #value = 0;

  /** Made by {@linkcode Counter}. */
  constructor(definition: Definition, labels: LabelSet) {
    this.#definition = definition;
    this.#labels = labels;
    this.#head = lineHead(definition.name, labels.text);
    this.#createdMs = definition.clock.now();
    if (definition.exemplars) this.#exemplar = new ExemplarSlot();
  }

  /** Adds one. */
  inc(): void {
    this.#value += 1;
    if (this.#exemplar !== undefined) this.#link(1);
  }

  /** Adds `n`. A negative, infinite or NaN `n` is ignored and counted. */
  add(n: number): void {
    if (!(typeof n === "number" && n >= 0 && n < Infinity)) {
      this.#definition.tally.badValues++;
      return;
    }
    this.#value += n;
    if (this.#exemplar !== undefined) this.#link(n);
  }

  /** The series at this moment. */
  sample(): NumberSample {
    return {
      labels: this.#labels,
      value: this.#value,
      createdMs: this.#createdMs,
      exemplar: this.#exemplar?.exemplar(),
      head: this.#head,
    };
  }

  #link(n: number): void {
    const context = current();
    if (context !== undefined) this.#exemplar!.take(n, context, this.#definition.clock.now());
  }
}

/**
 * A number that only goes up, one for each set of label values.
 *
 * Labels that do not fit, and values that are negative, infinite or NaN, drop the sample: it is
 * counted, and warned of once. Nothing throws but {@linkcode Counter.with}.
 *
 * @example Count by label, and through a handle that costs no look-up
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
 * const [family] = await registry.collect();
 * assert.deepEqual(family.samples.map((sample) => sample.value), [1, 2]);
 * ```
 */
export class Counter<L extends string = never> implements Metric {
  /** What it was registered as. */
  readonly definition: Definition;
  readonly #series: SeriesIndex<BoundCounter>;

  /** Made by `Registry.counter`. */
  constructor(definition: Definition) {
    this.definition = definition;
    this.#series = new SeriesIndex({
      ...definition,
      make: (labels) => new BoundCounter(definition, labels),
    });
  }

  /** Adds one to the series of these labels. */
  inc(labels?: LabelsOf<L>): void {
    this.#series.find(labels)?.inc();
  }

  /** Adds `n`, which must be finite and not negative, to the series of these labels. */
  add(n: number, labels?: LabelsOf<L>): void {
    this.#series.find(labels)?.add(n);
  }

  /** The series of these labels, resolved once. Throws a `TypeError` when they do not fit. */
  with(labels: LabelsOf<L>): BoundCounter {
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
  family(): NumberFamily {
    const { name, help, unit } = this.definition;
    return { type: "counter", name, help, unit, samples: this.#series.all.map((s) => s.sample()) };
  }
}
