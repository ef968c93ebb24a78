/**
 * Label sets and the index that finds a series by its labels.
 *
 * @module
 */
import type { Faults } from "../../core/faults.ts";
import { checkWhole, kindOf } from "../../core/check.ts";
import { isLegacyLabelName } from "./names.ts";

/** A label's value; numbers and booleans are written as text, and 1024 characters of a long one. */
export type LabelValue = string | number | boolean | bigint;

/** The labels of one sample, by name. */
export type Labels<L extends string = string> = Readonly<Record<L, LabelValue>>;

/** The labels a metric registered with the names `L` takes; nothing when it has none. */
export type LabelsOf<L extends string> = [L] extends [never] ? undefined : Labels<L>;

/** What stands for labels in a call: they must be there where the metric has some, and nothing else. */
export type LabelArguments<L extends string> = [L] extends [never] ? [none?: undefined]
  : [labels: Labels<L>];

/**
 * No number is one of these: `inc(5)` does not compile, and the message says what does. Of a caller
 * without types the sample is dropped, counted and warned of.
 */
export interface CallAddWithANumber {
  /** There is none. */
  readonly "inc() and dec() count one; to add a number, call add(n)": never;
}

/** What `inc` takes: labels where the metric has some, and never a number. */
export type IncArguments<L extends string> = [L] extends [never] ? [none?: CallAddWithANumber]
  : [labels: Labels<L>];

/** Labels resolved to text once. */
export interface LabelSet {
  /** In the order of registration. */
  readonly names: readonly string[];
  /** As long as `names`. */
  readonly values: readonly string[];
  /** Whether every reader takes all names as they are. */
  readonly legacy: boolean;
  /** `a="x",b="y"`, escaped and ready for a line, without the braces; empty without labels. */
  readonly text: string;
}

const NEEDS_ESCAPE = /[\\"\n]/;

/** Escapes a label value as every text format does: `\`, `"` and line feed. */
export function escapeValue(value: string): string {
  if (!NEEDS_ESCAPE.test(value)) return value;
  return value.replaceAll("\\", "\\\\").replaceAll('"', '\\"').replaceAll("\n", "\\n");
}

/** Makes a label set of parallel names and values. A lone surrogate becomes U+FFFD. */
export function labelSet(names: readonly string[], values: readonly string[]): LabelSet {
  let text = "", legacy = true;
  for (let i = 0; i < names.length; i++) {
    const name = names[i]!;
    const isLegacy = isLegacyLabelName(name);
    legacy &&= isLegacy;
    text += (i === 0 ? "" : ",") + (isLegacy ? name : `"${escapeValue(name)}"`) +
      `="${escapeValue(values[i]!.toWellFormed())}"`;
  }
  return { names, values, legacy, text };
}

/** A text that is the same for the same labels in any order, and for no others. */
export function labelKey({ names, values }: Pick<LabelSet, "names" | "values">): string {
  if (names.length === 0) return "";
  const pairs = names.map((name, i) => [name, values[i]!] as const);
  return JSON.stringify(pairs.sort(([a], [b]) => a < b ? -1 : 1));
}

/** {@linkcode labelSet} of a plain object, for collectors that make families by hand. */
export function labelsOf(labels: Labels): LabelSet {
  return labelSet(Object.keys(labels), Object.values(labels).map(String));
}

/** The label set without labels. */
export const NO_LABELS: LabelSet = { names: [], values: [], legacy: true, text: "" };

/** To who brings the arguments of another client along. */
export const NUMBER_HINT =
  "inc() and dec() count one, add(n, labels) adds n, and set and observe take the value first";

/** A longer label value is cut here, so that a page is bounded in bytes as it is in series. */
export const MAX_LABEL_LENGTH = 1024;

/** What every label of the series holds that takes what the cap turned away. */
export const OVERFLOW = "_overflow";

/** What a metric refused or turned away: plain numbers, shared by its series. */
export interface Tally {
  /** Samples dropped because their labels do not fit. */
  badLabels: number;
  /** Samples dropped because their value is not one the type can hold. */
  badValues: number;
  /** Samples that went to the overflow series by look-up. */
  overflowed: number;
}

/** How an index makes a series, and whom it tells of what it refused. */
export interface SeriesIndexOptions<S> {
  /** The metric's name, for errors. */
  readonly name: string;
  /** The label names, in order. */
  readonly labels: readonly string[];
  /** The most series, without the overflow series. */
  readonly maxSeries: number;
  /** Where a sample that was dropped is counted, and warned of once. */
  readonly faults: Faults;
  /** What was refused or turned away, as numbers. */
  readonly tally: Tally;
  /** Makes a series. */
  make(labels: LabelSet): S;
  /** Called when the cap is reached, before a sample goes to the overflow series: may forget some. */
  makeRoom?(): void;
}

/**
 * Finds a series by its labels: one map a label, so that values are never joined by a separator
 * and no two label sets can meet in one series.
 *
 * The cap keeps memory flat: past `maxSeries` all new label sets share one overflow series, so
 * that the sum over all series stays exact.
 *
 * @internal
 */
export class SeriesIndex<S extends { readonly labels: LabelSet }> {
  readonly #options: SeriesIndexOptions<S>;
  readonly #names: readonly string[];
  /** `names.length` maps deep; with no label, the only series itself. */
  #root: unknown;
  readonly #all = new Set<S>();
  /** What `all` gave, until something changes. */
  #list: readonly S[] | undefined;
  #overflow: S | undefined;

  /** Throws a `RangeError` for a cap that is no whole number from 1. */
  constructor(options: SeriesIndexOptions<S>) {
    const { maxSeries, name } = options;
    checkWhole(`register "${name}"`, "maxSeries", maxSeries);
    this.#options = options;
    // A copy: engines read a frozen array slower.
    this.#names = [...options.labels];
    if (options.labels.length === 0) this.#root = this.#add(NO_LABELS);
    else this.#root = new Map();
  }

  /** All series, the overflow series last. */
  get all(): readonly S[] {
    return this.#list ??= this.#overflow === undefined
      ? [...this.#all]
      : [...this.#all, this.#overflow];
  }

  /** How many series there are, without the overflow series. */
  get size(): number {
    return this.#all.size;
  }

  /** The series of these labels, made when new; undefined and counted when they do not fit. */
  find(labels: Labels | undefined): S | undefined {
    try {
      const names = this.#names;
      let node = this.#root;
      if (labels == null) {
        return names.length === 0 && labels === undefined ? node as S : this.#drop(labels);
      }
      for (let i = 0; i < names.length; i++) {
        node = (node as Map<unknown, unknown>).get(labels[names[i]!]);
        if (node === undefined) return this.#miss(labels);
      }
      let keys = 0;
      for (const _ in labels) keys++;
      return keys === names.length && (keys > 0 || typeof labels === "object")
        ? node as S
        : this.#drop(labels);
    } catch (error) {
      // Only a getter or a proxy of the caller's gets here.
      this.#options.tally.badLabels++;
      this.#options.faults.record("metric labels", error);
      return undefined;
    }
  }

  /** {@linkcode find}, but labels that do not fit are a `TypeError`. */
  require(labels: Labels | undefined): S {
    const problem = this.#problem(labels);
    if (problem !== undefined) {
      throw new TypeError(`Cannot bind "${this.#options.name}": ${problem}`);
    }
    return this.find(labels)!;
  }

  /** Forgets the series of these labels; false when there was none. */
  remove(labels: Labels | undefined): boolean {
    if (labels === undefined || this.#problem(labels) !== undefined) return false;
    const series = this.#at(this.#values(labels));
    return series !== undefined && this.forget(series);
  }

  /** Forgets a series; false when it is not one of those found by labels. */
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

  /** Forgets all series; without labels, the only one begins anew. */
  clear(): void {
    this.#all.clear();
    this.#list = undefined;
    this.#overflow = undefined;
    this.#root = this.#names.length === 0 ? this.#add(NO_LABELS) : new Map();
  }

  /** A label set that is new, or whose values are not yet text. */
  #miss(labels: Labels): S | undefined {
    if (this.#problem(labels) !== undefined) return this.#drop(labels);
    const values = this.#values(labels);
    let map = this.#root as Map<string, unknown>;
    const last = values.length - 1;
    const known = this.#at(values);
    if (known !== undefined) return known;
    if (this.#isFull) return this.#overflowing();
    for (let i = 0; i < last; i++) {
      let next = map.get(values[i]!);
      if (next === undefined) map.set(values[i]!, next = new Map());
      map = next as Map<string, unknown>;
    }
    const series = this.#add(labelSet(this.#names, values));
    map.set(values[last]!, series);
    return series;
  }

  get #isFull(): boolean {
    const { maxSeries } = this.#options;
    if (this.#all.size < maxSeries) return false;
    this.#options.makeRoom?.();
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
      labelSet(this.#names, this.#names.map(() => OVERFLOW)),
    );
  }

  #drop(labels: Labels | undefined): undefined {
    this.#options.tally.badLabels++;
    const { name, faults } = this.#options;
    const error = new TypeError(`Dropped a sample of "${name}": ${this.#problem(labels)}`);
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
