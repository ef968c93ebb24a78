/**
 * Candidate terms of a field: its values, the best cut of its numbers, its presence and absence.
 *
 * @module
 */
import { printName, printValue } from "../question/print.ts";
import type { Value } from "../store/column.ts";
import { type Frame, type FrameColumn, STEP, type Steps, valueAt } from "../store/frame.ts";
import { bestCut, type Cut, type Parted } from "./cut.ts";
import { isSampled } from "./fields.ts";
import type { Term } from "./explanation.ts";
import type { Counts } from "./shares.ts";

/** The rows that are explained, and those they are compared to. */
export interface Sides extends Parted {
  readonly frame: Frame;
}

/** A term, and how many rows on each side have it. */
export interface Candidate extends Counts {
  readonly term: Term;
  /** Whether a row of the frame has it. */
  readonly has: (row: number) => boolean;
}

/** The candidates of one field. */
export interface Found {
  readonly candidates: readonly Candidate[];
  /** Comparisons made. */
  readonly tried: number;
  readonly isConstant: boolean;
}

/** A numeric field with more distinct values is a measurement, else a category. */
const MAX_NAMES = 7;
/** Neighbouring cuts are correlated: all of a field count as this many comparisons. */
const CHANCES_OF_CUT = 40;
/** Numeric fields that are categories, whatever their number of values. */
const NAMES = /(?:^|[._])(?:status|code|port)$/;

/** The candidates of one field. */
export function* candidatesOf(sides: Sides, column: FrameColumn): Steps<Found> {
  const candidates: Candidate[] = [], { length } = sides.selected;
  const kind = yield* kindOf(sides, column);
  let tried = 0;
  const add = (op: Term["op"], counts: Counts, has: Candidate["has"], value?: Value) => {
    if (counts.selected < sides.support) return;
    const term = termOf(column.name, op, value);
    candidates.push({ term, selected: counts.selected, others: counts.others, has });
  };
  if (kind.numbers > 2) {
    const cut = yield* bestCut(column.numbers!, sides);
    tried += kind.numbers > MAX_NAMES ? CHANCES_OF_CUT : kind.numbers;
    if (cut !== undefined && !(cut.op === "<=" && isSampled(column.name))) {
      add(cut.op, cut, cutTest(column.numbers!, cut), cut.value);
    }
  }
  if (!kind.isMeasured) {
    const values = yield* countValues(sides, column);
    tried += values.tried;
    for (const [value, counts] of values.counts) {
      add("=", counts, (row) => valueAt(column, row) === value, value);
    }
  }
  const { present } = kind;
  const isEverywhere = present.selected === length && present.others === sides.others.length;
  if (!isEverywhere && !isSampled(column.name)) {
    const absent = {
      selected: length - present.selected,
      others: sides.others.length - present.others,
    };
    tried += 2;
    add("?", present, (row) => valueAt(column, row) !== undefined);
    add("-?", absent, (row) => valueAt(column, row) === undefined);
  }
  return { candidates, tried, isConstant: kind.isConstant && isEverywhere };
}

/** Makes a term, with its text in a question. */
export function termOf(field: string, op: Term["op"], value?: Value): Term {
  const name = printName(field);
  if (op === "?") return { field, op, text: `${name}?` };
  if (op === "-?") return { field, op, text: `-${name}?` };
  return { field, op, value, text: `${name}${op}${printValue(value!)}` };
}

/** Tests whether a row's number is on this side of a cut. */
export function cutTest(numbers: Float64Array, { op, value }: Pick<Cut, "op" | "value">) {
  return op === ">="
    ? (row: number) => numbers[row]! >= value
    : (row: number) => numbers[row]! <= value;
}

interface Kind {
  readonly present: Counts;
  /** Distinct numbers, counted up to one more than a category has. */
  readonly numbers: number;
  readonly isMeasured: boolean;
  readonly isConstant: boolean;
}

function* kindOf({ selected, others }: Sides, column: FrameColumn): Steps<Kind> {
  const numbers = new Set<number>(), present = [0, 0];
  let numeric = 0, isConstant = true, first: Value | undefined;
  for (const [side, rows] of [selected, others].entries()) {
    for (let k = 0; k < rows.length; k++) {
      if (k % STEP === 0) yield;
      const value = valueAt(column, rows[k]!);
      if (value === undefined) continue;
      present[side]!++;
      first ??= value;
      isConstant &&= value === first;
      if (typeof value !== "number") continue;
      numeric++;
      if (numbers.size <= MAX_NAMES) numbers.add(value);
    }
  }
  const isMeasured = numbers.size > MAX_NAMES && !NAMES.test(column.name) &&
    numeric >= 0.95 * (present[0]! + present[1]!);
  const counts = { selected: present[0]!, others: present[1]! };
  return {
    present: counts,
    numbers: NAMES.test(column.name) ? 0 : numbers.size,
    isMeasured,
    isConstant,
  };
}

/** The values with support, counted on both sides. */
function* countValues(
  sides: Sides,
  column: FrameColumn,
): Steps<{ counts: Map<Value, Counts>; tried: number }> {
  const { frame, selected, others, support } = sides;
  if (column.texts !== undefined) return yield* countTexts(sides, column);
  const { keys, values } = yield* frame.keys(column.name);
  const selectedCounts = new Uint32Array(values.length);
  const otherCounts = new Uint32Array(values.length);
  for (let k = 0; k < selected.length; k++) selectedCounts[keys[selected[k]!]!]!++;
  for (let k = 0; k < others.length; k++) otherCounts[keys[others[k]!]!]!++;
  yield;
  const counts = new Map<Value, Counts>();
  let tried = 0;
  for (let key = 1; key < values.length; key++) {
    const count = selectedCounts[key]!;
    if (count > 0) tried++;
    if (count >= support) counts.set(values[key]!, { selected: count, others: otherCounts[key]! });
  }
  return { counts, tried };
}

/** Counters of the Misra–Gries sketch: each value of more than 1/65 of the rows keeps one. */
const COUNTERS = 64;

/** Counts in columns without a dictionary: a Misra–Gries sketch finds frequent texts, a second pass counts. */
function* countTexts(
  { selected, others }: Sides,
  column: FrameColumn,
): Steps<{ counts: Map<Value, Counts>; tried: number }> {
  const counters = new Map<Value, number>();
  for (let k = 0; k < selected.length; k++) {
    if (k % STEP === 0) yield;
    const value = valueAt(column, selected[k]!);
    if (value === undefined) continue;
    const count = counters.get(value);
    if (count !== undefined || counters.size < COUNTERS) counters.set(value, (count ?? 0) + 1);
    else {
      for (const [each, left] of counters) {
        if (left === 1) counters.delete(each);
        else counters.set(each, left - 1);
      }
    }
  }
  const counts = new Map(Array.from(counters.keys(), (value) => [value, [0, 0]]));
  for (const [side, rows] of [selected, others].entries()) {
    for (let k = 0; k < rows.length; k++) {
      if (k % STEP === 0) yield;
      const count = counts.get(valueAt(column, rows[k]!)!);
      if (count !== undefined) count[side]!++;
    }
  }
  const named = Array.from(
    counts,
    ([value, [selected, others]]) => [value, { selected: selected!, others: others! }] as const,
  );
  return { counts: new Map(named), tried: COUNTERS };
}
