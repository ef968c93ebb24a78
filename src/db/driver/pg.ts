/**
 * PostgreSQL with `pg`: pools, clients, and the queries of `pg-cursor` and `pg-query-stream`.
 *
 * A pool's `query` calls that of a client. It is told once, where the application calls: there the context is
 * that of the request, while a client may be handed on in the context of the request that gave it back.
 *
 * @module
 */
import { check, checkWhole, type Known } from "../../core/check.ts";
import { current } from "../../core/context.ts";
import { Call } from "../query/call.ts";
import { instrumentedBefore, Patches, remember } from "../query/instrumented.ts";
import { Observer } from "../query/observer.ts";
import {
  checkQueryOptions,
  type DatabaseParts,
  KNOWN_OPTIONS,
  type QueryOptions,
} from "../query/parts.ts";
import { PoolMetrics } from "../query/pool.ts";
import { type Target, targetOf } from "../query/target.ts";
import { inContext, type Method, type NodeCallback } from "./callback.ts";
import { commented } from "./comment.ts";
import { followSubmittable, type PgConfig, rowsOf, setText, takeCallback } from "./pg_query.ts";
import { planOfPostgres } from "./plan.ts";

/** A `Pool` or a `Client` of `pg`, by what is used of it. */
export interface PgQueryable {
  /** Sends a query. */
  // deno-lint-ignore no-explicit-any -- the driver's overloads
  query(...given: any[]): any;
  /** Connects, or takes a client out of the pool. */
  // deno-lint-ignore no-explicit-any -- the driver's overloads
  connect(...given: any[]): any;
}

/** Options of {@linkcode instrumentPg}. */
export interface PgOptions extends QueryOptions {
  /**
   * Appends the trace to the text of queries, as a comment `traceparent='…'`, for the server's own log. Not to named ones, whose
   * text must not change.
   *
   * @default false
   */
  readonly comment?: boolean | undefined;
  /**
   * A client or pool of its own that is asked for the plan of slow queries, for their log line. It need not be
   * instrumented.
   *
   * @default no plans
   */
  readonly explain?: PgQueryable | undefined;
  /** How many plans are asked for in a minute. @default 6 */
  readonly maxPlans?: number | undefined;
}

const KNOWN: Known<PgOptions> = { ...KNOWN_OPTIONS, comment: true, explain: true, maxPlans: true };
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
  checkQueryOptions(ACTION, t, options, KNOWN);
  const { comment = false, explain, maxPlans = 6 } = options;
  check(typeof comment === "boolean", ACTION, "comment must be true or false", comment, TypeError);
  checkWhole(ACTION, "maxPlans", maxPlans);
  check(
    isQueryable(poolOrClient),
    ACTION,
    "it must be a Pool or Client of pg",
    poolOrClient,
    TypeError,
  );
  const canAsk = explain === undefined || isQueryable(explain);
  check(canAsk, ACTION, "explain must be a Pool or Client of pg", explain, TypeError);
  const before = instrumentedBefore(poolOrClient);
  if (before !== undefined) return before;

  const observer = new Observer(t, targetOfPg(poolOrClient), {
    ...options,
    dialect: "postgresql",
    explain: explain && planOfPostgres(explain),
    maxPlans,
  });
  const pg = new Pg(observer, comment), patches = new Patches();
  let metrics: PoolMetrics | undefined;
  if (isPool(poolOrClient)) {
    const pool: PoolLike = poolOrClient;
    metrics = new PoolMetrics(t.metrics, observer.target, observer.faults, () => ({
      idle: pool.idleCount,
      used: pool.totalCount - pool.idleCount,
      pending: pool.waitingCount,
      max: pool.options?.max,
    }));
    pg.patchPool(pool, patches, metrics);
  } else pg.patchClient(poolOrClient, patches);
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
  readonly #clients = new WeakSet<object>();
  /** Whether a pool's `query` is on its way to the pool's `connect`, or to the client's `query`. */
  #isConnecting = false;
  #isPassing = false;

  constructor(observer: Observer, comments: boolean) {
    this.#observer = observer;
    this.#comments = comments;
  }

  patchPool(pool: object, patches: Patches, metrics: PoolMetrics): void {
    patches.replace(pool, "query", (method) =>
      this.#observed(method, (self, given) => {
        this.#isConnecting = true;
        try {
          return method.apply(self, given);
        } finally {
          this.#isConnecting = false;
        }
      }));
    patches.replace(pool, "connect", (method) => this.#connecting(method, metrics));
  }

  patchClient(client: object, patches: Patches): void {
    if (this.#clients.has(client)) return;
    this.#clients.add(client);
    patches.replace(client, "query", (method) => {
      const observed = this.#observed(method, (self, given) => method.apply(self, given));
      const isPassing = () => this.#isPassing;
      return function (this: unknown, ...given) {
        return isPassing() ? method.apply(this, given) : observed.apply(this, given);
      };
    });
    patches.replace(client, "connect", (method) =>
      function (this: unknown, ...given) {
        if (typeof given[0] === "function") given[0] = inContext(given[0]);
        return method.apply(this, given);
      });
  }

  /** Takes a client out of the pool, for the application or for the pool's own `query`. */
  #connecting(method: Method, metrics: PoolMetrics): Method {
    const { clock } = this.#observer;
    const took = (startMs: number, error: unknown, client: unknown) => {
      if (error) {
        if (isTimeout(error)) metrics.timedOut();
        return;
      }
      metrics.waited(clock.monotonic() - startMs);
      if (typeof client === "object" && client !== null) this.patchClient(client, new Patches());
    };
    const isOn = () => this.#observer.isOn;
    const isOwn = () => this.#isConnecting;
    const setPassing = (isPassing: boolean) => {
      const before = this.#isPassing;
      this.#isPassing = isPassing;
      return before;
    };
    return function (this: unknown, ...given) {
      if (!isOn()) return method.apply(this, given);
      const startMs = clock.monotonic(), callback = given[0] as NodeCallback | undefined;
      if (typeof callback === "function") {
        given[0] = isOwn()
          // The pool's own `query` calls that of the client in here: it has been told.
          ? (error: unknown, client: unknown, release: unknown) => {
            took(startMs, error, client);
            const before = setPassing(true);
            try {
              return callback(error, client, release);
            } finally {
              setPassing(before);
            }
          }
          : inContext(callback, (error, client) => took(startMs, error, client));
        return method.apply(this, given);
      }
      return method.apply(this, given).then((client: unknown) => {
        took(startMs, undefined, client);
        return client;
      }, (error: unknown) => {
        took(startMs, error, undefined);
        throw error;
      });
    };
  }

  #observed(method: Method, send: (self: unknown, given: unknown[]) => unknown): Method {
    const observer = this.#observer;
    const start = (given: unknown[]) => this.#start(given);
    return function (this: unknown, ...given) {
      const call = observer.isWanted ? start(given) : undefined;
      if (call === undefined) return method.apply(this, given);
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
    } else if (this.#comments) {
      const span = observer.start(call.query, current(), call.startMs), text = commented(sql, span);
      if (text !== undefined && setText(given, text)) call.span = span;
    }
    return call;
  }
}

function isThenable(value: unknown): boolean {
  return typeof value === "object" && value !== null && "then" in value &&
    typeof value.then === "function";
}

function isTimeout(error: unknown): boolean {
  return /timeout/.test(String((error as { message?: unknown } | null)?.message));
}

function isQueryable(given: unknown): given is PgQueryable {
  const { query, connect } = (given ?? {}) as Partial<PgQueryable>;
  return typeof query === "function" && typeof connect === "function";
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
