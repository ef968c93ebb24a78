/**
 * A query, what is known of one call of it, and how queries are observed.
 *
 * @module
 */
import type { AttributeValue } from "../../core/attributes.ts";
import type { Span } from "../../trace/span/span.ts";
import type { Dialect } from "../sql/lexer.ts";
import type { Reading } from "../sql/reading.ts";
import type { QueryName } from "./durations.ts";
import type { QueryOptions } from "./parts.ts";
import type { Explain } from "./slow.ts";

/** A query that may be told: what was read of its text, or what its caller says. */
export type Query = QueryName & Partial<Pick<Reading, "text" | "verb" | "isSingle">>;

/** What is known of one call beside its query. */
export interface Details {
  /** The rows that came back, if they were counted. */
  rows?: number | undefined;
  /** How many operations it sent at once. */
  batch?: number | undefined;
  /** The values of its parameters, by position or by name. */
  parameters?: unknown;
  /** A span that began with the query. */
  span?: Span | undefined;
  /** The text, for a plan. */
  sql?: string | undefined;
}

/** Options of an observer, checked. */
export interface ObserverOptions extends QueryOptions {
  /** The rules of its query texts. @default "other" */
  readonly dialect?: Dialect | undefined;
  /** Whether all its errors are those of a driver. @default true */
  readonly isDriver?: boolean | undefined;
  /** Asks for the plan of a query. */
  readonly explain?: Explain | undefined;
  /** How many plans it asks for in a minute. */
  readonly maxPlans?: number | undefined;
}

/** Sets the parameters that are told, of those that the query has. */
export function setParameters(
  span: Span,
  keys: readonly (number | string)[],
  parameters: unknown,
): void {
  if (typeof parameters !== "object" || parameters === null) return;
  for (const key of keys) {
    const value = (parameters as Record<number | string, unknown>)[key];
    if (value !== undefined) span.set(`db.query.parameter.${key}`, toldValue(value));
  }
}

function toldValue(value: unknown): AttributeValue {
  const isPlain = typeof value === "string" || typeof value === "number" ||
    typeof value === "boolean";
  return isPlain ? value : String(value);
}
