/**
 * Rows of a frame, in an order.
 *
 * @module
 */
import { type Frame, type Steps, valueAt } from "../store/frame.ts";
import type { NumberedRow } from "./answer.ts";
import { compare, firstOf } from "./order.ts";

/** The first rows by the value of a field; the newer of those with the same value first. */
export function* sorted(
  frame: Frame,
  rows: Uint32Array,
  field: string,
  isDescending: boolean,
  most: number,
): Steps<number[]> {
  const column = frame.column(field);
  const valueOf = (i: number) => (column && valueAt(column, i)) ?? null;
  return yield* firstOf(
    rows,
    most,
    (a, b) => compare(valueOf(a), valueOf(b), isDescending) || b - a,
  );
}

/** A row of the frame with its number in the store. */
export function numbered(frame: Frame, i: number): NumberedRow {
  return { number: frame.first + i, fields: frame.row(i) };
}
