/**
 * What the metrics of every type have in common.
 *
 * @module
 */
import type {
  Aggregation,
  Family,
  HistogramForm,
  NumberFamily,
  NumberSample,
} from "../data/family.ts";
import {
  type LabelArguments,
  type Labels,
  type LabelSet,
  NUMBER_HINT,
  SeriesIndex,
  type Tally,
} from "../data/labels.ts";
import type { Clock } from "../../core/clock.ts";
import type { Faults } from "../../core/faults.ts";
import { kindOf } from "../../core/check.ts";

/** What a reader wants of the data. */
export interface CollectOptions {
  /** Histograms as native histograms too, but those whose `form` is `classic`. */
  readonly native?: boolean | undefined;
  /**
   * The shape of histograms that have no `form` of their own: `native` leaves out their classic
   * buckets, `classic` what makes them native. Both that were asked for unless given.
   */
  readonly histograms?: HistogramForm | undefined;
}

/**
 * A family at one moment whose samples are not made yet: the numbers are fixed in one go, which is
 * quick, and the rest can be spread over time without one sample being newer than another.
 *
 * @internal
 */
export interface Frozen<F extends Family = Family> {
  /** Everything but the samples. */
  readonly head: Omit<F, "samples">;
  /** How many samples there will be. */
  readonly length: number;
  /**
   * Fixes the numbers of the samples before `end`, where they are too many to be fixed by freezing;
   * what {@linkcode Frozen.sample} is asked for is fixed by then at the latest.
   */
  fix?(end: number): void;
  /** Makes one of them. */
  sample(index: number): F["samples"][number];
}

/** A metric: its series, found by their labels. */
export abstract class Metric<L extends string, S extends Series, F extends Family = Family> {
  /**
   * What it was registered as.
   *
   * @internal
   */
  readonly definition: Definition;
  /**
   * Its series.
   *
   * @internal
   */
  protected readonly series: SeriesIndex<S>;
  #sweptMs = -Infinity;

  /** Made by a registry. */
  constructor(definition: Definition, make: (labels: LabelSet) => S) {
    this.definition = definition;
    this.series = new SeriesIndex({ ...definition, make, makeRoom: () => this.#makeRoom() });
  }

  /**
   * The series of these labels, resolved once: its verbs cost no look-up. Throws a `TypeError` when
   * the labels do not fit.
   */
  with(...labels: LabelArguments<L>): S;
  with(labels?: unknown): S {
    return this.series.require(labels as Labels | undefined).pin();
  }

  /** Forgets the series of these labels; false when there was none. A handle counts on, unseen. */
  remove(...labels: LabelArguments<L>): boolean;
  remove(labels?: unknown): boolean {
    return this.series.remove(labels as Labels | undefined);
  }

  /** Forgets all series; without labels, the only one begins anew. */
  clear(): void {
    this.series.clear();
  }

  /** How many series there are, without the overflow series. */
  get size(): number {
    return this.series.size;
  }

  /** Forgets the series that had no sample for the metric's time to live. */
  sweep(): void {
    const { ttlMs, clock } = this.definition;
    if (ttlMs === undefined) return;
    const nowMs = clock.monotonic();
    this.#sweptMs = nowMs;
    for (const series of this.series.all) {
      if (series.isStale(nowMs, ttlMs)) this.series.forget(series);
    }
  }

  /** The cap is reached: a sweep looks at every series, so it is not for every sample to make one. */
  #makeRoom(): void {
    const { ttlMs, clock } = this.definition;
    if (ttlMs !== undefined && clock.monotonic() - this.#sweptMs >= ttlMs / 4) this.sweep();
  }

  /** All series at this moment. */
  family(options?: CollectOptions): F {
    const family = this.freeze(options);
    family.fix?.(family.length);
    return thawSlice(family, 0, family.length);
  }

  /**
   * {@linkcode Metric.family}, its samples yet to be made.
   *
   * @internal
   */
  abstract freeze(options?: CollectOptions): Frozen<F>;
}

/** A family whose samples are quickly made is frozen by making them. */
export function frozen<F extends Family>(
  head: Omit<F, "samples">,
  samples: F["samples"],
): Frozen<F> {
  return { head, length: samples.length, sample: (i) => samples[i]! };
}

/** The family with its samples from `start` to before `end`. */
export function thawSlice<F extends Family>(
  { head, sample }: Frozen<F>,
  start: number,
  end: number,
): F {
  const samples: F["samples"][number][] = [];
  for (let i = start; i < end; i++) samples.push(sample(i));
  return { ...head, samples } as unknown as F;
}

/** A series of one number. */
interface NumberSeries {
  readonly value: number;
  sample(value: number): NumberSample;
}

/** Fixes the numbers of many series in a column: two orders quicker than making their samples. */
export function freezeNumbers(
  head: Omit<NumberFamily, "samples">,
  series: readonly NumberSeries[],
): Frozen<NumberFamily> {
  const values = new Float64Array(series.length);
  for (let i = 0; i < values.length; i++) values[i] = series[i]!.value;
  return { head, length: values.length, sample: (i) => series[i]!.sample(values[i]!) };
}

/**
 * Freezes series of many numbers each.
 *
 * @param freeze copies the numbers that a series has now; what it gives makes the sample of them
 */
export function freezeSeries<F extends Family, S>(
  head: Omit<F, "samples">,
  series: readonly S[],
  freeze: (series: S) => () => F["samples"][number],
): Frozen<F> {
  const fixed: (() => F["samples"][number])[] = [];
  const fix = (end: number) => {
    for (let i = fixed.length; i < end; i++) fixed.push(freeze(series[i]!));
  };
  return {
    head,
    length: series.length,
    fix,
    sample(i) {
      if (i >= fixed.length) fix(i + 1);
      return fixed[i]!();
    },
  };
}

/**
 * A metric as it was registered, with what its registry lends it.
 *
 * @internal
 */
export interface Definition {
  /** As registered. */
  readonly name: string;
  /** What a person reads. */
  readonly help: string;
  /** Label names, in the order of registration. */
  readonly labels: readonly string[];
  /** The base unit, if one was said. */
  readonly unit: string | undefined;
  /** How the gauges of several members of a cluster become one. */
  readonly aggregation: Aggregation | undefined;
  /** The most series before the overflow series takes the rest. */
  readonly maxSeries: number;
  /** After how long without a sample a series is forgotten, if ever. */
  readonly ttlMs: number | undefined;
  /** Whether samples taken in a sampled trace keep a link to it. */
  readonly exemplars: boolean;
  /** Its time. */
  readonly clock: Clock;
  /** Where what goes wrong is counted. */
  readonly faults: Faults;
  /** What it refused or turned away. */
  readonly tally: Tally;
}

/**
 * One series: its labels, when it began, and whether it is still used.
 *
 * @internal
 */
export abstract class Series {
  /** What tells it from the others of its metric. */
  readonly labels: LabelSet;
  /** The metric it belongs to. */
  protected readonly definition: Definition;
  /** When it began, in milliseconds since the Unix epoch. */
  protected createdMs: number;
  /** Set by every sample, taken back by a sweep: what a time to live is measured by. */
  protected used = true;
  #usedMs: number;
  #pinned = false;

  /** Made by the metric. */
  constructor(definition: Definition, labels: LabelSet) {
    this.definition = definition;
    this.labels = labels;
    this.createdMs = definition.clock.now();
    this.#usedMs = definition.clock.monotonic();
  }

  /** An argument where one is counted: nothing is, and it is told what was meant. */
  protected refuseArgument(given: unknown): void {
    const { name, tally, faults } = this.definition;
    tally.badLabels++;
    const hint = typeof given === "number"
      ? NUMBER_HINT
      : `a handle has its labels, and inc() and dec() take no argument, got ${kindOf(given)}`;
    const error = new TypeError(`Dropped a sample of "${name}": ${hint}`);
    faults.record("metric labels", error, `metric labels ${name}`);
  }

  /** A value that can't be counted. A number is one that happens; of another kind it is a mistake. */
  protected refuseValue(value: unknown): void {
    const { name, tally, faults } = this.definition;
    tally.badValues++;
    if (typeof value === "number") return;
    const rule = `value must be a number, got ${kindOf(value)}`;
    const error = new TypeError(`Dropped a sample of "${name}": ${rule}`);
    faults.record("metric value", error, `metric value ${name}`);
  }

  /** Somebody holds a handle: the series must not end under it. */
  pin(): this {
    this.#pinned = true;
    return this;
  }

  /** Whether no sample has come for `ttlMs` by the monotonic clock, as far as the sweeps saw. */
  isStale(nowMs: number, ttlMs: number): boolean {
    if (this.used) this.#usedMs = nowMs;
    this.used = false;
    return !this.#pinned && nowMs - this.#usedMs >= ttlMs;
  }
}
