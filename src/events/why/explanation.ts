/**
 * The explanation that `why` gives, as plain data.
 *
 * @module
 */
import type { Value } from "../store/column.ts";

/** A condition on one field. */
export interface Term {
  /** The field. */
  readonly field: string;
  /** `=` is a value, `>=` and `<=` are cuts of a number, `?` means that the field is present, `-?` that it is absent. */
  readonly op: "=" | ">=" | "<=" | "?" | "-?";
  /** The value, where there is one. */
  readonly value?: Value | undefined;
  /** As it is written in a question. */
  readonly text: string;
}

/** A term, or a pair of terms, that selected rows have more often than the others. */
export interface Finding {
  /** The terms; two hold together. */
  readonly terms: readonly Term[];
  /** Selected rows that have it. */
  readonly selected: number;
  /** Other rows that have it. */
  readonly others: number;
  /** Share of the selected rows that have it, 0 to 1. */
  readonly selectedShare: number;
  /** Share of the other rows that have it, 0 to 1. */
  readonly othersShare: number;
  /** Share of the rows with it that are selected. */
  readonly shareWith: number;
  /** Share of the rows without it that are selected. */
  readonly shareWithout: number;
  /** The lower bound of the difference of the two shares. */
  readonly leastDifference: number;
  /** The phi coefficient of having it and being selected: 1 is a perfect match. */
  readonly phi: number;
  /** Terms that describe the same rows, as written in a question. */
  readonly also: readonly string[];
  /** Terms that are frequent only because they go along with this, as written in a question. */
  readonly follows: readonly string[];
  /** The finding in words. */
  readonly sentence: string;
}

/** When the share of selected rows changed most. */
export interface Onset {
  /** Start of the first bin after the change, milliseconds since the Unix epoch. */
  readonly timeMs: number;
  /** The share before it. */
  readonly before: number;
  /** The share from then on. */
  readonly after: number;
  /** The change in words. */
  readonly sentence: string;
}

/** What distinguishes the selected rows from the others. */
export interface Explanation {
  /** Rows that are explained. */
  readonly selected: number;
  /** Rows that they are compared to. */
  readonly others: number;
  /** Whether there are too few rows to say anything: below 10 selected, or 20 others. */
  readonly isTooFew: boolean;
  /** Properties known when the request began, the strongest first. */
  readonly which: readonly Finding[];
  /** Outcomes, known when it ended, the strongest first. */
  readonly happened: readonly Finding[];
  /** When the share changed; undefined when it did not. */
  readonly onset?: Onset | undefined;
  /** Fields compared. */
  readonly fields: number;
  /** Values compared. */
  readonly values: number;
  /** Fields that differ by definition of the question. */
  readonly byDefinition: readonly string[];
  /** Fields without a frequent value, and ids. */
  readonly ids: readonly string[];
  /** Fields with the same value in all rows. */
  readonly constants: readonly string[];
  /** The answer in words. */
  readonly summary: string;
}
