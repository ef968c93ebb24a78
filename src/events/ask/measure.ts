/**
 * Aggregates of rows: counts, rates, quantiles.
 *
 * @module
 */
import type { Measure } from "../question/question.ts";
import { isPresent } from "../store/column.ts";
import { type Frame, STEP, type Steps } from "../store/frame.ts";

/** The measures of a question without `show`. */
export const USUAL: readonly Measure[] = [
  { name: "count" },
  { name: "errors" },
  { name: "p50", field: "ms" },
  { name: "p95", field: "ms" },
  { name: "p99", field: "ms" },
];

/** Denominators of relative measures. */
export interface Whole {
  /** Rows that a `share` is relative to. */
  readonly rows: number;
  /** Seconds that a `rate` is relative to. */
  readonly seconds: number;
}

/** Computes a measure of rows; null when no row has a value. */
export type Work = (rows: Uint32Array, whole: Whole) => number | null;

/** Prepares measures for a frame. */
export function* worksOf(frame: Frame, measures: readonly Measure[]): Steps<Work[]> {
  const works: Work[] = [], sorted = new Map<string, Sorted>();
  for (const measure of measures) works.push(yield* workOf(frame, measure, sorted));
  return works;
}

function* workOf(
  frame: Frame,
  { name, field }: Measure,
  sorted: Map<string, Sorted>,
): Steps<Work> {
  if (name === "count") return (rows) => rows.length;
  if (name === "rate") return (rows, whole) => rows.length / whole.seconds;
  if (name === "share") return (rows, whole) => ratio(rows.length, whole.rows);
  if (name === "errors") return yield* errors(frame);
  if (name === "distinct") {
    const { keys } = yield* frame.keys(field!);
    return (rows) => distinct(keys, rows);
  }
  const numbers = frame.column(field!)?.numbers;
  if (numbers === undefined) return () => null;
  if (name.startsWith("p")) {
    const q = Number(name.slice(1)) / 100;
    const values = sorted.get(field!) ?? new Sorted(numbers);
    sorted.set(field!, values);
    return (rows) => quantile(values.of(rows), q);
  }
  return (rows) => fold(name, valuesOf(numbers, rows));
}

/** A failed row has a status of 500 or more, or no status and an `error.type`. */
function* failures(frame: Frame): Steps<Uint8Array> {
  const failed = new Uint8Array(frame.count);
  const status = frame.column("status")?.numbers;
  const { keys } = yield* frame.keys("error.type");
  for (let i = 0; i < failed.length; i++) {
    if (i % STEP === 0) yield;
    const known = status === undefined ? NaN : status[i]!;
    failed[i] = (isPresent(known) ? known >= 500 : keys[i] !== 0) ? 1 : 0;
  }
  return failed;
}

function* errors(frame: Frame): Steps<Work> {
  const failed = yield* failures(frame);
  return (rows) => {
    let count = 0;
    for (let k = 0; k < rows.length; k++) count += failed[rows[k]!]!;
    return ratio(count, rows.length);
  };
}

function distinct(keys: Uint16Array | Uint32Array, rows: Uint32Array): number {
  const seen = new Set<number>();
  for (let k = 0; k < rows.length; k++) seen.add(keys[rows[k]!]!);
  seen.delete(0);
  return seen.size;
}

/** Sorted numbers of rows, kept for further quantiles of the same rows. */
class Sorted {
  readonly #numbers: Float64Array;
  #rows: Uint32Array | undefined = undefined;
  #values: Float64Array = new Float64Array(0);

  constructor(numbers: Float64Array) {
    this.#numbers = numbers;
  }

  of(rows: Uint32Array): Float64Array {
    if (rows === this.#rows) return this.#values;
    this.#rows = rows;
    return this.#values = valuesOf(this.#numbers, rows).sort();
  }
}

/** The numbers that the rows have. */
function valuesOf(numbers: Float64Array, rows: Uint32Array): Float64Array {
  const values = new Float64Array(rows.length);
  let count = 0;
  for (let k = 0; k < rows.length; k++) {
    const number = numbers[rows[k]!]!;
    if (isPresent(number)) values[count++] = number;
  }
  return values.subarray(0, count);
}

/** The quantile by nearest rank. */
function quantile(sorted: Float64Array, q: number): number | null {
  if (sorted.length === 0) return null;
  // Without the correction 0.07 * 100 is 7.000000000000001, and the rank one too high.
  const rank = Math.ceil(Number((q * sorted.length).toPrecision(12)));
  return sorted[Math.max(0, rank - 1)]!;
}

function fold(name: string, values: Float64Array): number | null {
  if (values.length === 0) return null;
  if (name === "sum" || name === "avg") {
    const sum = values.reduce((sum, value) => sum + value, 0);
    // Infinity and -Infinity have no sum.
    if (Number.isNaN(sum)) return null;
    return name === "sum" ? sum : sum / values.length;
  }
  if (name === "min") return values.reduce((least, value) => Math.min(least, value), Infinity);
  return values.reduce((most, value) => Math.max(most, value), -Infinity);
}

function ratio(part: number, whole: number): number | null {
  return whole === 0 ? null : part / whole;
}
