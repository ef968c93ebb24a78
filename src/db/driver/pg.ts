/**
 * PostgreSQL with `pg`: pools, clients, and the queries of `pg-cursor` and `pg-query-stream`.
 *
 * @module
 */
import { check } from "../../core/check.ts";
import { Call } from "../query/call.ts";
import { instrumentedBefore, Patches, remember } from "../query/instrumented.ts";
import { Observer } from "../query/observer.ts";
import type { DatabaseParts } from "../query/parts.ts";
import { PoolMetrics } from "../query/pool.ts";
import { type Target, targetOf } from "../query/target.ts";
import { inContext, type Method } from "./callback.ts";
import { isQueryable, type PgQueryable } from "./client.ts";
import { checkPgOptions, type PgOptions } from "./options.ts";
import {
  canChange,
  followSubmittable,
  type PgConfig,
  rowsOf,
  takeCallback,
  withText,
} from "./pg_query.ts";
import { planOfPostgres } from "./plan.ts";
import { isObserved, Pooled, type Send } from "./pooled.ts";

const ACTION = "instrument pg";

/**
 * Observes the queries of a pool or a client of `pg`: each has a span, is timed and added to its request's row.
 * A pool also shows how it is used. The pool or client stays the same object; its clients are observed, too.
 *
 * @example
 * ```ts ignore
 * import pg from "pg";
 * const pool = instrumentPg(t, new pg.Pool({ host: "db.internal", database: "shop" }));
 * const { rows } = await pool.query("SELECT * FROM orders WHERE id = $1", [7]);
 * ```
 *
 * @param t a `Telltale`, or parts of it
 * @throws {TypeError} for a pool or an option of the wrong kind
 * @throws {RangeError} for an option that is out of range
 */
export function instrumentPg<P extends PgQueryable>(
  t: DatabaseParts,
  poolOrClient: P,
  options: PgOptions = {},
): P {
  checkPgOptions(ACTION, t, options);
  const { comment = false, explain } = options, rule = "it must be a Pool or Client of pg";
  check(isQueryable(poolOrClient), ACTION, rule, poolOrClient, TypeError);
  const before = instrumentedBefore(poolOrClient);
  if (before !== undefined) return before;
  if (isObserved(poolOrClient)) return poolOrClient;

  const observer = new Observer(t, targetOfPg(poolOrClient), {
    ...options,
    dialect: "postgresql",
    explain: explain && planOfPostgres(explain),
  });
  const pg = new Pg(observer, comment), patches = new Patches();
  const pooled = new Pooled(observer, ["query"], (send) => pg.observed(send));
  let metrics: PoolMetrics | undefined;
  if (isPool(poolOrClient)) {
    const pool: PoolLike = poolOrClient;
    metrics = new PoolMetrics(t.metrics, observer.target, observer.faults, () => ({
      idle: pool.idleCount,
      used: pool.totalCount - pool.idleCount,
      pending: pool.waitingCount,
      max: pool.options?.max,
    }));
    pooled.patchPool(pool, "connect", patches, metrics);
  } else {
    pooled.patchConnection(poolOrClient, patches);
    patches.replace(poolOrClient, "connect", (method) =>
      function (this: unknown, ...given) {
        if (typeof given[0] === "function") given[0] = inContext(given[0]);
        return method.apply(this, given);
      });
  }
  return remember(poolOrClient, poolOrClient, () => {
    observer.isOn = false;
    patches.undo();
    metrics?.close();
  });
}

interface PoolLike {
  readonly totalCount: number;
  readonly idleCount: number;
  readonly waitingCount: number;
  readonly options?: { readonly max?: number };
}

class Pg {
  readonly #observer: Observer;
  readonly #comments: boolean;

  constructor(observer: Observer, comments: boolean) {
    this.#observer = observer;
    this.#comments = comments;
  }

  observed(send: Send): Method {
    const observer = this.#observer;
    const start = (given: unknown[]) => this.#start(given);
    return function (this: unknown, ...given) {
      const call = observer.isWanted ? start(given) : undefined;
      if (call === undefined) return send(this, given);
      const restore = takeCallback(given, call);
      let result: unknown;
      try {
        result = send(this, given);
      } catch (error) {
        call.fail(error);
        throw error;
      } finally {
        restore?.();
      }
      return result instanceof Promise || isThenable(result)
        ? call.with(result as Promise<unknown>, rowsOf)
        : result;
    };
  }

  /** Undefined for arguments that `pg` will refuse. */
  #start(given: unknown[]): Call | undefined {
    try {
      return this.#started(given);
    } catch (error) {
      this.#observer.faults.record("database query", error);
      return undefined;
    }
  }

  #started(given: unknown[]): Call | undefined {
    const [first] = given as [PgConfig | string | undefined];
    const sql = typeof first === "string" ? first : first?.text ?? first?.cursor?.text;
    if (typeof sql !== "string") return undefined;
    const observer = this.#observer, call = new Call(observer, observer.read(sql), sql);
    if (observer.wantsParameters) {
      call.parameters = Array.isArray(given[1]) ? given[1] : (first as PgConfig).values;
    }
    if (typeof first !== "string" && typeof first!.submit === "function") {
      followSubmittable(first!, call);
    } else if (this.#comments && canChange(first!)) {
      const text = call.comment(sql);
      if (text !== undefined) given[0] = withText(first!, text);
    }
    return call;
  }
}

function isThenable(value: unknown): boolean {
  return typeof value === "object" && value !== null && "then" in value &&
    typeof value.then === "function";
}

function isPool(given: object): given is PoolLike {
  return "totalCount" in given && "idleCount" in given;
}

function targetOfPg(given: object): Target {
  const { options = given } = given as { options?: object };
  const { host, port, database, connectionString } = options as Record<string, unknown>;
  const url = typeof connectionString === "string" ? URL.parse(connectionString) : null;
  return targetOf(
    "postgresql",
    database ?? url?.pathname.slice(1) ?? "",
    host ?? url?.hostname ?? "localhost",
    port ?? (url?.port || undefined),
  );
}
