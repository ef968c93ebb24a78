/**
 * SQLite in the process: `node:sqlite` on Deno, Bun and Node, and `bun:sqlite`.
 *
 * A query takes a microsecond or less. So each is timed, and only a slow one has a span. Methods refuse a proxy.
 * They are replaced: those of a database on the object.
 *
 * @module
 */
import { check, checkWhole, type Known } from "../../core/check.ts";
import { current } from "../../core/context.ts";
import { instrumentedBefore, Patches, remember } from "../query/instrumented.ts";
import { Observer } from "../query/observer.ts";
import {
  checkQueryOptions,
  type DatabaseParts,
  KNOWN_OPTIONS,
  type QueryOptions,
} from "../query/parts.ts";
import { targetOf } from "../query/target.ts";
import type { Method } from "./callback.ts";
import { iterated, Statements, VERBS } from "./sqlite_statement.ts";
import { transacting } from "./sqlite_transaction.ts";

/** A database of `node:sqlite` or `bun:sqlite`, by what is used of it. */
export interface SqliteDatabase {
  /** Compiles a statement. */
  prepare(sql: string): object;
  /** Runs statements. */
  exec(sql: string): unknown;
}

/** Options of {@linkcode instrumentSqlite}. */
export interface SqliteOptions extends QueryOptions {
  /** Milliseconds from which on a query gets a span; one that failed always does. @default 1 */
  readonly spanMinMs?: number | undefined;
  /** Asks for the plan of slow queries, for their log line. It takes some microseconds. @default false */
  readonly explain?: boolean | undefined;
  /** How many plans are asked for in a minute. @default 6 */
  readonly maxPlans?: number | undefined;
}

const KNOWN: Known<SqliteOptions> = { ...KNOWN_OPTIONS, explain: true, maxPlans: true };
const ACTION = "instrument SQLite";

/**
 * Observes the queries of an SQLite database: each is timed and added to its request's row, and has a span
 * when it takes a millisecond or fails. The database stays the same object; statements that were prepared
 * before are not observed.
 *
 * @example
 * ```ts
 * import { telltale } from "@telltale/telltale";
 * import { instrumentSqlite } from "@telltale/telltale/db";
 * import { DatabaseSync } from "node:sqlite";
 * import { equal, match } from "node:assert/strict";
 *
 * await using t = telltale({ service: "orders", log: { sinks: [] } });
 * const db = instrumentSqlite(t, new DatabaseSync(":memory:"), { spanMinMs: 0 });
 * db.exec("CREATE TABLE orders (id INTEGER PRIMARY KEY, status TEXT)");
 * db.prepare("INSERT INTO orders (status) VALUES (?)").run("paid");
 *
 * equal([...t.tracer.finished].at(-1)?.name, "INSERT orders");
 * match(await (await t.metrics.scrape()).text(), /db_client_operation_duration_seconds_count\{.*INSERT orders/);
 * ```
 *
 * @param t a `Telltale`, or parts of it
 * @throws {TypeError} for a database or an option of the wrong kind
 * @throws {RangeError} for an option that is out of range
 */
export function instrumentSqlite<D extends SqliteDatabase>(
  t: DatabaseParts,
  db: D,
  options: SqliteOptions = {},
): D {
  checkQueryOptions(ACTION, t, options, KNOWN);
  const { explain = false, maxPlans = 6 } = options;
  check(typeof explain === "boolean", ACTION, "explain must be true or false", explain, TypeError);
  checkWhole(ACTION, "maxPlans", maxPlans);
  const isDatabase = typeof db?.prepare === "function" && typeof db.exec === "function";
  check(isDatabase, ACTION, "db must be a database of node:sqlite or bun:sqlite", db, TypeError);
  const before = instrumentedBefore(db);
  if (before !== undefined) return before;

  const prepare = db.prepare as Method;
  const plan = (sql: string) => {
    const statement = prepare.call(db, `EXPLAIN QUERY PLAN ${sql}`) as {
      all(): { detail: string }[];
    };
    return statement.all().map(({ detail }) => detail);
  };
  const target = targetOf("sqlite", fileOf(db));
  const observer = new Observer(t, target, {
    ...options,
    dialect: "sqlite",
    spanMinMs: options.spanMinMs ?? 1,
    explain: explain ? plan : undefined,
    maxPlans,
  });
  const statements = new Statements(observer), patches = new Patches();
  new Sqlite(observer, statements).patch(db, patches);
  return remember(db, db, () => {
    observer.isOn = false;
    patches.undo();
    statements.release();
  });
}

/** Replaces the methods of a database. */
class Sqlite {
  readonly #observer: Observer;
  readonly #statements: Statements;

  constructor(observer: Observer, statements: Statements) {
    this.#observer = observer;
    this.#statements = statements;
  }

  patch(db: object, patches: Patches): void {
    patches.replace(db, "prepare", (method) => this.#preparing(method));
    patches.replace(db, "query", (method) => this.#preparing(method));
    // `run` of `bun:sqlite` takes parameters, too.
    patches.replace(db, "exec", (method) => this.#running(method, textOf));
    patches.replace(db, "run", (method) => this.#running(method, textOf));
    patches.replace(db, "createTagStore", (method) => this.#storing(method));
    patches.replace(db, "transaction", (method) => transacting(method, this.#observer));
  }

  /** A text that does not compile fails here: it is told as a query that failed. */
  #preparing(method: Method): Method {
    const observer = this.#observer, statements = this.#statements;
    return function (this: unknown, ...given) {
      const sql = given[0];
      if (!observer.isWanted || typeof sql !== "string") return method.apply(this, given);
      const startMs = observer.clock.monotonic();
      let statement: unknown;
      try {
        statement = method.apply(this, given);
      } catch (error) {
        observer.failed(observer.read(sql), current(), startMs, error);
        throw error;
      }
      try {
        statements.trace(statement as object, sql);
      } catch (error) {
        observer.faults.record("database query", error);
      }
      return statement;
    };
  }

  /** Runs the text that `textOf` finds in the arguments. */
  #running(method: Method, textOf: (given: unknown[]) => string | undefined): Method {
    const observer = this.#observer;
    return function (this: unknown, ...given) {
      const sql = observer.isOn ? textOf(given) : undefined;
      if (sql === undefined) return method.apply(this, given);
      const startMs = observer.clock.monotonic();
      const parameters = given.slice(1);
      let result: unknown;
      try {
        result = method.apply(this, given);
      } catch (error) {
        observer.failed(observer.read(sql), current(), startMs, error, { parameters, sql });
        throw error;
      }
      const reading = observer.read(sql);
      observer.succeeded(reading, startMs, sql, parameters, result);
      return result;
    };
  }

  #iterating(method: Method, textOf: (given: unknown[]) => string | undefined): Method {
    const observer = this.#observer;
    return function (this: unknown, ...given) {
      const sql = observer.isOn ? textOf(given) : undefined;
      return sql === undefined
        ? method.apply(this, given)
        : iterated(observer, observer.read(sql), sql, method, this, given);
    };
  }

  /** Tagged templates of `node:sqlite`, whose statements nobody sees. */
  #storing(method: Method): Method {
    const isOn = () => this.#observer.isOn;
    const patch = (store: object) => {
      const patches = new Patches();
      for (const verb of VERBS) {
        patches.replace(store, verb, (method) => this.#running(method, templateOf));
      }
      patches.replace(store, "iterate", (method) => this.#iterating(method, templateOf));
    };
    return function (this: unknown, ...given) {
      const store = method.apply(this, given);
      if (isOn()) patch(store as object);
      return store;
    };
  }
}

function textOf([sql]: unknown[]): string | undefined {
  return typeof sql === "string" ? sql : undefined;
}

function templateOf([strings]: unknown[]): string | undefined {
  return Array.isArray(strings) ? strings.join("?") : undefined;
}

/** The name of the file, without its folders; empty in memory. */
function fileOf(db: object): string {
  const { filename, location } = db as { filename?: unknown; location?: unknown };
  let path = filename;
  try {
    if (typeof location === "function") path = location.call(db);
  } catch {
    // It is closed, or not open yet.
  }
  return typeof path === "string" && path !== ":memory:" ? path.replace(/^.*[/\\]/, "") : "";
}
