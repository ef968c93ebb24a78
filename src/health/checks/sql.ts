/**
 * A check that a database answers.
 *
 * @module
 */
import { checkFunction } from "../../core/check.ts";
import type { CheckFunction } from "../check.ts";
import { checkTimed, timed, type TimedOptions } from "./timed.ts";

/** The statement, and when it is too slow. */
export interface SqlCheckOptions extends TimedOptions {
  /** The statement to run. @default "SELECT 1" */
  readonly sql?: string | undefined;
}

/**
 * Checks that a database answers a statement, with any driver: a throw or a rejection is DOWN.
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
 * @param run runs a statement; the signal aborts at the check's timeout
 */
export function sqlCheck(
  run: (sql: string, signal: AbortSignal) => unknown,
  options: SqlCheckOptions = {},
): CheckFunction {
  checkFunction("check database", "run", run);
  checkTimed("database", options, { sql: true });
  const { sql = "SELECT 1" } = options;
  return (signal) => timed(options, () => run(sql, signal));
}
