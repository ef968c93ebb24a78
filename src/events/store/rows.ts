/**
 * Rows of named values in flat columns: the newest are kept, numbered in order of arrival.
 *
 * @module
 */
import { check, kindOf, refuseUnknown } from "../../core/check.ts";
import { Budget, type Drops, type Hider, SHARE_OF_COLUMNS } from "./budget.ts";
import {
  CHUNK,
  Column,
  FIELD_OPTIONS,
  type FieldOptions,
  NUMBER_BYTES,
  type Value,
} from "./column.ts";
import { checkedLimits, type RowLimits } from "./limits.ts";

/** The fields of one row that have a value. */
export type Row = Readonly<Record<string, Value>>;

/** The rows from a number on that are still held. */
export interface RowsSince {
  /** The number of the first row in `rows`. */
  readonly first: number;
  /** The number to ask from the next time. */
  readonly next: number;
  /** Rows from the given number on that are gone. */
  readonly lost: number;
  /** The rows, oldest first. */
  readonly rows: readonly Row[];
}

/** When texts are too large, one row in this many is dropped at once. */
const SHRINK = 8;
const MAX_NAME = 64;

/** Rows in flat columns. Clock and redactor are passed in, so that it runs anywhere. */
export class Rows {
  readonly #maxRows: number;
  readonly #maxFields: number;
  readonly #maxBytes: number;
  readonly #slots: number;
  readonly #budget: Budget;
  readonly #columns = new Map<string, Column>();
  /** Declared fields; others are dropped when no row has them. */
  readonly #declared = new Set<string>();
  readonly #time: Column;
  readonly #now: () => number;
  #first = 0;
  #next = 0;
  /** The slot of the row that is written. */
  #slot = 0;
  #isOpen = false;
  /** Unused fields are not looked for again before this row number. */
  #reclaimAt = 0;

  /**
   * Makes an empty store.
   *
   * @param limits how much is kept
   * @param now milliseconds since the Unix epoch, for rows that set no `time`
   * @param hider what is hidden in values and names
   * @throws {TypeError} for a limit that is not a number
   * @throws {RangeError} for a limit out of its range
   */
  constructor(limits: RowLimits, now: () => number, hider?: Hider) {
    const { maxRows, maxBytes, maxFields, maxValues, maxLength } = checkedLimits(limits);
    const slots = (Math.ceil(maxRows / CHUNK) + 1) * CHUNK;
    // Without room for their times, rows would be kept that no question about time finds.
    const leastBytes = Math.ceil(slots * NUMBER_BYTES / SHARE_OF_COLUMNS);
    const rule = `maxBytes must be at least ${leastBytes} for ${maxRows} rows`;
    check(maxBytes >= leastBytes, "keep rows", rule, maxBytes);
    this.#maxRows = maxRows;
    this.#maxBytes = maxBytes;
    this.#maxFields = maxFields;
    this.#slots = slots;
    this.#budget = new Budget({ slots, maxValues, maxLength, maxBytes }, hider);
    this.#now = now;
    this.#time = this.field("time", { trusted: true });
    // Before other fields take it all.
    this.#time.reserveNumbers();
  }

  /** The number of the oldest row held. */
  get first(): number {
    return this.#first;
  }

  /** The number that the next row will get. */
  get next(): number {
    return this.#next;
  }

  /** About what all rows occupy, empty slots too. */
  get bytes(): number {
    return this.#budget.bytes;
  }

  /** About what all rows may occupy. */
  get maxBytes(): number {
    return this.#maxBytes;
  }

  /** Slots of a column: the row `n` is in slot `n % slots`. */
  get slots(): number {
    return this.#slots;
  }

  /** Values and rows dropped or cut, by reason. */
  get drops(): Readonly<Drops> {
    return this.#budget.drops;
  }

  /** The columns by name. */
  get columns(): ReadonlyMap<string, Column> {
    return this.#columns;
  }

  /** The column of a field; undefined when no row held has such a field. */
  column(name: string): Column | undefined {
    return this.#columns.get(name);
  }

  /**
   * Declares a field that rows often have. It is set without a look-up of its name, and its place is kept.
   *
   * @throws {TypeError} for a name that is empty or longer than 64 characters
   * @throws {TypeError} for an option that is not known
   * @throws {RangeError} when there are `maxFields` already
   */
  field(name: string, options: FieldOptions = {}): Column {
    if (!isName(name)) {
      const given: unknown = name;
      const got = typeof given === "string" ? `one of ${given.length}` : kindOf(given);
      throw new TypeError(
        `Cannot declare field: name must be text of 1 to ${MAX_NAME} characters, got ${got}`,
      );
    }
    refuseUnknown(`declare field "${name}"`, options, FIELD_OPTIONS);
    const known = this.#columns.get(name);
    if (known === undefined && !this.#hasRoom()) {
      throw new RangeError(
        `Cannot declare field "${name}": fields must be at most ${this.#maxFields} (maxFields), got one more`,
      );
    }
    this.#declared.add(name);
    return known ?? this.#addColumn(name, options);
  }

  /**
   * Begins a row. One that was begun and not ended is discarded: a row is written synchronously.
   * Setting a field without a row begins one.
   *
   * @returns the row's slot, for {@linkcode Column.put}
   */
  begin(): number {
    const slot = this.#slot;
    if (slot === this.#budget.slots) this.#grow();
    if (this.#isOpen) this.#clear(slot, slot + 1);
    else if (slot % CHUNK === 0) this.#clear(slot, slot + CHUNK);
    this.#isOpen = true;
    return slot;
  }

  /** Sets a field of the row that was begun; `undefined` and null set nothing. Never throws. */
  set(field: Column, value: unknown): void {
    if (!this.#isOpen) this.begin();
    field.put(this.#slot, value);
  }

  /** Sets a field by its name, which need not be declared. Never throws. */
  note(name: string, value: unknown): void {
    if (value === undefined || value === null) return;
    const column = this.#columns.get(name) ?? this.#admit(name);
    if (column === undefined) return;
    if (!this.#isOpen) this.begin();
    column.lastRow = this.#next;
    column.put(this.#slot, value);
  }

  /** Ends the row and returns its number. Its `time` is now, unless it was set. */
  end(): number {
    if (!this.#isOpen) this.begin();
    const slot = this.#slot;
    if (this.#time.at(slot) === undefined) this.#time.put(slot, this.#now());
    this.#isOpen = false;
    this.#slot = slot + 1 === this.#slots ? 0 : slot + 1;
    const number = this.#next++;
    if (this.#next - this.#first > this.#maxRows) this.#first++;
    if (this.#budget.bytes > this.#maxBytes) this.#shrink();
    return number;
  }

  /** Adds a row of named values and returns its number. */
  add(fields: Readonly<Record<string, unknown>>): number {
    this.begin();
    for (const name of Object.keys(fields)) this.note(name, fields[name]);
    return this.end();
  }

  /** The row of a number; undefined when it is gone or has not come yet. */
  row(number: number): Row | undefined {
    if (!(number >= this.#first && number < this.#next) || number % 1 !== 0) return undefined;
    const slot = number % this.#slots, row: Record<string, Value> = {};
    for (const [name, column] of this.#columns) {
      const value = column.at(slot);
      if (value === undefined) continue;
      if (name !== "__proto__") row[name] = value;
      else Object.defineProperty(row, name, { value, enumerable: true });
    }
    return row;
  }

  /**
   * The rows from a number on, oldest first, and how many of them are gone.
   *
   * @param most at most how many rows; `next` says where to go on
   */
  since(number: number, most: number = this.#maxRows): RowsSince {
    const from = Math.max(0, Math.ceil(number) || 0), count = Math.max(0, Math.floor(most) || 0);
    const first = Math.min(Math.max(from, this.#first), this.#next);
    const next = Math.min(first + count, this.#next), rows: Row[] = [];
    for (let each = first; each < next; each++) rows.push(this.row(each)!);
    return { first, next, lost: Math.max(0, this.#first - from), rows };
  }

  /** The rows held, oldest first. */
  *[Symbol.iterator](): Generator<Row, void, undefined> {
    for (let number = this.#first; number < this.#next; number++) {
      const row = this.row(number);
      if (row !== undefined) yield row;
    }
  }

  #grow(): void {
    this.#budget.slots = Math.min(2 * this.#budget.slots, this.#slots);
    for (const column of this.#columns.values()) column.grow();
  }

  #clear(from: number, to: number): void {
    for (const column of this.#columns.values()) column.clear(from, to);
  }

  /** The column of a name that has none yet; undefined, and counted, when it can have none. */
  #admit(given: string): Column | undefined {
    const { drops, hider } = this.#budget;
    if (!isName(given)) {
      drops.names++;
      return undefined;
    }
    const name = hider === undefined ? given : hider.named(given);
    const known = this.#columns.get(name);
    if (known !== undefined) return known;
    if (this.#hasRoom()) return this.#addColumn(name);
    drops.fields++;
    return undefined;
  }

  #addColumn(name: string, options?: FieldOptions): Column {
    const column = new Column(name, this.#budget, options);
    this.#columns.set(name, column);
    return column;
  }

  /** Whether there is room for a field; drops fields that no row has any more. */
  #hasRoom(): boolean {
    if (this.#columns.size < this.#maxFields) return true;
    if (this.#next < this.#reclaimAt) return false;
    for (const [name, column] of this.#columns) {
      if (this.#declared.has(name) || column.lastRow >= this.#first) continue;
      column.drop();
      this.#columns.delete(name);
    }
    this.#reclaimAt = this.#next + CHUNK;
    return this.#columns.size < this.#maxFields;
  }

  /** Drops the oldest rows until the texts of the others fit. */
  #shrink(): void {
    while (this.#budget.bytes > this.#maxBytes && this.#first < this.#next) {
      const leaving = Math.ceil((this.#next - this.#first) / SHRINK);
      for (const end = this.#first + leaving; this.#first < end; this.#first++) {
        const slot = this.#first % this.#slots;
        this.#clear(slot, slot + 1);
      }
      this.#budget.drops.rows += leaving;
      for (const column of this.#columns.values()) column.compact();
    }
  }
}

function isName(name: unknown): name is string {
  return typeof name === "string" && name !== "" && name.length <= MAX_NAME;
}
