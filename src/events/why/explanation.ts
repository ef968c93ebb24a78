/**
 * What `why` says of rows, as plain data.
 *
 * @module
 */
import type { Value } from "../store/column.ts";

/** What a finding says of a field. */
export interface Term {
  /** The field. */
  readonly field: string;
  /** `=` is a value, `>=` and `<=` are cuts of a number, `?` is "has the field", `-?` "has it not". */
  readonly op: "=" | ">=" | "<=" | "?" | "-?";
  /** The value, where there is one. */
  readonly value?: Value | undefined;
  /** As it is written in a question. */
  readonly text: string;
}

/** Something that the selected rows have more often than the others. */
export interface Finding {
  /** What they have: one thing, or two together. */
  readonly terms: readonly Term[];
  /** Selected rows that have it. */
  readonly selected: number;
  /** Other rows that have it. */
  readonly others: number;
  /** Part of the selected rows that have it, 0 to 1. */
  readonly selectedShare: number;
  /** Part of the other rows that have it, 0 to 1. */
  readonly othersShare: number;
  /** Part of the rows that have it that are selected. */
  readonly shareWith: number;
  /** Part of the rows that do not have it that are selected. */
  readonly shareWithout: number;
  /** The least difference of the shares that the counts allow. */
  readonly leastDifference: number;
  /** How well it tells who is selected: 1 is always and only then. */
  readonly phi: number;
  /** The same rows by other names, as they are written in a question. */
  readonly also: readonly string[];
  /** What the selected rows have more often only because it goes along with this. */
  readonly follows: readonly string[];
  /** All of it in words. */
  readonly sentence: string;
}

/** When the part of rows that are selected changed most. */
export interface Onset {
  /** Start of the first bin after the change, milliseconds since the Unix epoch. */
  readonly timeMs: number;
  /** The part of selected rows before it. */
  readonly before: number;
  /** The part from then on. */
  readonly after: number;
  /** It in words. */
  readonly sentence: string;
}

/** Why some rows are what they are: what they have that the others have not. */
export interface Explanation {
  /** Rows that are explained. */
  readonly selected: number;
  /** Rows that they are compared to. */
  readonly others: number;
  /** Whether there are too few rows to say anything: below 10 selected, or 20 others. */
  readonly isTooFew: boolean;
  /** What tells which rows they are, the best first. */
  readonly which: readonly Finding[];
  /** What happened in them, the best first. */
  readonly happened: readonly Finding[];
  /** When it began, or ended; undefined when it was so all the time. */
  readonly onset?: Onset | undefined;
  /** Fields that were looked at. */
  readonly fields: number;
  /** Values that were looked at. */
  readonly values: number;
  /** Fields that differ by definition of the question. */
  readonly byDefinition: readonly string[];
  /** Fields with no value that is frequent enough. */
  readonly ids: readonly string[];
  /** Fields with the same value in all rows. */
  readonly constants: readonly string[];
  /** The answer in words. */
  readonly summary: string;
}
