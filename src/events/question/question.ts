/**
 * A parsed question as plain data, and the error for one that can't be parsed.
 *
 * @module
 */
import type { Literal } from "./literal.ts";

/** A condition on a row. */
export type Condition =
  /** All of these hold; an empty list holds for every row. */
  | { readonly kind: "all"; readonly of: readonly Condition[] }
  /** At least one of these holds. */
  | { readonly kind: "any"; readonly of: readonly Condition[] }
  /** This does not hold. */
  | { readonly kind: "not"; readonly of: Condition }
  /** The row has the field. */
  | { readonly kind: "has"; readonly field: string }
  /** Some field of the row contains this text. */
  | { readonly kind: "text"; readonly text: string }
  /** The field is one of these values, or compares like this to one of them. */
  | {
    readonly kind: "is";
    readonly field: string;
    readonly op: Operator;
    readonly values: readonly Literal[];
  };

/** How a field is compared; `:` and `=` are the same, `~` means "contains". */
export type Operator = ":" | "!=" | ">" | ">=" | "<" | "<=" | "~";

/** An aggregate of rows. */
export interface Measure {
  /** The function: `count`, `p99`, `avg`. */
  readonly name: string;
  /** Its field, for functions that take one. */
  readonly field?: string | undefined;
}

const OF_ROWS: ReadonlySet<string> = /* @__PURE__ */ new Set(["count", "rate", "errors", "share"]);

/** Whether a measure applies to rows; all others apply to a field. */
export function isOfRows(name: string | undefined): boolean {
  return name !== undefined && OF_ROWS.has(name);
}

/** The order of rows or groups. */
export interface Order {
  /** The key; for rows, a field as `name`. */
  readonly by: Measure;
  /** Whether the largest comes first. */
  readonly isDescending: boolean;
}

/** A parsed question. */
export interface Question {
  /** As it was written. */
  readonly text: string;
  /** The condition before the clauses. */
  readonly where: Condition;
  /** `where` as it was written. */
  readonly whereText: string;
  /** Fields by which rows are grouped. */
  readonly by: readonly string[];
  /** Measures of each group; the usual ones when empty. */
  readonly show: readonly Measure[];
  /** Which of the rows to explain. */
  readonly why?: Condition | undefined;
  /** `why` as it was written. */
  readonly whyText?: string | undefined;
  /** Rows that they are compared to; undefined for all others. */
  readonly vs?: Condition | undefined;
  /** How long a bucket is. */
  readonly everyMs?: number | undefined;
  /** How far back to look. */
  readonly lastMs?: number | undefined;
  /** The order of rows or groups. */
  readonly sort?: Order | undefined;
  /** Rows or groups at most. */
  readonly top?: number | undefined;
}

/** A question that can't be parsed. The message names the place and what was expected there. */
export class QuestionError extends SyntaxError {
  /** Always `QuestionError`. */
  override readonly name: string = "QuestionError";
  /** The character, from 1, at which the question can't be parsed. */
  readonly position: number;

  /** Makes the error for a position, counted from 1. */
  constructor(position: number, message: string) {
    super(`At ${position}: ${message}`);
    this.position = position;
  }
}

/** A measure as it is written. */
export function titleOf({ name, field }: Measure): string {
  return field === undefined ? name : `${name}(${field})`;
}

/** The fields that a condition names, in order. */
export function fieldsOf(condition: Condition): string[] {
  if (condition.kind === "all" || condition.kind === "any") return condition.of.flatMap(fieldsOf);
  if (condition.kind === "not") return fieldsOf(condition.of);
  return condition.kind === "text" ? [] : [condition.field];
}
