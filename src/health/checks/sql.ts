/**
 * A check that a database answers.
 *
 * @module
 */
import type { CheckFunction } from "../check_options.ts";
import { checkTimed, timed, type TimedOptions } from "./timed.ts";

/** What is asked. */
export interface SqlCheckOptions extends TimedOptions {
  /** The statement; `SELECT 1` by default. */
  readonly sql?: string | undefined;
}

/**
 * Checks that a database answers a statement, by whatever driver: a throw or a rejection is DOWN.
 *
 * @example
 * ```ts
 * import { HealthRegistry, sqlCheck } from "@telltale/telltale/health";
 * import { DatabaseSync } from "node:sqlite";
 * import { equal } from "node:assert/strict";
 *
 * const database = new DatabaseSync(":memory:");
 * const health = new HealthRegistry();
 * health.check("database", sqlCheck((sql) => database.prepare(sql).get()));
 * equal((await health.refresh()).status, "UP");
 * ```
 *
 * @param run runs a statement; its signal aborts at the check's timeout
 */
export function sqlCheck(
  run: (sql: string, signal: AbortSignal) => unknown,
  options: SqlCheckOptions = {},
): CheckFunction {
  if (typeof run !== "function") {
    throw new TypeError(`Cannot check database: ${typeof run} is not a function`);
  }
  checkTimed("database", options, { sql: true });
  const { sql = "SELECT 1" } = options;
  return (signal) => timed(options, () => run(sql, signal));
}
