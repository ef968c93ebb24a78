/**
 * PostgreSQL with postgres.js, and `Bun.SQL`: functions for tagged templates, whose queries are lazy.
 *
 * A query is sent when it is first awaited. What sends it is a field of the query, and so is what it ends with:
 * there it is observed. Nothing attaches to the promise. A fragment, which is never sent, is never told.
 *
 * @module
 */
import { AsyncLocalStorage } from "node:async_hooks";
import { check } from "../../core/check.ts";
import { Call } from "../query/call.ts";
import { instrumentedBefore, Patches, remember } from "../query/instrumented.ts";
import { Observer } from "../query/observer.ts";
import type { Query } from "../query/query.ts";
import { checkQueryOptions, type DatabaseParts, type QueryOptions } from "../query/parts.ts";
import { type Target, targetOf } from "../query/target.ts";
import type { Method } from "./callback.ts";
import { followRows } from "./rows.ts";
import { nameOf, type Template, textOf } from "./template.ts";

/** A function for tagged templates, by what is used of it. */
// deno-lint-ignore no-explicit-any -- the driver's overloads
export type TaggedSql = ((...given: any[]) => any) & { readonly options?: any };

/**
 * Observes the queries of postgres.js: each has a span, is timed and added to its request's row. Queries stay
 * lazy. Use what is given back: it behaves as the function given, also in `begin`, `savepoint` and `reserve`.
 *
 * @example
 * ```ts ignore
 * import postgres from "postgres";
 * const sql = instrumentPostgresJs(t, postgres({ host: "db.internal", database: "shop" }));
 * const orders = await sql`SELECT * FROM orders WHERE id = ${7}`;
 * ```
 *
 * @param t a `Telltale`, or parts of it
 * @throws {TypeError} for a function or an option of the wrong kind
 * @throws {RangeError} for an option that is out of range
 */
export function instrumentPostgresJs<S extends TaggedSql>(
  t: DatabaseParts,
  sql: S,
  options: QueryOptions = {},
): S {
  const action = "instrument postgres.js", isRight = isTagged(sql) && "PostgresError" in sql;
  checkQueryOptions(action, t, options);
  check(isRight, action, "sql must be what postgres() gave", sql, TypeError);
  return instrumented(t, sql, options, "postgresql");
}

/**
 * Observes the queries of `Bun.SQL`, with any of its databases: each has a span, is timed and added to its
 * request's row. Queries stay lazy. Use what is given back: it behaves as the function given, also in `begin`,
 * `savepoint` and `reserve`.
 *
 * @example
 * ```ts ignore
 * const sql = instrumentBunSql(t, new Bun.SQL("postgres://db.internal/shop"));
 * const orders = await sql`SELECT * FROM orders WHERE id = ${7}`;
 * ```
 *
 * @param t a `Telltale`, or parts of it
 * @throws {TypeError} for a function or an option of the wrong kind
 * @throws {RangeError} for an option that is out of range
 */
export function instrumentBunSql<S extends TaggedSql>(
  t: DatabaseParts,
  sql: S,
  options: QueryOptions = {},
): S {
  const action = "instrument Bun.SQL", isRight = isTagged(sql) && "flush" in sql;
  checkQueryOptions(action, t, options);
  check(isRight, action, "sql must be a Bun.SQL", sql, TypeError);
  const { adapter } = sql.options ?? {};
  return instrumented(t, sql, options, SYSTEMS[adapter as string] ?? "postgresql");
}

const SYSTEMS: Readonly<Record<string, "mysql" | "mariadb" | "sqlite">> = {
  mysql: "mysql",
  mariadb: "mariadb",
  sqlite: "sqlite",
};

function instrumented<S extends TaggedSql>(
  t: DatabaseParts,
  sql: S,
  options: QueryOptions,
  system: "postgresql" | "mysql" | "mariadb" | "sqlite",
): S {
  const before = instrumentedBefore(sql);
  if (before !== undefined) return before;
  const observer = new Observer(t, targetOfOptions(system, sql.options), {
    ...options,
    dialect: system === "mariadb" ? "mysql" : system,
  });
  return remember(sql, new Tagged(observer).wrap(sql), () => {
    observer.isOn = false;
  });
}

/** Members that make queries, and those that hand out another function to a callback or in a promise. */
const MAKERS = new Set<PropertyKey>(["unsafe", "file"]);
const SCOPES = new Set<PropertyKey>([
  "begin",
  "savepoint",
  "transaction",
  "beginDistributed",
  "reserve",
]);
/** What is used of a query of both drivers. */
interface LazyQuery {
  statement?: { string?: unknown } | null;
}

class Tagged {
  readonly #observer: Observer;
  readonly #templates = new WeakMap<object, Template>();
  readonly #wrapped = new WeakMap<object, object>();

  constructor(observer: Observer) {
    this.#observer = observer;
  }

  /** The function, but its queries are observed. All else is the function's own. */
  wrap<S extends TaggedSql>(sql: S): S {
    const known = this.#wrapped.get(sql);
    if (known !== undefined) return known as S;
    const members = new Map<PropertyKey, unknown>();
    const wrapped = new Proxy(sql, {
      apply: (target, self, given) => {
        const made = Reflect.apply(target, self === wrapped ? target : self, given);
        const [strings, ...values] = given;
        if (Array.isArray(strings?.raw)) this.#observe(made, { strings, values });
        else if (typeof strings === "string") this.#templates.set(made, nameOf(strings));
        return made;
      },
      get: (target, key) => {
        const member: unknown = Reflect.get(target, key);
        if (typeof member !== "function" || !MAKERS.has(key) && !SCOPES.has(key)) return member;
        let replaced = members.get(key);
        if (replaced === undefined) {
          const method = member as Method;
          replaced = MAKERS.has(key) ? this.#making(method) : this.#scoping(method);
          members.set(key, replaced);
        }
        return replaced;
      },
    });
    this.#wrapped.set(sql, wrapped);
    this.#wrapped.set(wrapped, wrapped);
    return wrapped;
  }

  /** `unsafe` and `file`, whose queries are lazy too. */
  #making(method: Method): Method {
    const observe = (made: object, template: Template) => this.#observe(made, template);
    return function (this: unknown, ...given) {
      const made = method.apply(this, given);
      if (typeof given[0] === "string") {
        const values = Array.isArray(given[1]) ? given[1] : [];
        observe(made, { strings: [given[0]], values });
      }
      return made;
    };
  }

  /** A transaction's function, or that of a reserved connection, makes queries too. */
  #scoping(method: Method): Method {
    const wrap = (sql: unknown) => isTagged(sql) ? this.wrap(sql) : sql;
    return function (this: unknown, ...given) {
      const at = given.findLastIndex((argument) => typeof argument === "function");
      if (at >= 0) {
        const fn = given[at];
        given[at] = function (this: unknown, sql: unknown, ...rest: unknown[]) {
          return fn.call(this, wrap(sql), ...rest);
        };
      }
      const result = method.apply(this, given);
      return at < 0 && result instanceof Promise ? result.then(wrap) : result;
    };
  }

  #observe(query: object, template: Template): void {
    const observer = this.#observer;
    if (!observer.isOn) return;
    observer.faults.guard("database query", () => {
      this.#templates.set(query, template);
      this.#follow(query, template);
    });
  }

  #follow(query: object, template: Template): void {
    const observer = this.#observer, patches = new Patches();
    let call: Call | undefined, hasEnded = false;
    const end = (settle: (call: Call, query: Query) => void) => {
      hasEnded = true;
      if (call === undefined) return;
      const final = (query as LazyQuery).statement?.string;
      settle(call, typeof final === "string" ? observer.read(final) : call.query);
    };
    const handler = handlerOf(query);
    if (handler === undefined) return;
    patches.replace(query, handler, (send) => {
      const sending: Method = function (this: unknown, ...given) {
        // A query that was cancelled before it is sent has ended already.
        if (call === undefined && !hasEnded && observer.isWanted) {
          observer.faults.guard("database query", () => {
            const sql = render(template);
            call = new Call(observer, observer.read(sql), sql);
            if (observer.wantsParameters) call.parameters = template.values;
          });
        }
        return send.apply(this, given);
      };
      return Object.assign(sending, send);
    });
    patches.replace(query, "resolve", (resolve) =>
      function (this: unknown, ...given) {
        end((call, query) => {
          if (Array.isArray(given[0])) call.rows = given[0].length;
          call.end(query);
        });
        return resolve.apply(this, given);
      });
    patches.replace(query, "reject", (reject) =>
      function (this: unknown, ...given) {
        end((call, query) => call.fail(given[0], query));
        return reject.apply(this, given);
      });
    this.#followRows(query, end);

    const render = (template: Template) => textOf(template, this.#templates);
  }

  /** Rows one by one: their callbacks run in the context of the caller, and an iterator ends with the last. */
  #followRows(
    query: object,
    end: (settle: (call: Call, query: Query) => void) => void,
  ): void {
    const patches = new Patches();
    patches.replace(query, "forEach", (method) =>
      function (this: unknown, ...given) {
        return method.apply(this, given.map(bound));
      });
    patches.replace(query, "cursor", (method) =>
      function (this: unknown, ...given) {
        const result = method.apply(this, given.map(bound));
        const iterable = result as { [Symbol.asyncIterator]?: unknown };
        if (result === query || typeof iterable?.[Symbol.asyncIterator] !== "function") {
          return result;
        }
        new Patches().replace(result, Symbol.asyncIterator, (iterate) =>
          function (this: unknown) {
            const iterator = iterate.call(this);
            followRows(
              iterator,
              {},
              (error, hasFailed) =>
                end((call, query) => hasFailed ? call.fail(error, query) : call.end(query)),
            );
            return iterator;
          });
        return result;
      });
  }
}

/** The field with what sends the query: Bun's is a symbol. */
function handlerOf(query: object): string | symbol | undefined {
  if (typeof (query as { handler?: unknown }).handler === "function") return "handler";
  return Object.getOwnPropertySymbols(query).find(({ description }) => description === "handler");
}

/** A callback, bound to the context of the caller. */
function bound(argument: unknown): unknown {
  return typeof argument === "function"
    ? AsyncLocalStorage.bind(argument as (...given: unknown[]) => unknown)
    : argument;
}

function isTagged(sql: unknown): sql is TaggedSql {
  return typeof sql === "function" && "unsafe" in sql;
}

/** postgres.js has lists of hosts and ports. There is a password beside them: nothing else is read. */
function targetOfOptions(system: string, options: unknown): Target {
  const { host, hostname, port, database, filename } = (options ?? {}) as Record<string, unknown>;
  const first = (value: unknown) => Array.isArray(value) ? value[0] : value;
  if (system === "sqlite") {
    const path = typeof filename === "string" && filename !== ":memory:" ? filename : "";
    return targetOf(system, path.replace(/^.*[/\\]/, ""));
  }
  return targetOf(system, database ?? "", first(host ?? hostname) ?? "localhost", first(port));
}
