/**
 * The rows that detectors look at, by group.
 *
 * @module
 */
import { type Frame, STEP, type Steps, valueAt } from "../../events/store/frame.ts";
import { answer } from "../../events/ask/ask.ts";
import { FLAG_CHANGED } from "./marks.ts";
import type { WhyAnswer } from "../../events/ask/answer.ts";

/** The rows at one time, by what they are requests or jobs of. */
export class RowsNow {
  readonly frame: Frame;
  /** The time now, in milliseconds since the Unix epoch. */
  readonly nowMs: number;
  readonly times: Float64Array;
  readonly #groups = new Map<string, readonly Group[]>();

  constructor(frame: Frame, nowMs: number) {
    this.frame = frame;
    this.nowMs = nowMs;
    this.times = frame.column("time")?.numbers ?? new Float64Array(frame.count).fill(NaN);
  }

  /** The numbers of a field by row, NaN where a row has none. */
  numbers(field: string): Float64Array {
    return this.frame.column(field)?.numbers ?? new Float64Array(this.frame.count).fill(NaN);
  }

  /** The rows by the values of a field, the largest group first. */
  *by(field: string): Steps<readonly Group[]> {
    const known = this.#groups.get(field);
    if (known !== undefined) return known;
    const { keys, values } = yield* this.frame.keys(field);
    const counts = new Uint32Array(values.length);
    for (let i = 0; i < keys.length; i++) counts[keys[i]!]!++;
    const rows = Array.from(counts, (count) => new Uint32Array(count));
    counts.fill(0);
    for (let i = 0; i < keys.length; i++) {
      if (i % STEP === 0) yield;
      const key = keys[i]!;
      rows[key]![counts[key]!++] = i;
    }
    const groups = values.flatMap((value, key) =>
      value === undefined || rows[key]!.length === 0 || field === "job" && value === FLAG_CHANGED
        ? []
        : [{ field, value: String(value), rows: rows[key]! }]
    ).sort((a, b) => b.rows.length - a.rows.length);
    this.#groups.set(field, groups);
    return groups;
  }

  /** What some rows have in common that the others lack. */
  *why(question: string): Steps<WhyAnswer> {
    const found = yield* answer(this.frame, question, { now: this.nowMs });
    if (found.kind !== "why") throw new TypeError(`Cannot explain: "${question}" is no why`);
    return found;
  }

  /** The value of a field in a row, as text; empty without one. */
  text(field: string, row: number): string {
    const column = this.frame.column(field);
    return String(column === undefined ? "" : valueAt(column, row) ?? "");
  }
}

/** Rows with the same value of a field. */
export interface Group {
  readonly field: string;
  readonly value: string;
  /** Places in the frame, ascending. */
  readonly rows: Uint32Array;
}
