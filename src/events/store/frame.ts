/**
 * Rows in columns, oldest first: the input of a question.
 *
 * @module
 */
import { type Column, isPresent, type Value } from "./column.ts";
import type { Row, Rows } from "./rows.ts";

/** One field of the rows of a {@linkcode Frame}. */
export interface FrameColumn {
  /** The name of the field. */
  readonly name: string;
  /** Numbers by row, NaN where a row has none. */
  readonly numbers?: Float64Array | undefined;
  /** Codes of texts and booleans by row, 0 where a row has none. */
  readonly codes?: Uint16Array | undefined;
  /** Texts and booleans by code; `values[0]` is undefined. */
  readonly values?: readonly (string | boolean | undefined)[] | undefined;
  /** Texts and booleans by row, in place of codes. */
  readonly texts?: readonly (string | boolean | undefined)[] | undefined;
}

/** Work that can pause at each `yield`; see `ask` and `askInSlices`. */
export type Steps<T> = Generator<void, T, void>;

/** Rows processed between two steps, in well below a millisecond. */
export const STEP = 4096;

/** The largest time that a `Date` can have, in milliseconds. */
export const MAX_TIME = 8.64e15;

/** Whether a number is a time that a `Date` can have. */
export function isTime(number: number): boolean {
  return number >= -MAX_TIME && number <= MAX_TIME;
}

/** The values of a field as keys: rows with the same value have the same key. */
export interface Keys {
  /** Keys by row, 0 where a row has no value. */
  readonly keys: Uint16Array | Uint32Array;
  /** Values by key; `values[0]` is undefined. */
  readonly values: readonly (Value | undefined)[];
}

/** Rows as columns. */
export class Frame {
  /** The number of the oldest row; row `i` has the number `first + i`, unless it was picked. */
  readonly first: number;
  /** How many rows there are. */
  readonly count: number;
  /** The columns by name. */
  readonly columns: ReadonlyMap<string, FrameColumn>;
  readonly #keys = new Map<string, Keys>();
  #numbers: Float64Array | undefined = undefined;

  /** Takes columns of `count` rows each as they are. */
  constructor(first: number, count: number, columns: Iterable<FrameColumn>) {
    this.first = first;
    this.count = count;
    this.columns = new Map(Array.from(columns, (column) => [column.name, column]));
  }

  /** The rows held now. Rows written later may show in the frame, unless `isCopy`. */
  static of(rows: Rows, isCopy = false): Frame {
    const count = rows.next - rows.first, from = rows.first % rows.slots;
    const columns = Array.from(rows.columns.values(), (column) => {
      const view = new View(column, from, count, rows.slots);
      return isCopy ? view.copy() : view;
    });
    return new Frame(rows.first, count, columns);
  }

  /** The rows of a frame that have a 1 in the mask, under the numbers that they have there. */
  static picked(frame: Frame, mask: Uint8Array): Frame {
    const at: number[] = [];
    for (let i = 0; i < frame.count; i++) if (mask[i] === 1) at.push(i);
    const columns = Array.from(
      frame.columns.values(),
      ({ name, numbers, codes, values, texts }) => ({
        name,
        numbers: numbers && Float64Array.from(at, (i) => numbers[i]!),
        codes: codes && Uint16Array.from(at, (i) => codes[i]!),
        values,
        texts: texts && at.map((i) => texts[i]),
      }),
    );
    const picked = new Frame(frame.first, at.length, columns);
    return picked.renumbered(at.map((i) => frame.numberOf(i)));
  }

  /** Gives the rows numbers that they have elsewhere. */
  renumbered(numbers: readonly number[]): this {
    this.#numbers = Float64Array.from(numbers);
    return this;
  }

  /** The number of row `i` in the store. */
  numberOf(i: number): number {
    return this.#numbers?.[i] ?? this.first + i;
  }

  /** The column of a field; undefined when no row has the field. */
  column(name: string): FrameColumn | undefined {
    return this.columns.get(name);
  }

  /** The fields of row `i` that have a value. */
  row(i: number): Row {
    const row: Record<string, Value> = {};
    for (const column of this.columns.values()) {
      const value = valueAt(column, i);
      if (value === undefined) continue;
      if (column.name !== "__proto__") row[column.name] = value;
      else Object.defineProperty(row, column.name, { value, enumerable: true });
    }
    return row;
  }

  /** The keys of a field; made once. */
  *keys(name: string): Steps<Keys> {
    const known = this.#keys.get(name);
    if (known !== undefined) return known;
    const keys = yield* keysOf(this.columns.get(name), this.count);
    this.#keys.set(name, keys);
    return keys;
  }
}

/** The value of row `i`. */
export function valueAt(column: FrameColumn, i: number): Value | undefined {
  const number = column.numbers === undefined ? NaN : column.numbers[i]!;
  if (isPresent(number)) return number;
  if (column.codes !== undefined) return column.values![column.codes[i]!];
  return column.texts?.[i];
}

function* keysOf(column: FrameColumn | undefined, count: number): Steps<Keys> {
  if (column?.codes !== undefined && column.numbers === undefined) {
    return { keys: column.codes, values: column.values! };
  }
  const keys = new Uint32Array(count), values: (Value | undefined)[] = [undefined];
  const known = new Map<Value, number>();
  for (let i = 0; i < count && column !== undefined; i++) {
    if (i % STEP === 0) yield;
    const value = valueAt(column, i);
    if (value === undefined) continue;
    let key = known.get(value);
    if (key === undefined) {
      known.set(value, key = values.length);
      values.push(value);
    }
    keys[i] = key;
  }
  return { keys, values };
}

/** The slots of a column in the order of their rows, copied only where the ring wraps. */
class View implements FrameColumn {
  readonly name: string;
  readonly #column: Column;
  readonly #from: number;
  readonly #count: number;
  readonly #slots: number;
  #numbers: Float64Array | undefined = undefined;
  #codes: Uint16Array | undefined = undefined;
  #texts: readonly (string | boolean | undefined)[] | undefined = undefined;

  constructor(column: Column, from: number, count: number, slots: number) {
    this.name = column.name;
    this.#column = column;
    this.#from = from;
    this.#count = count;
    this.#slots = slots;
  }

  get numbers(): Float64Array | undefined {
    return this.#numbers ??= this.#inOrder(this.#column.numbers);
  }

  get codes(): Uint16Array | undefined {
    return this.#codes ??= this.#inOrder(this.#column.codes);
  }

  get values(): readonly (string | boolean | undefined)[] | undefined {
    return this.#column.values;
  }

  get texts(): readonly (string | boolean | undefined)[] | undefined {
    const { texts } = this.#column, from = this.#from, end = from + this.#count;
    if (texts === undefined) return undefined;
    return this.#texts ??= [
      ...texts.slice(from, end),
      ...texts.slice(0, Math.max(0, end - this.#slots)),
    ];
  }

  copy(): FrameColumn {
    return {
      name: this.name,
      numbers: this.numbers?.slice(),
      codes: this.codes?.slice(),
      values: this.values?.slice(),
      texts: this.texts,
    };
  }

  #inOrder<Cells extends Float64Array | Uint16Array>(cells: Cells | undefined): Cells | undefined {
    const from = this.#from, end = from + this.#count, slots = this.#slots;
    if (cells === undefined || end <= slots) return cells?.subarray(from, end) as Cells | undefined;
    const ordered = new (cells.constructor as new (length: number) => Cells)(this.#count);
    ordered.set(cells.subarray(from, slots));
    ordered.set(cells.subarray(0, end - slots), slots - from);
    return ordered;
  }
}
