/**
 * Answers as plain data.
 *
 * @module
 */
import type { Value } from "../store/column.ts";
import type { Row } from "../store/rows.ts";
import type { Explanation } from "../why/explanation.ts";

/** The parts that every answer has. */
export interface AnswerBase {
  /** The question as it was written. */
  readonly question: string;
  /** Rows examined: those held, or those within `last`. */
  readonly looked: number;
  /** Rows that the conditions hold for. */
  readonly matched: number;
  /** Rows, groups or series left off, because `top` or the limit was reached. */
  readonly more: number;
}

/** A row and its number. */
export interface NumberedRow {
  /** Its number in the store. */
  readonly number: number;
  /** The fields that have a value. */
  readonly fields: Row;
}

/** The rows that the conditions hold for, newest first unless sorted. */
export interface RowsAnswer extends AnswerBase {
  /** Discriminates the union. */
  readonly kind: "rows";
  /** The rows, up to `top`. */
  readonly rows: readonly NumberedRow[];
}

/** Rows with the same values of `by`, summarized. */
export interface Group {
  /** A value for each field of `by`; null where the rows have none. */
  readonly keys: readonly (Value | null)[];
  /** A number for each measure of `show`; null where no row has a value. */
  readonly cells: readonly (number | null)[];
}

/** Groups of rows, those with the largest first cell first unless sorted. */
export interface TableAnswer extends AnswerBase {
  /** Discriminates the union. */
  readonly kind: "table";
  /** Fields that the rows of a group have in common. */
  readonly by: readonly string[];
  /** Measures of a group, as they are written. */
  readonly show: readonly string[];
  /** The groups, up to `top`. */
  readonly groups: readonly Group[];
}

/** A group over time. */
export interface Series extends Group {
  /** For each bucket, a number for each measure. */
  readonly buckets: readonly (readonly (number | null)[])[];
}

/** Groups of rows, bucket by bucket. */
export interface BucketsAnswer extends AnswerBase {
  /** Discriminates the union. */
  readonly kind: "buckets";
  /** Fields that the rows of a series have in common. */
  readonly by: readonly string[];
  /** Measures of a bucket, as they are written. */
  readonly show: readonly string[];
  /** Start of the first bucket, milliseconds since the Unix epoch: a multiple of `everyMs`. */
  readonly startMs: number;
  /** How long a bucket is. */
  readonly everyMs: number;
  /** How many buckets each series has; 1000 at most, the newest. */
  readonly count: number;
  /** The series, up to `top`. */
  readonly series: readonly Series[];
}

/** What distinguishes the rows of `why` from the others. */
export interface WhyAnswer extends AnswerBase, Explanation {
  /** Discriminates the union. */
  readonly kind: "why";
  /** Some of the rows that are explained, the slowest first. */
  readonly examples: readonly NumberedRow[];
}

/** An answer, by the form of its question. */
export type Answer = RowsAnswer | TableAnswer | BucketsAnswer | WhyAnswer;
