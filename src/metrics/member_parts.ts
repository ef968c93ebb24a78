/**
 * Families as members of a cluster send them: in parts, label names and bounds once a part.
 *
 * @module
 */
import type { Faults } from "../core/faults.ts";
import type {
  Exemplar,
  Family,
  HistogramSample,
  NativeBucket,
  NativeHistogram,
  NumberSample,
  SummarySample,
} from "./family.ts";
import { type LabelSet, labelSet } from "./labels.ts";

/** Samples of one family that have the same label names and bounds. */
export interface WireFamily {
  /** The family without its samples. */
  readonly head: Omit<Family, "samples">;
  /** The label names of all rows. */
  readonly names: readonly string[];
  /** The bounds of all rows, when they are histograms. */
  readonly bounds?: readonly number[] | undefined;
  /** The samples: their label values first. */
  readonly rows: unknown[][];
}

type Sample = Family["samples"][number];

/** Numbers a part has, about: some milliseconds of work. */
const PART_NUMBERS = 2000;
/** More than any member has. */
const MAX_SAMPLES = 2_000_000;
const TYPES = new Set(["counter", "gauge", "unknown", "info", "stateset", "histogram", "summary"]);
const AGGREGATIONS = new Set([undefined, "sum", "min", "max", "first", "last"]);

/**
 * The parts of these families; the last of them is returned instead of yielded. A family that can't
 * be read, of a collector made by hand, ends there and is counted.
 */
export function* wireParts(
  families: readonly Family[],
  faults: Faults,
): Generator<WireFamily[], WireFamily[]> {
  let part: WireFamily[] = [], room = PART_NUMBERS;
  for (const family of families) {
    let wire: WireFamily | undefined;
    try {
      const { samples, ...head } = family;
      if (samples.length === 0) part.push({ head, names: [], rows: [] });
      for (const sample of samples as readonly Sample[]) {
        const row = rowOf(family.type, sample);
        if (wire === undefined || !isAlike(wire, sample)) {
          const bounds = "bounds" in sample ? sample.bounds.map(wireNumber) as number[] : undefined;
          part.push(wire = { head, names: sample.labels.names, bounds, rows: [] });
        }
        wire.rows.push(row);
        if ((room -= weightOf(sample)) > 0) continue;
        yield part;
        part = [];
        room = PART_NUMBERS;
        wire = undefined;
      }
    } catch (error) {
      faults.record("cluster", error);
    }
  }
  return part;
}

/** Puts together what came in parts, and refuses what is none. */
export class MemberAssembly {
  readonly #families: { head: Omit<Family, "samples">; samples: Sample[] }[] = [];
  #length = 0;

  /** Adds a part. Throws a `TypeError` when it is not one of ours. */
  add(part: readonly WireFamily[]): void {
    for (const { head, names, bounds, rows } of list<WireFamily>(part)) {
      check(typeof head === "object" && head !== null);
      const last = this.#families.at(-1);
      const isMore = last?.head.name === head.name && last?.head.type === head.type;
      const family = isMore ? last! : { head: headOf(head), samples: [] };
      const labelNames = list(names).map(text);
      const shared = bounds === undefined ? undefined : list(bounds).map(number);
      check((head.type === "histogram") === (shared !== undefined) || list(rows).length === 0);
      this.#length += list(rows).length;
      check(this.#length <= MAX_SAMPLES);
      for (const row of rows) {
        const values = list(list(row)[0]).map(text);
        check(values.length === labelNames.length);
        family.samples.push(sampleOf(head.type, labelSet(labelNames, values), row, shared));
      }
      if (!isMore) this.#families.push(family);
    }
  }

  /** What was added. */
  finish(): Family[] {
    return this.#families.map(({ head, samples }) => ({ ...head, samples }) as unknown as Family);
  }
}

function headOf(head: Omit<Family, "samples">): Omit<Family, "samples"> {
  const { name, help, type, unit, aggregation, perProcess } = head;
  check(name !== "" && TYPES.has(type) && AGGREGATIONS.has(aggregation));
  return {
    ...{ name: text(name), help: text(help), type, aggregation, perProcess: perProcess === true },
    ...unit === undefined ? {} : { unit: text(unit) },
    ..."gauge" in head && head.gauge === true ? { gauge: true } : {},
  } as Omit<Family, "samples">;
}

function isAlike({ names, bounds }: WireFamily, sample: Sample): boolean {
  return isSame(names, sample.labels.names) &&
    (bounds === undefined || isSame(bounds, (sample as HistogramSample).bounds));
}

function isSame(a: readonly unknown[], b: readonly unknown[]): boolean {
  return a === b || a.length === b.length && a.every((item, i) => item === b[i]);
}

function weightOf(sample: Sample): number {
  if ("quantiles" in sample) return 2 + sample.quantiles.length;
  if (!("buckets" in sample)) return 1;
  const { buckets, native, exemplars } = sample;
  return 2 + buckets.length + 4 * (exemplars?.length ?? 0) +
    2 * ((native?.positive.length ?? 0) + (native?.negative.length ?? 0));
}

function rowOf(type: Family["type"], sample: Sample): unknown[] {
  const { createdMs, timestampMs, labels: { values } } = sample;
  const times = [wireNumber(createdMs), wireNumber(timestampMs)];
  if (type === "histogram") {
    const { count, sum, buckets, exemplars, native } = sample as HistogramSample;
    return [
      ...[values, ...times, wireNumber(count), wireNumber(sum), buckets.map(wireNumber)],
      ...[exemplars?.map(exemplarRow), native && nativeRow(native)],
    ];
  }
  if (type === "summary") {
    const { count, sum, quantiles } = sample as SummarySample;
    const pairs = quantiles.map(([q, value]) => [q, wireNumber(value)]);
    return [values, ...times, wireNumber(count), wireNumber(sum), pairs];
  }
  const { value, exemplar } = sample as NumberSample;
  const row = [values, ...times, wireNumber(value)];
  return exemplar === undefined ? row : [...row, exemplarRow(exemplar)];
}

function sampleOf(
  type: Family["type"],
  labels: LabelSet,
  [, createdMs, timestampMs, a, b, c, d, e]: readonly unknown[],
  bounds: readonly number[] | undefined,
): Sample {
  const times = {
    createdMs: optional(createdMs, number),
    timestampMs: optional(timestampMs, number),
  };
  if (type === "histogram") {
    const buckets = list(c).map(number);
    check(buckets.length === bounds!.length);
    const exemplars = optional(d, (rows) => list(rows).map(exemplarOf));
    const native = optional(e, nativeOf);
    return {
      labels,
      ...times,
      count: number(a),
      sum: number(b),
      bounds: bounds!,
      buckets,
      exemplars,
      native,
    };
  }
  if (type === "summary") {
    const quantiles = list(c).map(pair);
    return { labels, ...times, count: number(a), sum: number(b), quantiles };
  }
  return { labels, ...times, value: number(a), exemplar: optional(b, exemplarOf) };
}

function exemplarRow({ value, timestampMs, labels }: Exemplar): unknown[] {
  return [wireNumber(value), wireNumber(timestampMs), labels.names, labels.values];
}

function exemplarOf(row: unknown): Exemplar {
  const [value, timestampMs, names, values] = list(row);
  check(list(names).length === list(values).length);
  return {
    value: number(value),
    timestampMs: optional(timestampMs, number),
    labels: labelSet(list(names).map(text), list(values).map(text)),
  };
}

function nativeRow({ schema, zeroThreshold, zeroCount, positive, negative }: NativeHistogram) {
  return [schema, zeroThreshold, zeroCount, positive, negative];
}

function nativeOf(row: unknown): NativeHistogram {
  const [schema, zeroThreshold, zeroCount, positive, negative] = list(row);
  // Outside of these no bucket has bounds, and resolutions would be halved for ever.
  check(Number.isInteger(schema) && schema as number >= -4 && schema as number <= 8);
  return {
    schema: schema as number,
    zeroThreshold: number(zeroThreshold),
    zeroCount: number(zeroCount),
    positive: list(positive).map(bucket),
    negative: list(negative).map(bucket),
  };
}

function bucket(value: unknown): NativeBucket {
  const [index, count] = pair(value);
  check(Number.isInteger(index));
  return [index, count];
}

/** JSON has no NaN and no infinities: they go as text. */
function wireNumber(value: number | undefined): number | string | undefined {
  return value === undefined || Number.isFinite(value) ? value : String(Number(value));
}

function number(value: unknown): number {
  if (typeof value === "number") return value;
  check(value === "NaN" || value === "Infinity" || value === "-Infinity");
  return Number(value);
}

function pair(value: unknown): [number, number] {
  const [a, b] = list(value);
  return [number(a), number(b)];
}

function text(value: unknown): string {
  check(typeof value === "string");
  return value as string;
}

function list<T = unknown>(value: unknown): readonly T[] {
  check(Array.isArray(value));
  return value as T[];
}

function optional<T>(value: unknown, read: (value: unknown) => T): T | undefined {
  return value === undefined || value === null ? undefined : read(value);
}

function check(isRight: boolean): void {
  if (!isRight) {
    throw new TypeError("Cannot read a member's families: not as this release sends them");
  }
}
