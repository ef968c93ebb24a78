/**
 * The order of rows, groups and values.
 *
 * @module
 */
import type { Value } from "../store/column.ts";
import type { Steps } from "../store/frame.ts";

/** Items put in order between two steps. */
const PART = 512;

/** The first `count` items in an order; sorted in parts, so that no step is long. */
export function* firstOf<T>(
  items: Iterable<T>,
  count: number,
  compare: (a: T, b: T) => number,
): Steps<T[]> {
  let first: T[] = [];
  for (const item of items) {
    first.push(item);
    if (first.length < count + PART) continue;
    first = first.sort(compare).slice(0, count);
    yield;
  }
  return first.sort(compare).slice(0, count);
}

/** Numbers by size, then texts by code unit; what is absent comes last, whatever the direction. */
export function compare(a: Value | null, b: Value | null, isDescending: boolean): number {
  if (a === null || b === null) return Number(a === null) - Number(b === null);
  return isDescending ? ascending(b, a) : ascending(a, b);
}

/** Compares lists by their first values that differ. */
export function compareAll(
  a: readonly (Value | null)[],
  b: readonly (Value | null)[],
): number {
  for (let k = 0; k < a.length; k++) {
    const order = compare(a[k]!, b[k]!, false);
    if (order !== 0) return order;
  }
  return 0;
}

function ascending(a: Value, b: Value): number {
  if (typeof a === "number" && typeof b === "number") return a < b ? -1 : a > b ? 1 : 0;
  if (typeof a === "number" || typeof b === "number") return typeof a === "number" ? -1 : 1;
  const one = String(a), other = String(b);
  return one < other ? -1 : one > other ? 1 : 0;
}
