/**
 * The shapes of all answers under `/telltale/api`, as the page and other readers get them. JSON has no
 * `undefined`: a member that is optional here is absent there.
 *
 * Any route answers 400 with an {@linkcode ErrorReply} where a parameter can't be used; 403 and 429 are
 * plain text. A route takes the parameters named here and refuses others.
 *
 * @module
 */
import type { Answer } from "../../events/ask/answer.ts";
import type { Row } from "../../events/store/rows.ts";

/** The body of a 400. */
export interface ErrorReply {
  /** What is wrong: `At 9: expected a value`. */
  readonly error: string;
  /** For a question, the character, from 1, where it can't be parsed. */
  readonly position?: number | undefined;
}

/** An answer of at most 16 KB. */
export interface Cut {
  /** What was left off, and how to get it; absent when the answer is whole. */
  readonly leftOff?: string | undefined;
}

/**
 * `GET api/ask?q=&limit=`: the answer to a question. `limit` is 1 to 1000 rows, groups or series. With
 * `accept: text/markdown` it is a text to read.
 */
export type AskReply = Answer & Cut;

/**
 * `GET api/rows?since=&limit=`: JSON Lines; the first line is this, each further one a
 * {@linkcode RowLine}. `since` above what this process has numbered gives everything.
 */
export interface RowsHead {
  /** A name of this process: numbers of another run mean nothing here. */
  readonly run: string;
  /** The number of the first row that follows. */
  readonly first: number;
  /** The number to ask from the next time. */
  readonly next: number;
  /** Rows from `since` on that are gone. */
  readonly lost: number;
}

/** A row with its number, or how many rows left the store while the answer was being sent. */
export type RowLine =
  | { readonly number: number; readonly fields: Row }
  | { readonly lost: number };
