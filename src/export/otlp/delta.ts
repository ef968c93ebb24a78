/**
 * Delta temporality: counts since the last collection.
 *
 * @module
 */
import type {
  Exemplar,
  Family,
  HistogramSample,
  NativeBucket,
  NativeHistogram,
  NumberSample,
} from "../../metrics/data/family.ts";
import { halve } from "../../metrics/data/native.ts";

type Counted = NumberSample | HistogramSample;

/** A series that was left out, when it was last there, and when a collection first was without it. */
interface Absent {
  readonly sample: Counted;
  readonly seenMs: number;
  readonly missedMs: number;
}

/** How long a series that is left out is remembered, and how many are. */
const REMEMBERED_MS = 300_000, MAX_ABSENT = 10_000;

/**
 * Keeps the last value of every counter and histogram and gives the differences. Gauges and summaries
 * are not changed. It holds the series of the last collection, and for five minutes at most 10 000 that were
 * there before: where a collector failed once, its counters would be counted twice from their beginning.
 */
export class Deltas {
  #last: ReadonlyMap<string, Counted> = new Map();
  /** The longest absent first. */
  readonly #absent = new Map<string, Absent>();
  #lastMs: number;

  /** @param startMs when counting began for a series without a time of its own */
  constructor(startMs: number) {
    this.#lastMs = startMs;
  }

  /** The families with what was added since the last call, whose time becomes `createdMs`. */
  since(families: readonly Family[], nowMs: number): Family[] {
    const next = new Map<string, Counted>();
    const differ = <S extends Counted>(name: string, sample: S, subtract: Subtract<S>): S => {
      const key = `${name}{${sample.labels.text}}`;
      next.set(key, sample);
      const last = this.#last.get(key) as S | undefined;
      const absent = last === undefined ? this.#absent.get(key) : undefined;
      return this.#delta(sample, last ?? absent?.sample as S, subtract, absent?.seenMs);
    };
    const deltas = families.map((family): Family => {
      const { name } = family;
      if (family.type === "counter") {
        return { ...family, samples: family.samples.map((s) => differ(name, s, lessNumber)) };
      }
      if (family.type !== "histogram") return family;
      return { ...family, samples: family.samples.map((s) => differ(name, s, lessHistogram)) };
    });
    this.#remember(next, nowMs);
    this.#last = next;
    this.#lastMs = nowMs;
    return deltas;
  }

  #delta<S extends Counted>(
    sample: S,
    last: S | undefined,
    subtract: Subtract<S>,
    lastMs = this.#lastMs,
  ): S {
    // A series that was reset counts from its own beginning, not from the last collection.
    const continued = last !== undefined && last.createdMs === sample.createdMs;
    const delta = continued ? subtract(sample, last) : undefined;
    const createdMs = last === undefined || !continued ? sample.createdMs : undefined;
    const shown = last === undefined ? sample : withFresh(delta ?? sample, lastMs);
    return { ...shown, createdMs: createdMs ?? lastMs };
  }

  #remember(next: ReadonlyMap<string, Counted>, nowMs: number): void {
    const absent = this.#absent;
    for (const key of absent.keys()) {
      if (next.has(key)) absent.delete(key);
    }
    for (const [key, sample] of this.#last) {
      if (!next.has(key)) absent.set(key, { sample, seenMs: this.#lastMs, missedMs: nowMs });
    }
    for (const [key, { missedMs }] of absent) {
      if (absent.size <= MAX_ABSENT && nowMs - missedMs <= REMEMBERED_MS) break;
      absent.delete(key);
    }
  }
}

/** Without exemplars that were exported before: a series keeps its last ones until others come. */
function withFresh<S extends Counted>(sample: S, sinceMs: number): S {
  const isFresh = ({ timestampMs = Infinity }: Exemplar) => timestampMs >= sinceMs;
  if ("buckets" in sample) {
    const { exemplars } = sample;
    return exemplars?.length ? { ...sample, exemplars: exemplars.filter(isFresh) } : sample;
  }
  const { exemplar } = sample;
  return exemplar === undefined || isFresh(exemplar) ? sample : { ...sample, exemplar: undefined };
}

/** The difference; undefined when a count fell or the bounds are others, which means a reset. */
type Subtract<S> = (sample: S, last: S) => S | undefined;

function lessNumber(sample: NumberSample, last: NumberSample): NumberSample | undefined {
  if (sample.value < last.value) return undefined;
  return { ...sample, value: difference(sample.value, last.value) };
}

/** Nothing where an infinite number stayed so: subtracting would leave NaN, and NaN every sum behind it. */
function difference(value: number, last: number): number {
  return value === last ? 0 : value - last;
}

function lessHistogram(
  sample: HistogramSample,
  last: HistogramSample,
): HistogramSample | undefined {
  if (sample.count < last.count || !isEqual(sample.bounds, last.bounds)) return undefined;
  const buckets = sample.buckets.map((count, i) => count - last.buckets[i]!);
  const count = sample.count - last.count;
  // Buckets include those below: where one fell, its difference is less than that of the one before, by an
  // observation at least. What is less than that is how fractions subtract.
  if ([...buckets, count].some((n, i) => n < (buckets[i - 1] ?? 0) - 0.5)) return undefined;
  return {
    ...sample,
    count,
    sum: difference(sample.sum, last.sum),
    buckets,
    native: sample.native === undefined || last.native === undefined
      ? sample.native
      : lessNative(sample.native, last.native),
  };
}

function isEqual(bounds: readonly number[], others: readonly number[]): boolean {
  return bounds === others ||
    bounds.length === others.length && bounds.every((bound, i) => bound === others[i]);
}

/** The resolution and zero bucket of a series only get coarser: the earlier one is brought to them. */
function lessNative(native: NativeHistogram, last: NativeHistogram): NativeHistogram {
  let earlier = last;
  while (earlier.schema > native.schema) earlier = halve(earlier);
  const inZero = ([index]: NativeBucket) =>
    2 ** (index / 2 ** native.schema) <= native.zeroThreshold * (1 + 1e-9);
  const swallowed = [...earlier.positive, ...earlier.negative].filter(inZero);
  const less = (now: readonly NativeBucket[], before: readonly NativeBucket[]) => {
    const counts = new Map(before);
    return now
      .map(([index, count]): NativeBucket => [index, count - (counts.get(index) ?? 0)])
      .filter(([, count]) => count > 0);
  };
  return {
    ...native,
    zeroCount: native.zeroCount - earlier.zeroCount -
      swallowed.reduce((sum, [, count]) => sum + count, 0),
    positive: less(native.positive, earlier.positive),
    negative: less(native.negative, earlier.negative),
  };
}
