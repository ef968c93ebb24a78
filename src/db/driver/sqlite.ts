/**
 * SQLite in the process: `node:sqlite` on Deno, Bun and Node, and `bun:sqlite`.
 *
 * A query takes a microsecond or less. So each is timed, and only a slow one has a span. Neither a proxy nor
 * the prototypes would do: methods refuse a proxy, and of both classes the prototype lacks methods on one of
 * the runtimes. Methods are replaced on the objects.
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
import type { Reading } from "../sql/reading.ts";
import { followRows } from "./rows.ts";
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
/** Methods of a statement that run it to its end; those of `bun:sqlite` among them. */
const VERBS = ["get", "all", "run", "values", "raw"];
type Method = (this: unknown, ...given: unknown[]) => unknown;

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
  const sqlite = new Sqlite(observer), patches = new Patches();
  sqlite.patch(db, patches);
  return remember(db, db, () => {
    observer.isOn = false;
    patches.undo();
  });
}

/** Replaces the methods of a database and of its statements. */
class Sqlite {
  readonly #observer: Observer;
  /** `query` of `bun:sqlite` returns the same statement again. */
  readonly #statements = new WeakSet<object>();
  /** By what was read: many programs prepare the same text for each use. */
  readonly #traced = new WeakMap<Reading, { get: unknown; methods: PropertyDescriptorMap }>();

  constructor(observer: Observer) {
    this.#observer = observer;
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
    const observer = this.#observer, trace = (made: object, sql: string) => this.#trace(made, sql);
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
      observer.faults.guard(WHERE, () => trace(statement as object, sql));
      return statement;
    };
  }

  #trace(statement: object, sql: string): void {
    if (this.#statements.has(statement)) return;
    this.#statements.add(statement);
    const reading = this.#observer.read(sql), { get } = statement as { get?: unknown };
    let traced = this.#traced.get(reading);
    // Statements of `bun:sqlite` have methods of their own.
    if (traced === undefined || traced.get !== get) {
      traced = { get, methods: this.#methodsOf(statement, reading, sql) };
      this.#traced.set(reading, traced);
    }
    Object.defineProperties(statement, traced.methods);
  }

  /** The methods of a statement that run it, but observed; shared by all statements of one text. */
  #methodsOf(statement: object, reading: Reading, sql: string): PropertyDescriptorMap {
    const observer = this.#observer, methods = statement as Record<string, Method | undefined>;
    const replaced: PropertyDescriptorMap = {};
    for (const verb of VERBS) {
      const method = methods[verb];
      if (method === undefined) continue;
      replaced[verb] = insteadOf(statement, verb, function (this: unknown, ...given) {
        if (!observer.isOn) return method.apply(this, given);
        const startMs = observer.clock.monotonic();
        let result: unknown;
        try {
          result = method.apply(this, given);
        } catch (error) {
          observer.failed(reading, current(), startMs, error, { parameters: given, sql });
          throw error;
        }
        observer.succeeded(reading, startMs, sql, given, result);
        return result;
      });
    }
    if (methods.iterate !== undefined) {
      const iterating = this.#iterating(methods.iterate, () => sql);
      replaced.iterate = insteadOf(statement, "iterate", iterating);
    }
    return replaced;
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

  /** The rows are read while the application takes them: the query ends with the last. */
  #iterating(method: Method, textOf: (given: unknown[]) => string | undefined): Method {
    const observer = this.#observer;
    return function (this: unknown, ...given) {
      const sql = observer.isOn ? textOf(given) : undefined;
      if (sql === undefined) return method.apply(this, given);
      const context = current(), startMs = observer.clock.monotonic(), reading = observer.read(sql);
      let rows: unknown;
      try {
        rows = method.apply(this, given);
      } catch (error) {
        observer.failed(reading, context, startMs, error, { parameters: given, sql });
        throw error;
      }
      const details = { parameters: given, sql, rows: 0 };
      const isFollowed = followRows(rows as object, details, (error, hasFailed) => {
        if (hasFailed) observer.failed(reading, context, startMs, error, details);
        else observer.ended(reading, context, startMs, details);
      });
      if (!isFollowed) observer.ended(reading, context, startMs, { parameters: given, sql });
      return rows;
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

/** A method that replaces another: alike in name and length, and listed if that is. */
function insteadOf(target: object, name: string, value: Method): PropertyDescriptor {
  const { length } = (target as Record<string, Method>)[name]!;
  Object.defineProperties(value, { name: { value: name }, length: { value: length } });
  const enumerable = Object.getOwnPropertyDescriptor(target, name)?.enumerable ?? false;
  return { value, writable: true, configurable: true, enumerable };
}

/** Where what goes wrong here is counted. */
const WHERE = "database query";

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
