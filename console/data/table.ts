/**
 * Rows kept in the page, in the columns that questions are asked of.
 *
 * @module
 */
import { type Signal, signal } from "@preact/signals-core";
import { Frame } from "../../src/events/store/frame.ts";
import { Columns } from "./columns.ts";

/** Rows that the page never got: the server's ring had moved on. */
export interface Gap {
  /** The time of the row before the gap. */
  readonly afterMs: number;
  /** How many are missing. */
  readonly lost: number;
}

const MAX_GAPS = 100;

/** Rows of one kind, requests or lines, bounded like those of the server. */
export class Table {
  /** Changes whenever rows came: what is drawn from them is drawn again. */
  readonly version: Signal<number> = signal(0);
  #rows: Columns;
  #gaps: Gap[] = [];
  readonly #maxRows: number;
  #lastMs = -Infinity;

  constructor(maxRows: number) {
    this.#maxRows = maxRows;
    this.#rows = new Columns(maxRows);
  }

  /** How many rows there are. */
  get count(): number {
    return this.#rows.count;
  }

  /** The number that the next row gets. */
  get next(): number {
    return this.#rows.next;
  }

  /** Rows that were never got, oldest first. */
  get gaps(): readonly Gap[] {
    return this.#gaps;
  }

  /** Adds a row. Nothing is drawn before `touch()`. */
  add(fields: Readonly<Record<string, unknown>>): void {
    this.#rows.add(fields);
    if (typeof fields.time === "number") this.#lastMs = fields.time;
  }

  /** Gives a text of a field another name, in all rows. */
  rename(field: string, from: string, to: string): void {
    this.#rows.rename(field, from, to);
  }

  /** Notes that rows are missing before the next one. */
  miss(lost: number): void {
    if (lost > 0) this.#gaps = [...this.#gaps, { afterMs: this.#lastMs, lost }].slice(-MAX_GAPS);
  }

  /** Has everything drawn that shows these rows. */
  touch(): void {
    this.version.value++;
  }

  /** Forgets all rows. */
  clear(): void {
    this.#rows = new Columns(this.#maxRows);
    this.#gaps = [];
    this.touch();
  }

  /** The rows held now; later ones change nothing in it. */
  frame(): Frame {
    return this.#rows.frame();
  }
}

/** The rows of a frame from one time to another, both included. */
export function within(frame: Frame, fromMs: number, toMs: number): Frame {
  const times = frame.column("time")?.numbers;
  if (times === undefined || fromMs === -Infinity && toMs === Infinity) return frame;
  // Rows come in the order in which they ended, so nearly in that of their times.
  let first = 0, end = frame.count;
  while (first < end && !(times[first]! >= fromMs)) first++;
  while (end > first && !(times[end - 1]! <= toMs)) end--;
  if (first === 0 && end === frame.count) return frame;
  return new Frame(
    frame.first + first,
    end - first,
    [...frame.columns.values()].map(({ name, numbers, codes, values, texts }) => ({
      name,
      numbers: numbers?.subarray(first, end),
      codes: codes?.subarray(first, end),
      values,
      texts: texts?.slice(first, end),
    })),
  );
}
