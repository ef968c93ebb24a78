/**
 * Finds the series of a metric by its labels.
 *
 * @module
 */
import { kindOf } from "../../core/check.ts";
import type { Faults } from "../../core/faults.ts";
import { type Labels, type LabelSet, labelSetsOf, NO_LABELS, OVERFLOW } from "../data/labels.ts";

/** Helps callers who pass arguments as another client takes them. */
export const NUMBER_HINT =
  "inc() and dec() count one, add(n, labels) adds n, and set and observe take the value first";

/** A longer label value is cut here, so that a page is bounded in bytes as it is in series. */
const MAX_LABEL_LENGTH = 1024;

/** What a metric refused or turned away: plain numbers, shared by its series. */
export interface Tally {
  /** Samples dropped because their labels do not fit. */
  badLabels: number;
  /** Samples dropped because their value is not one the type can hold. */
  badValues: number;
  /** Samples that went to the overflow series by look-up. */
  overflowed: number;
}

/** What an index needs of its metric. */
export interface SeriesIndexOptions<S> {
  /** The metric's name, for errors. */
  readonly name: string;
  /** The label names, in order. */
  readonly labels: readonly string[];
  /** The most series, without the overflow series. */
  readonly maxSeries: number;
  /** Where a dropped sample is counted, and warned of once. */
  readonly faults: Faults;
  /** Counts of what was refused or turned away. */
  readonly tally: Tally;
  /** Makes a series. */
  make(labels: LabelSet): S;
  /** Called at the cap, before a sample goes to the overflow series: may forget stale series. */
  makeRoom(): void;
}

/**
 * The series of one metric: one map a label, so that values are never joined by a separator and no
 * two label sets can meet in one series.
 *
 * The cap keeps memory flat: past `maxSeries` all new label sets share one overflow series, so
 * that the sum over all series stays exact.
 *
 * @internal
 */
export class SeriesIndex<S extends { readonly labels: LabelSet }> {
  readonly #options: SeriesIndexOptions<S>;
  readonly #names: readonly string[];
  readonly #labelsOf: ReturnType<typeof labelSetsOf>;
  /** `names.length` maps deep; with no label, the only series itself. */
  #root: unknown;
  readonly #all = new Set<S>();
  /** The last result of `all`, until something changes. */
  #list: readonly S[] | undefined;
  #overflow: S | undefined;

  constructor(options: SeriesIndexOptions<S>) {
    this.#options = options;
    // A copy: engines read a frozen array slower.
    this.#names = [...options.labels];
    this.#labelsOf = labelSetsOf(this.#names);
    this.clear();
  }

  /** All series, the overflow series last. */
  get all(): readonly S[] {
    return this.#list ??= this.#overflow === undefined
      ? [...this.#all]
      : [...this.#all, this.#overflow];
  }

  /** The number of series, without the overflow series. */
  get size(): number {
    return this.#all.size;
  }

  /**
   * The series of these labels, made when new; undefined and counted when they do not fit. The look-up
   * stands here and not in a function of its own, which costs a fifth on Bun.
   */
  find(labels: Labels | undefined): S | undefined {
    try {
      const names = this.#names;
      let node = this.#root;
      if (labels == null) {
        return names.length === 0 && labels === undefined ? node as S : this.#make(labels);
      }
      for (let i = 0; i < names.length; i++) {
        node = (node as Map<unknown, unknown>).get(labels[names[i]!]);
        if (node === undefined) return this.#make(labels);
      }
      let keys = 0;
      for (const _ in labels) keys++;
      return keys === names.length && keys > 0 ? node as S : this.#make(labels);
    } catch (error) {
      // Only a getter or a proxy of the caller's throws here.
      this.#options.tally.badLabels++;
      this.#options.faults.record("metric labels", error);
      return undefined;
    }
  }

  /** {@linkcode find}, but throws a `TypeError` for labels that do not fit. */
  require(labels: Labels | undefined): S {
    const problem = this.#problem(labels);
    if (problem !== undefined) {
      throw new TypeError(`Cannot bind "${this.#options.name}": ${problem}`);
    }
    return this.find(labels)!;
  }

  /** Forgets the series of these labels; false without one. */
  remove(labels: Labels | undefined): boolean {
    if (labels === undefined || this.#problem(labels) !== undefined) return false;
    const series = this.#at(this.#values(labels));
    return series !== undefined && this.forget(series);
  }

  /** Forgets a series; false when it is not found by labels. */
  forget(series: S): boolean {
    const { values } = series.labels;
    if (values.length === 0 || !this.#all.delete(series)) return false;
    this.#list = undefined;
    const maps = [this.#root as Map<string, unknown>];
    for (let i = 0; i < values.length - 1; i++) {
      maps.push(maps[i]!.get(values[i]!) as Map<string, unknown>);
    }
    for (let i = values.length - 1; i >= 0; i--) {
      maps[i]!.delete(values[i]!);
      if (maps[i]!.size > 0) break;
    }
    return true;
  }

  /** Forgets all series; without labels, the only one starts over. */
  clear(): void {
    this.#all.clear();
    this.#list = undefined;
    this.#overflow = undefined;
    this.#root = this.#names.length === 0 ? this.#add(NO_LABELS) : new Map();
  }

  /** The slow path: a label set that is new, that has values to turn into text, or does not fit. */
  #make(labels: Labels | undefined): S | undefined {
    const problem = this.#problem(labels);
    if (problem !== undefined) return this.#drop(problem);
    const values = this.#values(labels!);
    const known = this.#at(values);
    if (known !== undefined) return known;
    if (this.#isFull) return this.#overflowing();
    let map = this.#root as Map<string, unknown>;
    const last = values.length - 1;
    for (let i = 0; i < last; i++) {
      let next = map.get(values[i]!);
      if (next === undefined) map.set(values[i]!, next = new Map());
      map = next as Map<string, unknown>;
    }
    const series = this.#add(this.#labelsOf(values));
    map.set(values[last]!, series);
    return series;
  }

  get #isFull(): boolean {
    const { maxSeries } = this.#options;
    if (this.#all.size < maxSeries) return false;
    this.#options.makeRoom();
    return this.#all.size >= maxSeries;
  }

  #at(values: readonly string[]): S | undefined {
    let node = this.#root;
    for (const value of values) {
      node = (node as Map<string, unknown>).get(value);
      if (node === undefined) return undefined;
    }
    return node as S;
  }

  #add(labels: LabelSet): S {
    const series = this.#options.make(labels);
    this.#all.add(series);
    this.#list = undefined;
    return series;
  }

  #overflowing(): S {
    this.#options.tally.overflowed++;
    if (this.#overflow === undefined) this.#list = undefined;
    return this.#overflow ??= this.#options.make(
      this.#labelsOf(this.#names.map(() => OVERFLOW)),
    );
  }

  #drop(problem: string): undefined {
    const { name, tally, faults } = this.#options;
    tally.badLabels++;
    const error = new TypeError(`Dropped a sample of "${name}": ${problem}`);
    faults.record("metric labels", error, `metric labels ${name}`);
    return undefined;
  }

  /** Why these labels do not fit, or undefined when they do. */
  #problem(labels: Labels | undefined): string | undefined {
    const names = this.#names;
    const list = names.length === 0 ? "no labels" : `the labels ${names.join(", ")}`;
    if (typeof labels === "number") return `it takes ${list}, got a number: ${NUMBER_HINT}`;
    if (labels === undefined || labels === null || typeof labels !== "object") {
      return names.length === 0 && labels === undefined
        ? undefined
        : `it takes ${list}, none given`;
    }
    const unknown = Object.keys(labels).filter((name) => !names.includes(name));
    const others = unknown.length === 0
      ? ""
      : `, and ${unknown.map((name) => `"${name}"`).join(", ")} is unknown: it takes ${list}`;
    for (const name of names) {
      const value: unknown = labels[name];
      const type = typeof value;
      if (type !== "string" && type !== "number" && type !== "boolean" && type !== "bigint") {
        return value === undefined
          ? `label "${name}" is missing${others}`
          : `label "${name}" must be text, a number or a boolean, got ${kindOf(value)}`;
      }
    }
    const [first] = unknown;
    return first === undefined ? undefined : `label "${first}" is unknown, it takes ${list}`;
  }

  #values(labels: Labels): string[] {
    return this.#names.map((name) => {
      return String(labels[name]).slice(0, MAX_LABEL_LENGTH).toWellFormed();
    });
  }
}
