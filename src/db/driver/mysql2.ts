/**
 * MySQL and MariaDB with `mysql2`: pools and connections, with callbacks and with promises.
 *
 * The promise form calls the callback form, which is observed.
 *
 * @module
 */
import { AsyncLocalStorage } from "node:async_hooks";
import { check } from "../../core/check.ts";
import { Call } from "../query/call.ts";
import { instrumentedBefore, Patches, remember } from "../query/instrumented.ts";
import { Observer } from "../query/observer.ts";
import type { DatabaseParts } from "../query/parts.ts";
import { PoolMetrics } from "../query/pool.ts";
import { type Target, targetOf } from "../query/target.ts";
import { inContext, type Method, type NodeCallback } from "./callback.ts";
import { checkSqlOptions, type SqlOptions } from "./options.ts";
import { isObserved, Pooled, type Send } from "./pooled.ts";

/** A pool or connection of `mysql2` or `mysql2/promise`, by what is used of it. */
export interface Mysql2Queryable {
  /** Sends a query. */
  // deno-lint-ignore no-explicit-any -- the driver's overloads
  query(...given: any[]): any;
  /** Sends a prepared statement. */
  // deno-lint-ignore no-explicit-any -- the driver's overloads
  execute(...given: any[]): any;
}

const ACTION = "instrument mysql2";

/**
 * Observes the queries of a pool or a connection of `mysql2`: each has a span, is timed and added to its
 * request's row. A pool also shows how it is used. It stays the same object; its connections are observed, too.
 *
 * @example
 * ```ts ignore
 * import mysql from "mysql2/promise";
 * const pool = instrumentMysql2(t, mysql.createPool({ host: "db.internal", database: "shop" }));
 * const [rows] = await pool.execute("SELECT * FROM orders WHERE id = ?", [7]);
 * ```
 *
 * @param t a `Telltale`, or parts of it
 * @throws {TypeError} for a pool or an option of the wrong kind
 * @throws {RangeError} for an option that is out of range
 */
export function instrumentMysql2<P extends Mysql2Queryable>(
  t: DatabaseParts,
  poolOrConnection: P,
  options: SqlOptions = {},
): P {
  checkSqlOptions(ACTION, t, options);
  const isRight = typeof poolOrConnection?.query === "function" &&
    typeof poolOrConnection.execute === "function";
  check(isRight, ACTION, "it must be a pool or connection of mysql2", poolOrConnection, TypeError);
  const before = instrumentedBefore(poolOrConnection);
  if (before !== undefined) return before;

  const core = coreOf(poolOrConnection), { config = {} } = core;
  if (isObserved(core)) return poolOrConnection;
  const observer = new Observer(t, targetOfMysql(config.connectionConfig ?? config), {
    ...options,
    dialect: "mysql",
  });
  const comments = options.comment ?? false, patches = new Patches();
  const pooled = new Pooled(
    observer,
    ["query", "execute"],
    (send, verb) => observed(observer, send, comments && verb === "query"),
  );
  let metrics: PoolMetrics | undefined;
  if (typeof core.getConnection === "function") {
    metrics = new PoolMetrics(t.metrics, observer.target, observer.faults, () => {
      const all = core._allConnections?.length ?? 0, idle = core._freeConnections?.length ?? 0;
      const pending = core._connectionQueue?.length ?? 0;
      return { idle, used: all - idle, pending, max: config.connectionLimit || undefined };
    });
    pooled.patchPool(core, "getConnection", patches, metrics);
  } else pooled.patchConnection(core, patches);
  return remember(poolOrConnection, poolOrConnection, () => {
    observer.isOn = false;
    patches.undo();
    metrics?.close();
  });
}

/** What is used of the callback form. */
interface Core {
  getConnection?: unknown;
  config?: { connectionConfig?: object; connectionLimit?: number };
  _allConnections?: { length: number; get?(at: number): Core | undefined };
  _handshakePacket?: { serverVersion?: unknown } | null;
  _freeConnections?: { length: number };
  _connectionQueue?: { length: number };
}

/** A statement that is prepared gets no comment: each text would be prepared and kept by itself. */
function observed(observer: Observer, send: Send, comments: boolean): Method {
  return function (this: unknown, ...given) {
    const sql = textOf(given[0]);
    if (sql === undefined || !observer.isWanted) return send(this, given);
    const core = this as Core, learn = () => learnSystem(observer, core);
    const call = new Call(observer, observer.read(sql), sql);
    if (observer.wantsParameters) {
      call.parameters = (given[0] as { values?: unknown }).values ?? given[1];
    }
    if (comments && canChange(given[0])) {
      const text = call.comment(sql);
      if (text !== undefined) {
        given[0] = typeof given[0] === "string" ? text : { ...given[0], sql: text };
      }
    }
    const at = given.findIndex((argument, i) => i > 0 && typeof argument === "function");
    if (at > 0) {
      given[at] = inContext(given[at] as NodeCallback, (error, rows) => {
        learn();
        ended(call, error, rows);
      });
    }
    let sent: unknown;
    try {
      sent = send(this, given);
    } catch (error) {
      call.fail(error);
      throw error;
    }
    if (at < 0) observer.faults.guard("database query", () => followCommand(sent, call, learn));
    return sent;
  };
}

/** Whether the text can be another: of plain data, and not of a command that the application made. */
function canChange(first: unknown): boolean {
  return typeof first === "string" || Object.getPrototypeOf(first) === Object.prototype;
}

function ended(call: Call, error: unknown, rows: unknown): void {
  if (error) return call.fail(error);
  call.rows = Array.isArray(rows) ? rows.length : undefined;
  call.end();
}

/**
 * A command without a callback emits its end; its error is told where `emit` passes it, listened to or not. Its events,
 * and so those of its streams, come in the context of the caller.
 */
function followCommand(command: unknown, call: Call, learn: () => void): void {
  if (typeof command !== "object" || command === null) return;
  // With a callback in the options it is this that is called.
  const hasCallback = typeof (command as { onResult?: unknown }).onResult === "function";
  const run = AsyncLocalStorage.snapshot();
  new Patches().replace(
    command,
    hasCallback ? "onResult" : "emit",
    (method) =>
      function (this: unknown, ...given) {
        learn();
        if (hasCallback) ended(call, given[0], given[1]);
        else if (given[0] === "error") call.fail(given[1]);
        else if (given[0] === "end") call.end();
        return run(() => method.apply(this, given));
      },
  );
}

function textOf(first: unknown): string | undefined {
  const sql = typeof first === "string"
    ? first
    : (first as { sql?: unknown } | null | undefined)?.sql;
  return typeof sql === "string" ? sql : undefined;
}

/** The callback form below the promise form. */
function coreOf(given: object): Core {
  const { pool, connection } = given as { pool?: Core; connection?: Core };
  if (typeof pool?.getConnection === "function") return pool;
  return typeof (connection as Partial<Mysql2Queryable> | undefined)?.query === "function"
    ? connection!
    : given;
}

/** MariaDB names itself in its handshake, the first thing that a server says: of a pool, to any of its connections. */
function learnSystem(observer: Observer, core: Core): void {
  const { _handshakePacket: own, _allConnections: all } = core;
  const version = (own ?? all?.get?.(0)?._handshakePacket)?.serverVersion;
  if (typeof version === "string" && /mariadb/i.test(version)) observer.become("mariadb");
}

function targetOfMysql(config: object): Target {
  const { host, port, database } = config as Record<string, unknown>;
  return targetOf("mysql", database ?? "", host ?? "localhost", port);
}
