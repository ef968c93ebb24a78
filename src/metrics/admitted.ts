/**
 * Families that a collector made: looked at, and copied into plain data, before a page depends on
 * them. A family that its reader would refuse must not cost the whole page.
 *
 * @module
 */
import { clashOf } from "./claims.ts";
import { escapeName } from "./escape.ts";
import {
  AGGREGATIONS,
  type Exemplar,
  type Family,
  type HistogramSample,
  type NativeBucket,
  type NativeHistogram,
  type NumberSample,
  type SummarySample,
} from "./family.ts";
import { type LabelSet, labelSet } from "./labels.ts";
import { isUtf8Name } from "./name.ts";
import type { Pause } from "./pause.ts";

/** A family without the samples that can't be shown, and what was wrong with the first of these. */
export interface Admitted {
  readonly family: Family;
  readonly problem: string | undefined;
}

type Sample = Family["samples"][number];

const TYPES: readonly unknown[] = [
  ...["counter", "gauge", "unknown", "info", "stateset", "histogram", "summary"],
];

/** Copies what is right about a family. Throws what is wrong with the family as a whole. */
export async function admit(given: Family, pause: Pause): Promise<Admitted> {
  const { samples: all, ...head } = headOf(given);
  const copy = new SampleCopy(head.type, head.name);
  const seen = new Set<string>(), samples: Sample[] = [];
  let problem: string | undefined;
  for (let i = 0; i < all.length; i++) {
    try {
      const sample = copy.sample(all[i]!);
      const key = keyOf(sample);
      check(!seen.has(key), `{${sample.labels.text}} is there twice`);
      seen.add(key);
      samples.push(sample);
    } catch (error) {
      problem ??= error instanceof Error ? error.message : "a sample threw";
    }
    if (i % 64 === 63 && pause.isDue) await pause.take();
  }
  // A family without any series is worth its place only when it had none.
  if (problem !== undefined && samples.length === 0) throw new TypeError(problem);
  return { family: { ...head, samples } as unknown as Family, problem };
}

function headOf(given: Family): Family {
  const { type, name, help, unit, aggregation, perProcess, samples } = given;
  check(typeof name === "string" && isUtf8Name(name), "its name must be well-formed text");
  check(TYPES.includes(type), `its type ${String(type)} is none`);
  check(typeof help === "string", "its help must be text");
  check(Array.isArray(samples), "its samples must be an array");
  check(type !== "info" || name.endsWith("_info"), 'the name of an info must end in "_info"');
  if (unit !== undefined) {
    const isIn = typeof unit === "string" && unit !== "" &&
      name.replace(/_total$/, "").endsWith(`_${unit}`);
    check(isIn, `its name must end in its unit "_${String(unit)}"`);
  }
  check(
    aggregation === undefined || AGGREGATIONS.includes(aggregation),
    `its aggregation ${String(aggregation)} is none`,
  );
  const gauge = given.type === "histogram" && given.gauge === true ? { gauge: true } : {};
  return {
    type,
    name,
    help: help.toWellFormed(),
    unit,
    aggregation,
    perProcess: perProcess === true || undefined,
    ...gauge,
    samples,
  } as Family;
}

/** Samples are told apart by their labels in any order, as readers see them that get names escaped. */
function keyOf({ labels: { names, values }, timestampMs }: Sample): string {
  if (names.length === 0) return `${timestampMs}`;
  const pairs = names.map((name, i) => [escapeName(name, "underscores"), values[i]!] as const);
  if (pairs.length > 1) pairs.sort(([a], [b]) => a < b ? -1 : 1);
  return JSON.stringify([timestampMs, ...pairs]);
}

/** Copies the samples of one family; each method throws what is wrong. */
class SampleCopy {
  readonly #type: Family["type"];
  readonly #name: string;
  /** Samples of one family share their bounds, and so do the copies. */
  #givenBounds: readonly number[] | undefined;
  #bounds: readonly number[] = [];

  constructor(type: Family["type"], name: string) {
    this.#type = type;
    this.#name = name;
  }

  sample(given: Sample): Sample {
    const labels = copyLabels(given.labels, this.#reserved);
    const { timestampMs, createdMs } = given;
    check(isTime(timestampMs), `its time ${timestampMs} is none`);
    check(isTime(createdMs), `its beginning ${createdMs} is none`);
    const base = { labels, timestampMs, createdMs };
    if (this.#type === "histogram") return this.#histogram(given as HistogramSample, base);
    if (this.#type === "summary") return this.#summary(given as SummarySample, base);
    return this.#number(given as NumberSample, base);
  }

  get #reserved(): string | undefined {
    if (this.#type === "histogram") return "le";
    return this.#type === "summary" ? "quantile" : undefined;
  }

  #number(
    { value, exemplar }: NumberSample,
    base: Pick<NumberSample, "labels" | "timestampMs" | "createdMs">,
  ): NumberSample {
    check(typeof value === "number", `its value is a ${typeof value}, not a number`);
    if (this.#type === "counter") {
      check(value >= 0 && value < Infinity, `a counter can't be ${value}`);
    }
    if (this.#type === "info") check(value === 1, `an info is 1, not ${value}`);
    if (this.#type === "stateset") {
      check(value === 0 || value === 1, `a state is 0 or 1, not ${value}`);
      check(base.labels.names.includes(this.#name), `a state is missing its label "${this.#name}"`);
    }
    return { ...base, value, exemplar: exemplar == null ? undefined : copyExemplar(exemplar) };
  }

  #histogram(
    { count, sum, bounds, buckets, exemplars, native }: HistogramSample,
    base: Pick<HistogramSample, "labels" | "timestampMs" | "createdMs">,
  ): HistogramSample {
    if (bounds !== this.#givenBounds || bounds === undefined) {
      const copied = [...bounds];
      check(copied.every(Number.isFinite) && isAscending(copied), "its bounds must ascend");
      this.#givenBounds = bounds;
      this.#bounds = copied;
    }
    const counts = [...buckets];
    check(counts.length === this.#bounds.length, "it must have as many buckets as bounds");
    const isCumulative = [...counts, count].every((n, i) =>
      isCount(n) && n >= (counts[i - 1] ?? 0)
    );
    check(isCumulative, "its counts must be whole and cumulative");
    check(typeof sum === "number", `its sum is a ${typeof sum}, not a number`);
    return {
      ...base,
      count,
      sum,
      bounds: this.#bounds,
      buckets: counts,
      exemplars: exemplars == null ? undefined : [...exemplars].map(copyExemplar),
      native: native == null ? undefined : copyNative(native),
    };
  }

  #summary(
    { count, sum, quantiles }: SummarySample,
    base: Pick<SummarySample, "labels" | "timestampMs" | "createdMs">,
  ): SummarySample {
    check(isCount(count) || Number.isNaN(count), `its count can't be ${count}`);
    check(typeof sum === "number", `its sum is a ${typeof sum}, not a number`);
    const copied = quantiles.map(([q, value]) => [q, value] as const);
    const areRight = copied.every(([q, value]) => q >= 0 && q <= 1 && typeof value === "number");
    check(areRight && new Set(copied.map(([q]) => q)).size === copied.length, "a quantile is none");
    return { ...base, count, sum, quantiles: copied };
  }
}

function copyLabels(given: LabelSet, reserved: string | undefined): LabelSet {
  check(Array.isArray(given?.names) && Array.isArray(given.values), "it has no labels");
  const names = [...given.names], values = [...given.values];
  check(names.length === values.length, "it must have as many values as labels");
  check(values.every((value) => typeof value === "string"), "the value of a label must be text");
  const areText = names.every((name) => typeof name === "string" && isUtf8Name(name));
  check(areText, "the name of a label must be text");
  const clash = names.find((name) => name === reserved) ?? clashOf(names);
  check(clash === undefined, `label "${clash}" is reserved or there twice`);
  return labelSet(names, values);
}

function copyExemplar({ value, labels, timestampMs }: Exemplar): Exemplar {
  check(typeof value === "number" && isTime(timestampMs), "its exemplar is none");
  return { value, labels: copyLabels(labels, undefined), timestampMs };
}

function copyNative(given: NativeHistogram): NativeHistogram {
  const { schema, zeroThreshold, zeroCount } = given;
  const copyBuckets = (buckets: readonly NativeBucket[]) => {
    const copied = buckets.map(([index, count]) => [index, count] as const);
    const areRight = copied.every(([index, count]) => Number.isInteger(index) && isCount(count));
    check(areRight && isAscending(copied.map(([index]) => index)), "its buckets must ascend");
    return copied;
  };
  check(Number.isInteger(schema) && schema >= -4 && schema <= 8, `its schema can't be ${schema}`);
  check(zeroThreshold >= 0 && zeroThreshold < Infinity, "its zero threshold can't be");
  check(isCount(zeroCount), "its zero count can't be");
  const positive = copyBuckets(given.positive), negative = copyBuckets(given.negative);
  return { schema, zeroThreshold, zeroCount, positive, negative };
}

function isCount(n: number): boolean {
  return Number.isSafeInteger(n) && n >= 0;
}

function isTime(timeMs: number | undefined): boolean {
  // As far as a Date goes.
  return timeMs === undefined || typeof timeMs === "number" && Math.abs(timeMs) <= 8.64e15;
}

function isAscending(numbers: readonly number[]): boolean {
  return numbers.every((n, i) => i === 0 || n > numbers[i - 1]!);
}

function check(isRight: boolean, problem: string): asserts isRight {
  if (!isRight) throw new TypeError(problem);
}
