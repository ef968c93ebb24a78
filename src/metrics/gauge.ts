/**
 * Gauges: numbers that go up and down.
 *
 * @module
 */
import type { Definition, Metric } from "./definition.ts";
import type { NumberFamily, NumberSample } from "./family.ts";
import { type LabelSet, type LabelsOf, SeriesIndex } from "./labels.ts";
import { lineHead } from "./line.ts";

/** One series of a gauge: what {@linkcode Gauge.with} gives. */
export class BoundGauge {
  readonly #labels: LabelSet;
  readonly #head: string;
  readonly #definition: Definition;
  #value = 0;

  /** Made by {@linkcode Gauge}. */
  constructor(definition: Definition, labels: LabelSet) {
    this.#definition = definition;
    this.#labels = labels;
    this.#head = lineHead(definition.name, labels.text);
  }

  /** Sets the value; any number, NaN and infinities too. */
  set(value: number): void {
    if (typeof value === "number") this.#value = value;
    else this.#definition.tally.badValues++;
  }

  /** Adds `n`; what is not a number is ignored and counted. */
  add(n: number): void {
    if (typeof n === "number") this.#value += n;
    else this.#definition.tally.badValues++;
  }

  /** Adds one. */
  inc(): void {
    this.#value += 1;
  }

  /** Takes one away. */
  dec(): void {
    this.#value -= 1;
  }

  /** The series at this moment. */
  sample(): NumberSample {
    return { labels: this.#labels, value: this.#value, head: this.#head };
  }
}

/**
 * A number that goes up and down, one for each set of label values.
 *
 * Labels that do not fit drop the sample: it is counted, and warned of once.
 *
 * @example Set, add, and read at the moment of a scrape
 * ```ts
 * import { Registry } from "@telltale/telltale/metrics";
 * import assert from "node:assert/strict";
 *
 * const registry = new Registry();
 * const carts = registry.gauge("active_carts", "Carts that are not paid yet");
 * carts.set(7);
 * carts.dec();
 * registry.gauge("queue_length", "Jobs waiting", [], { collect: (gauge) => gauge.set(3) });
 *
 * const families = await registry.collect();
 * assert.deepEqual(families.map((family) => family.samples[0].value), [6, 3]);
 * ```
 */
export class Gauge<L extends string = never> implements Metric {
  /** What it was registered as. */
  readonly definition: Definition;
  readonly #series: SeriesIndex<BoundGauge>;

  /** Made by `Registry.gauge`. */
  constructor(definition: Definition) {
    this.definition = definition;
    this.#series = new SeriesIndex({
      ...definition,
      make: (labels) => new BoundGauge(definition, labels),
    });
  }

  /** Sets the series of these labels. */
  set(value: number, labels?: LabelsOf<L>): void {
    this.#series.find(labels)?.set(value);
  }

  /** Adds `n` to the series of these labels. */
  add(n: number, labels?: LabelsOf<L>): void {
    this.#series.find(labels)?.add(n);
  }

  /** Adds one to the series of these labels. */
  inc(labels?: LabelsOf<L>): void {
    this.#series.find(labels)?.inc();
  }

  /** Takes one from the series of these labels. */
  dec(labels?: LabelsOf<L>): void {
    this.#series.find(labels)?.dec();
  }

  /** The series of these labels, resolved once. Throws a `TypeError` when they do not fit. */
  with(labels: LabelsOf<L>): BoundGauge {
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
    return { type: "gauge", name, help, unit, samples: this.#series.all.map((s) => s.sample()) };
  }
}
