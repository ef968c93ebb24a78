/**
 * Options of drivers for servers that read SQL.
 *
 * @module
 */
import { check, checkWhole, type Known } from "../../core/check.ts";
import {
  checkQueryOptions,
  type DatabaseParts,
  KNOWN_OPTIONS,
  type QueryOptions,
} from "../query/parts.ts";
import { isQueryable, isTagged, type PgQueryable, type TaggedSql } from "./client.ts";

/** Options of {@linkcode instrumentMysql2}. */
export interface SqlOptions extends QueryOptions {
  /**
   * Appends the trace to the text of queries, as a comment `traceparent='…'` of sqlcommenter, for the server's own
   * log. Not to prepared statements: each text would be a statement of its own. Such a query has a span, however
   * short it is.
   *
   * @default false
   */
  readonly comment?: boolean | undefined;
}

/** Options of {@linkcode instrumentPg}, {@linkcode instrumentPostgresJs} and {@linkcode instrumentBunSql}. */
export interface PgOptions extends SqlOptions {
  /**
   * A client or pool of its own that is asked for the plan of slow queries of PostgreSQL, for their log line: one
   * of `pg`, postgres.js or Bun. It need not be instrumented.
   *
   * @default no plans
   */
  readonly explain?: PgQueryable | TaggedSql | undefined;
  /** How many plans are asked for in a minute. @default 6 */
  readonly maxPlans?: number | undefined;
}

const KNOWN_SQL: Known<SqlOptions> = { ...KNOWN_OPTIONS, comment: true };
const KNOWN_PG: Known<PgOptions> = { ...KNOWN_SQL, explain: true, maxPlans: true };

/** Throws for options that can't be. */
export function checkSqlOptions(
  action: string,
  t: DatabaseParts,
  options: SqlOptions,
  known: object = KNOWN_SQL,
): void {
  checkQueryOptions(action, t, options, known);
  const { comment = false } = options;
  check(typeof comment === "boolean", action, "comment must be true or false", comment, TypeError);
}

/** {@linkcode checkSqlOptions} for PostgreSQL. */
export function checkPgOptions(action: string, t: DatabaseParts, options: PgOptions): void {
  checkSqlOptions(action, t, options, KNOWN_PG);
  const { explain, maxPlans = 6 } = options;
  checkWhole(action, "maxPlans", maxPlans);
  const canAsk = explain === undefined || isQueryable(explain) || isTagged(explain);
  const rule = "explain must be a Pool or Client of pg, or a function of postgres.js or Bun";
  check(canAsk, action, rule, explain, TypeError);
}
