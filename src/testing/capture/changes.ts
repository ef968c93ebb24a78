/**
 * What happened to metrics in one scope.
 *
 * @module
 */
import type { Family } from "../../metrics/data/family.ts";
import type { LabelSet } from "../../metrics/data/labels.ts";

/** What happened to one series. */
export interface Change {
  /** The name of the metric. */
  readonly name: string;
  /** The type of the metric. */
  readonly type: Family["type"];
  /** The labels of the series. */
  readonly labels: Readonly<Record<string, string>>;
  /** By how much a counter or gauge was changed; how often a histogram or summary observed. */
  by: number;
  /** The last value that a gauge was given; undefined for other types. */
  last: number | undefined;
  /** The values that a histogram or summary observed; a bounded number of them. */
  readonly values: number[];
}

/** Values that are kept of one series. */
const MAX_VALUES = 1000;

/** The changes of all series. */
export class Changes {
  /** Samples that were not kept, because there were too many series. */
  dropped = 0;
  readonly #all = new Map<LabelSet, Map<string, Change>>();
  readonly #max: number;
  #count = 0;

  constructor(max: number) {
    this.#max = max;
  }

  /** The series that changed, in the order of their first change. */
  get all(): readonly Change[] {
    return [...this.#all.values()].flatMap((series) => [...series.values()]);
  }

  /** The change of a series, without one a new one; undefined where there are too many. */
  of(name: string, type: Family["type"], labels: LabelSet): Change | undefined {
    let series = this.#all.get(labels);
    const known = series?.get(name);
    if (known !== undefined) return known;
    if (this.#count >= this.#max) {
      this.dropped++;
      return undefined;
    }
    this.#count++;
    // A series without labels shares its label set with others.
    if (series === undefined) this.#all.set(labels, series = new Map());
    const named = Object.fromEntries(labels.names.map((label, i) => [label, labels.values[i]!]));
    const change: Change = { name, type, labels: named, by: 0, last: undefined, values: [] };
    series.set(name, change);
    return change;
  }

  /** Adds an observation. */
  static observed(change: Change, value: number): void {
    change.by++;
    if (change.values.length < MAX_VALUES) change.values.push(value);
  }
}
