/**
 * A health check for each driver.
 *
 * @module
 */
import { kindOf } from "../core/check.ts";
import { run, UNTRACED } from "../core/context.ts";
import type { CheckFunction } from "../health/check.ts";
import { sqlCheck } from "../health/checks/sql.ts";
import type { TimedOptions } from "../health/checks/timed.ts";

/**
 * Checks that a database answers, by the client that the application uses: any that this module instruments,
 * instrumented or not. A pool without a free connection is DOWN at the check's timeout. The check is no query
 * of the application: it is not told.
 *
 * @example
 * ```ts
 * import { HealthRegistry } from "@telltale/telltale/health";
 * import { databaseCheck } from "@telltale/telltale/db";
 * import { DatabaseSync } from "node:sqlite";
 * import { equal } from "node:assert/strict";
 *
 * const db = new DatabaseSync(":memory:");
 * const health = new HealthRegistry();
 * health.check("database", databaseCheck(db));
 * equal((await health.refresh()).status, "UP");
 * ```
 *
 * @param client a database, pool, connection or client, or the function of postgres.js or `Bun.SQL`
 * @throws {TypeError} for another object, or an option of the wrong kind
 * @throws {RangeError} for an option that is out of range
 */
export function databaseCheck(client: object, options: TimedOptions = {}): CheckFunction {
  const ask = asking(client);
  if (ask === undefined) {
    throw new TypeError(
      `Cannot check database: client must be one of a supported driver, got ${kindOf(client)}`,
    );
  }
  return sqlCheck((sql) => run(UNTRACED, () => ask(sql)), options);
}

/** How each driver is asked; the order matters, because some have several of these methods. */
function asking(client: object): ((sql: string) => unknown) | undefined {
  if (client === null || typeof client !== "object" && typeof client !== "function") {
    return undefined;
  }
  // deno-lint-ignore no-explicit-any -- by shape
  const any = client as any;
  const has = (name: string) => typeof any[name] === "function";
  if (typeof client === "function") {
    return has("unsafe") ? async (sql) => await any.unsafe(sql) : undefined;
  }
  if (has("prepare") && has("exec")) return (sql) => any.prepare(sql).get();
  if (has("ping") && !has("query")) return () => any.ping();
  if (has("send")) return () => any.send("PING", []);
  if (!has("query")) return undefined;
  // mysql2 in its callback form.
  return has("execute") && (any.pool === undefined && any.connection === undefined)
    ? (sql) =>
      new Promise<void>((resolve, reject) => {
        any.query(sql, (error: unknown) => error ? reject(error) : resolve());
      })
    : (sql) => any.query(sql);
}
