/**
 * Rows of a frame in an order, read as plain data.
 *
 * @module
 */
import { type Frame, type Steps, valueAt } from "../store/frame.ts";
import type { NumberedRow } from "./answer.ts";
import { compare, firstOf } from "./order.ts";

/** The first rows by the value of a field; of equal ones the newer first. */
export function* sorted(
  frame: Frame,
  rows: Uint32Array,
  field: string,
  isDescending: boolean,
  most: number,
): Steps<number[]> {
  const column = frame.column(field);
  const values = Array.from(rows, (i) => (column && valueAt(column, i)) ?? null);
  yield;
  const first = yield* firstOf(
    values.keys(),
    most,
    (a, b) => compare(values[a]!, values[b]!, isDescending) || b - a,
  );
  return first.map((k) => rows[k]!);
}

/** Rows read between two steps. */
const PART = 64;

/** Rows of the frame with their numbers in the store. */
export function* numbered(frame: Frame, rows: readonly number[]): Steps<NumberedRow[]> {
  const read: NumberedRow[] = [];
  for (const i of rows) {
    read.push({ number: frame.numberOf(i), fields: frame.row(i) });
    if (read.length % PART === 0) yield;
  }
  return read;
}
