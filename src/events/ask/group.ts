/**
 * Rows grouped by the values of fields.
 *
 * @module
 */
import type { Value } from "../store/column.ts";
import { type Frame, type Keys, STEP, type Steps } from "../store/frame.ts";
import type { Mask } from "./match.ts";

/** Rows with the same values. */
export interface RowGroup {
  readonly keys: readonly (Value | null)[];
  /** Rows of the frame, oldest first. */
  readonly rows: Uint32Array;
}

/** Groups made between two steps. */
const PART = 512;

/** The rows of a mask, oldest first. */
export function rowsOf(mask: Mask): Uint32Array {
  const rows = new Uint32Array(mask.length);
  let count = 0;
  for (let i = 0; i < mask.length; i++) if (mask[i] === 1) rows[count++] = i;
  return rows.subarray(0, count);
}

/** Groups rows by the values of `fields`; without fields, all rows are one group. */
export function* group(
  frame: Frame,
  rows: Uint32Array,
  fields: readonly string[],
): Steps<RowGroup[]> {
  if (fields.length === 0) return [{ keys: [], rows }];
  const all: Keys[] = [];
  let ids = new Uint32Array(rows.length), count = 1;
  for (const field of fields) {
    const keys = yield* frame.keys(field);
    all.push(keys);
    [ids, count] = yield* divide(ids, keys, rows);
  }
  const groups: RowGroup[] = [];
  for (const members of split(rows, ids, count)) {
    const [first] = members;
    groups.push({
      keys: all.map(({ keys, values }) => values[keys[first!]!] ?? null),
      rows: members,
    });
    if (groups.length % PART === 0) yield;
  }
  return groups;
}

/** Divides groups by the keys of one more field; ids start from 0. */
function* divide(
  ids: Uint32Array<ArrayBuffer>,
  { keys, values }: Keys,
  rows: Uint32Array,
): Steps<[Uint32Array<ArrayBuffer>, number]> {
  const divided = new Uint32Array(ids.length), known = new Map<number, number>();
  for (let k = 0; k < ids.length; k++) {
    if (k % STEP === 0) yield;
    const pair = ids[k]! * values.length + keys[rows[k]!]!;
    let id = known.get(pair);
    if (id === undefined) known.set(pair, id = known.size);
    divided[k] = id;
  }
  return [divided, known.size];
}

/** The rows of each id, in their order. */
function* split(
  rows: Uint32Array,
  ids: Uint32Array,
  count: number,
): Generator<Uint32Array, void, void> {
  const starts = new Uint32Array(count + 1);
  for (let k = 0; k < ids.length; k++) starts[ids[k]! + 1]!++;
  for (let id = 0; id < count; id++) starts[id + 1]! += starts[id]!;
  const sorted = new Uint32Array(rows.length), next = starts.slice();
  for (let k = 0; k < ids.length; k++) sorted[next[ids[k]!]!++] = rows[k]!;
  for (let id = 0; id < count; id++) yield sorted.subarray(starts[id], starts[id + 1]);
}
