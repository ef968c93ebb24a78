/**
 * Rows in columns that grow at their end: the newest are kept, in less code than the service's own store,
 * which keeps to a budget of bytes and redacts.
 *
 * @module
 */
import { Frame, type FrameColumn } from "../../src/events/store/frame.ts";

/** Past so many distinct texts a field keeps each text, without a dictionary. */
const MAX_VALUES = 4096, MAX_FIELDS = 256, MAX_LENGTH = 8192;

type Cell = string | boolean | undefined;

interface Column {
  readonly name: string;
  numbers?: Float64Array | undefined;
  codes?: Uint16Array | undefined;
  values: Cell[];
  readonly known: Map<Cell, number>;
  texts?: Cell[] | undefined;
}

/** The newest rows, numbered from 0 in the order they came. */
export class Columns {
  readonly #columns = new Map<string, Column>();
  readonly #slots: number;
  readonly #leaving: number;
  #first = 0;
  #count = 0;

  /** Keeps at least `maxRows` rows. */
  constructor(maxRows: number) {
    this.#leaving = Math.ceil(maxRows / 8);
    this.#slots = maxRows + this.#leaving;
  }

  /** How many rows there are. */
  get count(): number {
    return this.#count;
  }

  /** The number that the next row gets. */
  get next(): number {
    return this.#first + this.#count;
  }

  /** Adds a row; values that are not text, number or boolean are left out. */
  add(row: Readonly<Record<string, unknown>>): void {
    if (this.#count === this.#slots) this.#drop();
    const slot = this.#count++;
    for (const name of Object.keys(row)) {
      const value = row[name];
      if (typeof value === "number") {
        const column = this.#column(name);
        if (column === undefined) continue;
        column.numbers ??= new Float64Array(this.#slots).fill(NaN);
        column.numbers[slot] = value;
      } else if (typeof value === "string") this.#put(name, slot, value.slice(0, MAX_LENGTH));
      else if (typeof value === "boolean") this.#put(name, slot, value);
    }
  }

  /** Gives a text of a field another name, in all its rows. Frames made before keep the old one. */
  rename(name: string, from: string, to: string): void {
    const column = this.#columns.get(name), code = column?.known.get(from);
    if (column === undefined || code === undefined) return;
    column.values = column.values.with(code, to);
    column.known.delete(from);
    if (!column.known.has(to)) column.known.set(to, code);
  }

  /** The rows held now; later ones change nothing in it. */
  frame(): Frame {
    const count = this.#count;
    return new Frame(
      this.#first,
      count,
      Array.from(
        this.#columns.values(),
        ({ name, numbers, codes, values, texts }): FrameColumn => ({
          name,
          numbers: numbers?.slice(0, count),
          codes: codes?.slice(0, count),
          values: codes && values,
          texts: texts?.slice(0, count),
        }),
      ),
    );
  }

  #column(name: string): Column | undefined {
    let column = this.#columns.get(name);
    if (column === undefined && this.#columns.size < MAX_FIELDS) {
      column = { name, values: [undefined], known: new Map() };
      this.#columns.set(name, column);
    }
    return column;
  }

  #put(name: string, slot: number, value: Cell): void {
    const column = this.#column(name);
    if (column === undefined) return;
    if (column.texts === undefined) {
      column.codes ??= new Uint16Array(this.#slots);
      let code = column.known.get(value);
      if (code === undefined && column.values.length < MAX_VALUES) {
        column.known.set(value, code = column.values.length);
        column.values.push(value);
      }
      if (code !== undefined) {
        column.codes[slot] = code;
        return;
      }
      const { codes, values } = column;
      column.texts = Array.from(codes, (each) => values[each]);
      column.codes = undefined;
    }
    column.texts[slot] = value;
  }

  /** Lets the oldest eighth go. */
  #drop(): void {
    const leaving = this.#leaving;
    this.#first += leaving;
    this.#count -= leaving;
    for (const { numbers, codes, texts } of this.#columns.values()) {
      numbers?.copyWithin(0, leaving).fill(NaN, this.#count);
      codes?.copyWithin(0, leaving).fill(0, this.#count);
      texts?.splice(0, leaving);
    }
  }
}
