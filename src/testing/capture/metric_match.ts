/**
 * Assertions on what happened to metrics.
 *
 * @module
 */
import type { LabelValue } from "../../metrics/data/labels.ts";
import type { Change } from "./changes.ts";
import { fail } from "./match.ts";
import type { Scope } from "./scope.ts";
import { changeText, seriesText, thereWere } from "./words.ts";

/** What a test did to the series of a metric: the changes are its own, whatever other tests do meanwhile. */
export class MetricMatch {
  /** The series that were changed and have the labels. */
  readonly all: readonly Change[];
  readonly #name: string;
  readonly #series: string;
  readonly #scope: Scope;
  readonly #note: string;

  /** Made by the observer. */
  constructor(
    scope: Scope,
    name: string,
    labels: Readonly<Record<string, LabelValue>>,
    note: string,
  ) {
    this.#scope = scope;
    this.#name = name;
    this.#series = seriesText(name, labels);
    this.#note = note;
    this.all = scope.changes.all.filter((change) =>
      change.name === name &&
      Object.entries(labels).every(([label, value]) => change.labels[label] === String(value))
    );
  }

  /** By how much the series changed together; how many values histograms observed. */
  get change(): number {
    return this.all.reduce((sum, { by }) => sum + by, 0);
  }

  /** The values that histograms or summaries observed, those of one series after another. */
  get values(): readonly number[] {
    return this.all.flatMap(({ values }) => values);
  }

  /**
   * Asserts by how much the series changed together; of a histogram or summary, how many values it
   * observed. @throws {AssertionError} for another change
   */
  by(amount: number): this {
    const { change } = this;
    // Sums of fractions differ by less.
    if (Math.abs(change - amount) <= 1e-9 * Math.max(1, Math.abs(amount))) return this;
    fail(
      `${this.#series} was changed by ${change}, not by ${amount}

${this.#listed()}`,
      "by",
      change,
      amount,
    );
  }

  /** Asserts the last value that the gauge was given here. @throws {AssertionError} for another */
  is(value: number): this {
    const last = this.all.at(-1)?.last;
    if (Object.is(last, value) || last === value) return this;
    fail(
      `${this.#series} is ${last}, not ${value}

${this.#listed()}`,
      "is",
      last,
      value,
    );
  }

  /** Asserts that a histogram or summary observed a value that satisfies this. @throws {AssertionError} */
  observed(isIt: number | ((value: number) => boolean)): this {
    const { values } = this;
    if (values.some((value) => typeof isIt === "number" ? value === isIt : isIt(value))) {
      return this;
    }
    const wanted = typeof isIt === "number" ? isIt : "a value that the function accepts";
    const had = values.length === 0 ? "none" : values.slice(0, 20).join(", ");
    fail(`${this.#series} did not observe ${wanted}, but ${had}\n\n${this.#listed()}`, "observed");
  }

  #listed(): string {
    const changes = this.#scope.changes.all;
    const same = changes.filter(({ name }) => name === this.#name);
    const shown = same.length > 0 ? same : changes;
    const what = same.length > 0 ? `series of ${this.#name}` : "series";
    return thereWere(what, shown, changeText, this.#name, ({ name }) => name) + this.#note;
  }
}
