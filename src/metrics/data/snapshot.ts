/**
 * Families at one moment, whose samples are made when they are needed.
 *
 * Copying the numbers of many series is quick, making their samples is not: a snapshot copies first,
 * and other work may run while the samples are made, without one being newer than another.
 *
 * @module
 */
import type { Family, NumberFamily, NumberSample } from "./family.ts";
import type { LabelSet } from "./labels.ts";
import type { LinePart, Lines, NumberSeries } from "./lines.ts";
import { isLegacyMetricName } from "./names.ts";

/** A family at one moment. */
export interface Snapshot<F extends Family = Family> {
  /** Everything but the samples. */
  readonly head: Omit<F, "samples">;
  /** How many samples there are. */
  readonly length: number;
  /** True if all names are legacy names, so that no sample needs escaping. */
  readonly isLegacy?: boolean;
  /** Copies the numbers of the samples before `end`, where that was too long to be done at once. */
  copy?(end: number): void;
  /**
   * The samples' lines in order, as both text formats have them where names stand as registered; for a
   * gauge, and a counter without exemplars, which OpenMetrics shows so only if its name ends in `_total`.
   */
  readonly lines?: readonly LinePart[] | undefined;
  /** Makes one sample; its numbers are copied by now at the latest. */
  at(index: number): F["samples"][number];
}

/** A snapshot of what is data already. */
export function snapshotOf<F extends Family>({ samples, ...head }: F): Snapshot<F> {
  return {
    head,
    length: samples.length,
    at: (i) => samples[i]!,
  };
}

/** A series of one number, as data. */
interface SampledSeries extends NumberSeries {
  sample(value: number): NumberSample;
}

/**
 * A snapshot of series of one number each. Copying them is two orders of magnitude faster than making
 * the samples.
 */
export function snapshotOfNumbers(
  head: Omit<NumberFamily, "samples">,
  series: readonly SampledSeries[],
  lines?: Lines,
): Snapshot<NumberFamily> {
  const values = new Float64Array(series.length);
  for (let i = 0; i < values.length; i++) values[i] = series[i]!.value;
  return {
    head,
    length: values.length,
    isLegacy: isLegacy(head.name, series),
    lines: lines?.parts(series, values),
    at: (i) => series[i]!.sample(values[i]!),
  };
}

/**
 * A snapshot of series of many numbers each, which are copied in steps.
 *
 * @param copy copies the numbers that a series has now, and returns what makes the sample of them
 */
export function snapshotOfSeries<F extends Family, S extends { readonly labels: LabelSet }>(
  head: Omit<F, "samples">,
  series: readonly S[],
  copy: (series: S) => () => F["samples"][number],
): Snapshot<F> {
  const copied: (() => F["samples"][number])[] = [];
  const copyTo = (end: number) => {
    for (let i = copied.length; i < end; i++) copied.push(copy(series[i]!));
  };
  return {
    head,
    length: series.length,
    isLegacy: isLegacy(head.name, series),
    copy: copyTo,
    at(i) {
      copyTo(i + 1);
      return copied[i]!();
    },
  };
}

/** All series of a metric have the same label names. */
function isLegacy(name: string, series: readonly { readonly labels: LabelSet }[]): boolean {
  return isLegacyMetricName(name) && (series[0]?.labels.legacy ?? true);
}

/** The family with its samples from `start` to before `end`. */
export function slice<F extends Family>({ head, at }: Snapshot<F>, start: number, end: number): F {
  const samples: F["samples"][number][] = [];
  for (let i = start; i < end; i++) samples.push(at(i));
  return { ...head, samples } as unknown as F;
}
