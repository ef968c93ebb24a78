/**
 * The base classes of all metrics and of their series, and the types of their arguments.
 *
 * @module
 */
import { kindOf } from "../../core/check.ts";
import type { Clock } from "../../core/clock.ts";
import type { Faults } from "../../core/faults.ts";
import type { Aggregation, Family, HistogramForm } from "../data/family.ts";
import type { Labels, LabelSet } from "../data/labels.ts";
import { slice, type Snapshot } from "../data/snapshot.ts";
import { NUMBER_HINT, SeriesIndex, type Tally } from "./series_index.ts";

/** How histograms are collected. */
export interface CollectOptions {
  /** Collects histograms as native ones too, except those whose `form` is `classic`. @default false */
  readonly native?: boolean | undefined;
  /**
   * The form of histograms that have no `form` of their own: `native` leaves out their classic
   * buckets, `classic` their native ones.
   *
   * @default "both"
   */
  readonly histograms?: HistogramForm | undefined;
}

/** The labels of a metric registered with the label names `L`; undefined when it has none. */
export type LabelsOf<L extends string> = [L] extends [never] ? undefined : Labels<L>;

/** The labels in a call: required where the metric has label names, and no argument otherwise. */
export type LabelArguments<L extends string> = [L] extends [never] ? [] : [labels: Labels<L>];

/**
 * A type that no number has: `inc(5)` does not compile, and the compiler's message says what to call
 * instead. In untyped code the sample is dropped, counted and warned of once.
 */
export interface CallAddWithANumber {
  /** Never present. */
  readonly "inc() and dec() count one; to add a number, call add(n)": never;
}

/** The arguments of `inc`: labels where the metric has label names, and never a number. */
export type IncArguments<L extends string> = [L] extends [never] ? [none?: CallAddWithANumber]
  : [labels: Labels<L>];

/** A metric: series that are found by their labels. */
export abstract class Metric<L extends string, S extends Series, F extends Family = Family> {
  /** @internal */
  protected readonly definition: Definition;
  /** @internal */
  protected readonly series: SeriesIndex<S>;
  #sweptMs = -Infinity;

  /** Made by a registry. */
  constructor(definition: Definition, make: (labels: LabelSet) => S) {
    this.definition = definition;
    this.series = new SeriesIndex({ ...definition, make, makeRoom: () => this.#makeRoom() });
  }

  /**
   * The series of these labels: a handle whose methods need no look-up.
   *
   * @throws {TypeError} for labels that do not fit
   */
  with(...labels: LabelArguments<L>): S;
  with(labels?: unknown): S {
    const series = this.series.require(labels as Labels | undefined);
    series["isHeld"] = true;
    return series;
  }

  /** Forgets the series of these labels; false without one. A handle goes on counting, but is not shown. */
  remove(...labels: LabelArguments<L>): boolean;
  remove(labels?: unknown): boolean {
    return this.series.remove(labels as Labels | undefined);
  }

  /** Forgets all series; the only series of a metric without labels starts over. */
  clear(): void {
    this.series.clear();
  }

  /** The number of series, without the overflow series. */
  get size(): number {
    return this.series.size;
  }

  /** All series at this moment. */
  family(options?: CollectOptions): F {
    const snapshot = this.snapshot(options);
    return slice(snapshot, 0, snapshot.length);
  }

  /**
   * All series at this moment, their samples yet to be made.
   *
   * @internal
   */
  protected abstract snapshot(options?: CollectOptions): Snapshot<F>;

  /**
   * Forgets the series without a sample for the metric's time to live.
   *
   * @internal
   */
  protected sweep(): void {
    const { ttlMs, clock } = this.definition;
    if (ttlMs === undefined) return;
    const nowMs = clock.monotonic();
    this.#sweptMs = nowMs;
    for (const series of this.series.all) {
      if (series["isStale"](nowMs, ttlMs)) this.series.forget(series);
    }
  }

  /** The cap is reached: a sweep looks at every series, which is too slow to do for every sample. */
  #makeRoom(): void {
    const { ttlMs, clock } = this.definition;
    if (ttlMs !== undefined && clock.monotonic() - this.#sweptMs >= ttlMs / 4) this.sweep();
  }
}

/**
 * A metric as it was registered, with what it needs of its registry.
 *
 * @internal
 */
export interface Definition {
  /** Which type of metric it is. */
  readonly type: Family["type"];
  /** As registered. */
  readonly name: string;
  /** A description for people. */
  readonly help: string;
  /** Label names, in the order of registration. */
  readonly labels: readonly string[];
  /** The base unit, if it has one. */
  readonly unit: string | undefined;
  /** How the gauges of several members of a cluster become one. */
  readonly aggregation: Aggregation | undefined;
  /** The most series before the overflow series takes the rest. */
  readonly maxSeries: number;
  /** A series without a sample for this long is forgotten. */
  readonly ttlMs: number | undefined;
  /** Whether samples link to their trace. */
  readonly exemplars: boolean;
  /** Source of time. */
  readonly clock: Clock;
  /** Counts what goes wrong inside. */
  readonly faults: Faults;
  /** Counts of what it refused or turned away. */
  readonly tally: Tally;
}

/**
 * One series: its labels, when it began, and whether it is still used.
 *
 * @internal
 */
export abstract class Series {
  /** The labels that identify it in its metric. */
  readonly labels: LabelSet;
  /** The metric it belongs to. */
  protected readonly definition: Definition;
  /** When it began, in milliseconds since the Unix epoch. */
  protected createdMs: number;
  /** Set by every sample, reset by a sweep: the time to live is measured by it. */
  protected used = true;
  /** Set once a caller has a handle: the series must not be forgotten under it. */
  protected isHeld = false;
  #usedMs: number;

  /** Made by the metric. */
  constructor(definition: Definition, labels: LabelSet) {
    this.definition = definition;
    this.labels = labels;
    this.createdMs = definition.clock.now();
    this.#usedMs = definition.clock.monotonic();
  }

  /** Refuses an argument of `inc` or `dec`: the sample is counted as dropped, with a hint. */
  protected refuseArgument(given: unknown): void {
    const { name, tally, faults } = this.definition;
    tally.badLabels++;
    const hint = typeof given === "number"
      ? NUMBER_HINT
      : `a handle has its labels, and inc() and dec() take no argument, got ${kindOf(given)}`;
    const error = new TypeError(`Dropped a sample of "${name}": ${hint}`);
    faults.record("metric labels", error, `metric labels ${name}`);
  }

  /** Refuses a value. A refused number is only counted; a value of another kind is a mistake, and logged. */
  protected refuseValue(value: unknown): void {
    const { name, tally, faults } = this.definition;
    tally.badValues++;
    if (typeof value === "number") return;
    const rule = `value must be a number, got ${kindOf(value)}`;
    const error = new TypeError(`Dropped a sample of "${name}": ${rule}`);
    faults.record("metric value", error, `metric value ${name}`);
  }

  /** Whether no sweep saw a sample for `ttlMs` by the monotonic clock. */
  protected isStale(nowMs: number, ttlMs: number): boolean {
    if (this.used) this.#usedMs = nowMs;
    this.used = false;
    return !this.isHeld && nowMs - this.#usedMs >= ttlMs;
  }
}
