/**
 * Queries of any database, by hand.
 *
 * @module
 */
import { check, checkWhole, type Known, requireKnown } from "../core/check.ts";
import { current, runWith, UNTRACED } from "../core/context.ts";
import { endLater, failAndEnd } from "../trace/span/end_with_result.ts";
import type { Span } from "../trace/span/span.ts";
import { FollowedSpan } from "./query/followed.ts";
import { Observer } from "./query/observer.ts";
import type { Query } from "./query/query.ts";
import { checkQueryOptions, type DatabaseParts } from "./query/parts.ts";
import { targetOf } from "./query/target.ts";

/** What a call asks of which database. None of it may be a value of the query. */
export interface QueryDescription {
  /** `db.system.name`, such as `mongodb`, `cassandra`, `clickhouse`. */
  readonly system: string;
  /** The operation, such as `find`. */
  readonly operation?: string | undefined;
  /** The table, collection or index. */
  readonly collection?: string | undefined;
  /** The text of a query in SQL: it is told without its values, and summed up. */
  readonly sql?: string | undefined;
  /** The name of the database. */
  readonly namespace?: string | undefined;
  /** The server's name or address. */
  readonly host?: string | undefined;
  /** The server's port. */
  readonly port?: number | undefined;
  /** How many operations it sends at once, from 2. */
  readonly batchSize?: number | undefined;
}

const KNOWN: Known<QueryDescription> = {
  system: true,
  operation: true,
  collection: true,
  sql: true,
  namespace: true,
  host: true,
  port: true,
  batchSize: true,
};
const ACTION = "trace query";
/** Databases that are told apart; the application has a few. */
const MAX_DATABASES = 100;

/** The observers of each application, by database. */
const observers = new WeakMap<object, Map<string, Observer>>();

/**
 * Runs a query of any database in a span of its own, times it, and adds it to its request's row: for drivers
 * that no `instrument…` of this module is for. What `fn` returns is returned as it is; a promise, a lazy query
 * or a generator ends the query when it is done.
 *
 * @example
 * ```ts
 * import { telltale } from "@telltale/telltale";
 * import { traced } from "@telltale/telltale/db";
 * import { deepEqual, equal } from "node:assert/strict";
 *
 * await using t = telltale({ service: "orders", log: { sinks: [] } });
 * const find = () => Promise.resolve([{ id: 1 }]); // Yours: orders.find({ status: "paid" })
 * const about = { system: "mongodb", operation: "find", collection: "orders" };
 *
 * deepEqual(await traced(t, about, find), [{ id: 1 }]);
 * equal([...t.tracer.finished].at(-1)?.name, "find orders");
 * ```
 *
 * @param t a `Telltale`, or parts of it
 * @param fn sends the query; it gets the span, for attributes of your own
 * @throws {TypeError} for a description of the wrong kind, and what `fn` throws
 */
export function traced<T>(
  t: DatabaseParts,
  description: QueryDescription,
  fn: (span: Span) => T,
): T {
  const observer = observerOf(t, description);
  check(typeof fn === "function", ACTION, "fn must be a function", fn, TypeError);
  const context = current(), startMs = observer.clock.monotonic();
  const { sql, operation, collection, batchSize: batch } = description;
  const reading = sql === undefined ? { summary: "" } : observer.read(sql);
  const query: Query = { ...reading, operation, collection };
  const own = observer.start(query, context === UNTRACED ? UNTRACED : context, startMs);
  const span = new FollowedSpan(own, (hasFailed, error) => {
    const details = { span: own, batch };
    if (hasFailed) observer.failed(query, context, startMs, error, details);
    else observer.ended(query, context, startMs, details);
  });
  let result: T;
  try {
    result = runWith(span, fn, span);
  } catch (error) {
    failAndEnd(span, error);
    throw error;
  }
  if (typeof result === "object" && result !== null) return endLater(result, span);
  span.end();
  return result;
}

/** Checked once for each database: a call is on the application's path. */
function observerOf(t: DatabaseParts, description: QueryDescription): Observer {
  const known = typeof t === "object" && t !== null ? observers.get(t) : undefined;
  requireKnown(ACTION, description, KNOWN);
  const { system, namespace = "", host = "", port } = description;
  const key = `${system}\n${namespace}\n${host}\n${port}`, observer = known?.get(key);
  if (observer !== undefined) return observer;
  checkQueryOptions(ACTION, t, {});
  for (const name of ["system", "operation", "collection", "sql", "namespace", "host"] as const) {
    const value = description[name];
    const isText = typeof value === "string" && (name !== "system" || value !== "");
    const isMissing = value === undefined && name !== "system";
    check(isText || isMissing, ACTION, `${name} must be a text`, value, TypeError);
  }
  checkWhole(ACTION, "port", port ?? 1, 1, 65_535);
  checkWhole(ACTION, "batchSize", description.batchSize ?? 0, 0);
  const made = new Observer(t, targetOf(system, namespace, host, port), {
    dialect: dialectOf(system),
    isDriver: false,
  });
  const all = known ?? new Map<string, Observer>();
  if (known === undefined) observers.set(t, all);
  if (all.size < MAX_DATABASES) all.set(key, made);
  return made;
}

function dialectOf(system: string): "postgresql" | "mysql" | "sqlite" | "other" {
  if (system === "mariadb") return "mysql";
  return system === "postgresql" || system === "mysql" || system === "sqlite" ? system : "other";
}
