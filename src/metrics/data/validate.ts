/**
 * Validates families that a collector made, and copies them into plain data: a family that a reader
 * would refuse must not cost the whole page.
 *
 * @module
 */
import { shown } from "../../core/check.ts";
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
import { clashOf, endsInUnit, escapeName, isUtf8Name } from "./names.ts";
import type { Pause } from "../../core/pause.ts";

/** A family without its invalid samples, and what is wrong with the first of these. */
export interface Admitted {
  readonly family: Family;
  readonly problem: string | undefined;
}

type Sample = Family["samples"][number];

const METRIC_TYPES: readonly Family["type"][] = [
  ...["counter", "gauge", "unknown", "info", "stateset", "histogram", "summary"] as const,
];

const TYPE_RULE = `type must be one of ${METRIC_TYPES.join(", ")}`;
const AGGREGATION_RULE = `aggregation must be one of ${AGGREGATIONS.join(", ")}`;

/** Copies the valid samples of a family. Throws when the family as a whole is invalid. */
export async function admit(given: Family, pause: Pause): Promise<Admitted> {
  const { samples: all, ...head } = headOf(given);
  const copy = new SampleCopy(head.type, head.name);
  const seen = new Set<string>(), samples: Sample[] = [];
  let problem: string | undefined;
  for (let i = 0; i < all.length; i++) {
    try {
      const sample = copy.sample(all[i]!);
      const key = copy.keyOf(sample);
      if (seen.has(key)) throw new TypeError(`series {${sample.labels.text}} appears twice`);
      seen.add(key);
      samples.push(sample);
    } catch (error) {
      problem ??= error instanceof Error ? error.message : "a sample threw";
    }
    if (i % 64 === 63 && pause.isDue) await pause.take();
  }
  // A family whose samples are all invalid is left out; one that came without any is shown.
  if (problem !== undefined && samples.length === 0) throw new TypeError(problem);
  return { family: { ...head, samples } as unknown as Family, problem };
}

function headOf(given: Family): Family {
  const { type, name, help, unit, aggregation, perProcess, samples } = given;
  const isName = typeof name === "string" && isUtf8Name(name);
  check(isName, "name must be non-empty, well-formed text", name);
  check(METRIC_TYPES.includes(type), TYPE_RULE, type);
  check(typeof help === "string", "help must be text", help);
  check(Array.isArray(samples), "samples must be an array", samples);
  check(type !== "info" || name.endsWith("_info"), 'name of an info must end in "_info"', name);
  const isIn = unit === undefined || endsInUnit(name, unit);
  check(isIn, `name must end in its unit "_${String(unit)}"`, name);
  const isAggregation = aggregation === undefined || AGGREGATIONS.includes(aggregation);
  check(isAggregation, AGGREGATION_RULE, aggregation);
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

/** Copies the samples of one family; throws for an invalid one. */
class SampleCopy {
  readonly #type: Family["type"];
  readonly #name: string;
  /** Samples of one family share their bounds, and so do the copies. */
  #givenBounds: readonly number[] | undefined;
  #bounds: readonly number[] = [];
  /** Most samples of one family have the same label names: they are validated once. */
  #names: readonly string[] = [];
  /** The beginning of the key of a sample with these names, and the order of its values. */
  #keyNames: readonly string[] | undefined;
  #keyHead = "";
  #keyOrder: readonly number[] = [];

  constructor(type: Family["type"], name: string) {
    this.#type = type;
    this.#name = name;
  }

  sample(given: Sample): Sample {
    const labels = copyLabels(given.labels, this.#reserved, this.#names);
    this.#names = labels.names;
    const { timestampMs, createdMs } = given;
    check(isTime(timestampMs), "timestampMs must be a time in milliseconds", timestampMs);
    check(isTime(createdMs), "createdMs must be a time in milliseconds", createdMs);
    const base = { labels, timestampMs, createdMs };
    if (this.#type === "histogram") return this.#histogram(given as HistogramSample, base);
    if (this.#type === "summary") return this.#summary(given as SummarySample, base);
    return this.#number(given as NumberSample, base);
  }

  /** Identifies a sample by its labels in any order, with names as the readers of escaped names see them. */
  keyOf({ labels: { names, values }, timestampMs }: Sample): string {
    if (names !== this.#keyNames) {
      const sorted = names.map((name, i) => [escapeName(name, "underscores"), i] as const)
        .sort(([a], [b]) => a < b ? -1 : 1);
      this.#keyNames = names;
      this.#keyHead = JSON.stringify(sorted.map(([name]) => name));
      this.#keyOrder = sorted.map(([, i]) => i);
    }
    let key = `${timestampMs}${this.#keyHead}`;
    for (const i of this.#keyOrder) key += `${values[i]!.length}:${values[i]!}`;
    return key;
  }

  get #reserved(): string | undefined {
    if (this.#type === "histogram") return "le";
    return this.#type === "summary" ? "quantile" : undefined;
  }

  #number(
    { value, exemplar }: NumberSample,
    base: Pick<NumberSample, "labels" | "timestampMs" | "createdMs">,
  ): NumberSample {
    check(typeof value === "number", "value must be a number", value);
    if (this.#type === "counter") {
      check(value >= 0 && value < Infinity, "a counter must be finite and not negative", value);
    }
    if (this.#type === "info") check(value === 1, "an info must be 1", value);
    if (this.#type === "stateset") {
      check(value === 0 || value === 1, "a state must be 0 or 1", value);
      const { names } = base.labels;
      check(names.includes(this.#name), "a state must have a label named as the family", names);
    }
    return { ...base, value, exemplar: exemplar == null ? undefined : copyExemplar(exemplar) };
  }

  #histogram(
    { count, sum, bounds, buckets, exemplars, native }: HistogramSample,
    base: Pick<HistogramSample, "labels" | "timestampMs" | "createdMs">,
  ): HistogramSample {
    if (bounds !== this.#givenBounds || bounds === undefined) {
      const copied = isSame(bounds, this.#bounds) ? this.#bounds : [...bounds];
      const areRight = copied.every(Number.isFinite) && isAscending(copied);
      check(areRight, "bounds must be finite and ascending", copied);
      this.#givenBounds = bounds;
      this.#bounds = copied;
    }
    const counts = [...buckets];
    check(counts.length === this.#bounds.length, "buckets must be as many as bounds", counts);
    const isCumulative = [...counts, count].every((n, i) =>
      isCount(n) && n >= (counts[i - 1] ?? 0)
    );
    check(isCumulative, "buckets and count must be whole and cumulative", [...counts, count]);
    check(typeof sum === "number", "sum must be a number", sum);
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
    check(isCount(count) || Number.isNaN(count), "count must be a whole number from 0", count);
    check(typeof sum === "number", "sum must be a number", sum);
    const copied = quantiles.map(([q, value]) => [q, value] as const);
    const asked = copied.map(([q]) => q);
    const areRight = copied.every(([q, value]) => q >= 0 && q <= 1 && typeof value === "number") &&
      new Set(asked).size === asked.length;
    check(areRight, "quantiles must be distinct, from 0 to 1, each with a number", asked);
    return { ...base, count, sum, quantiles: copied };
  }
}

/** @param known valid names, with the same reserved one */
function copyLabels(
  given: LabelSet,
  reserved: string | undefined,
  known: readonly string[] = [],
): LabelSet {
  const areLists = Array.isArray(given?.names) && Array.isArray(given.values);
  check(areLists, "labels must have names and values", given);
  const names = isSame(given.names, known) ? known : [...given.names], values = [...given.values];
  check(names.length === values.length, "labels must have a value for each name", values);
  check(
    values.every((value) => typeof value === "string"),
    "values of labels must be text",
    values,
  );
  if (names === known) return labelSet(names, values);
  const areText = names.every((name) => typeof name === "string" && isUtf8Name(name));
  check(areText, "names of labels must be non-empty, well-formed text", names);
  const clash = names.find((name) => name === reserved) ?? clashOf(names);
  if (clash !== undefined) throw new TypeError(`label "${clash}" appears twice or is reserved`);
  return labelSet(names, values);
}

function copyExemplar({ value, labels, timestampMs }: Exemplar): Exemplar {
  check(typeof value === "number", "value of an exemplar must be a number", value);
  check(isTime(timestampMs), "timestampMs of an exemplar must be a time", timestampMs);
  return { value, labels: copyLabels(labels, undefined), timestampMs };
}

function copyNative(given: NativeHistogram): NativeHistogram {
  const { schema, zeroThreshold, zeroCount } = given;
  const copyBuckets = (buckets: readonly NativeBucket[]) => {
    const copied = buckets.map(([index, count]) => [index, count] as const);
    const areRight = copied.every(([index, count]) => Number.isInteger(index) && isCount(count));
    const indexes = copied.map(([index]) => index);
    const rule = "native buckets must have whole counts and ascending indexes";
    check(areRight && isAscending(indexes), rule, indexes);
    return copied;
  };
  const isSchema = Number.isInteger(schema) && schema >= -4 && schema <= 8;
  check(isSchema, "schema must be -4 to 8", schema);
  const isThreshold = zeroThreshold >= 0 && zeroThreshold < Infinity;
  check(isThreshold, "zeroThreshold must be finite and not negative", zeroThreshold);
  check(isCount(zeroCount), "zeroCount must be a whole number from 0", zeroCount);
  const positive = copyBuckets(given.positive), negative = copyBuckets(given.negative);
  return { schema, zeroThreshold, zeroCount, positive, negative };
}

function isCount(n: number): boolean {
  return Number.isSafeInteger(n) && n >= 0;
}

function isTime(timeMs: number | undefined): boolean {
  // The most that a Date holds.
  return timeMs === undefined || typeof timeMs === "number" && Math.abs(timeMs) <= 8.64e15;
}

function isSame(a: readonly unknown[], b: readonly unknown[]): boolean {
  return a.length === b.length && a.every((item, i) => item === b[i]);
}

function isAscending(numbers: readonly number[]): boolean {
  return numbers.every((n, i) => i === 0 || n > numbers[i - 1]!);
}

/** Shows the value only when it is wrong: this runs for every sample. */
function check(isRight: boolean, rule: string, value: unknown): asserts isRight {
  if (!isRight) throw new TypeError(`${rule}, got ${shown(value)}`);
}
