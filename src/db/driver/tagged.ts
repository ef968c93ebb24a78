/**
 * PostgreSQL with postgres.js, and `Bun.SQL`: functions for tagged templates, whose queries are lazy.
 *
 * @module
 */
import { check } from "../../core/check.ts";
import { Call } from "../query/call.ts";
import { instrumentedBefore, remember } from "../query/instrumented.ts";
import { Observer } from "../query/observer.ts";
import type { DatabaseParts } from "../query/parts.ts";
import type { Query } from "../query/query.ts";
import { type Target, targetOf } from "../query/target.ts";
import {
  Bracket,
  inside,
  MYSQL_TRANSACTION,
  OPEN_SAVEPOINT,
  preparing,
  SAVEPOINT,
  type Statements,
  TRANSACTION,
} from "./bracket.ts";
import type { Method } from "./callback.ts";
import { isTagged, type TaggedSql } from "./client.ts";
import { followLazy, isLazy, onSettled } from "./lazy.ts";
import { checkPgOptions, type PgOptions } from "./options.ts";
import { planOfPostgres } from "./plan.ts";
import { nameOf, type Template, textOf } from "./template.ts";

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
  options: PgOptions = {},
): S {
  const action = "instrument postgres.js", isRight = isTagged(sql) && "PostgresError" in sql;
  checkPgOptions(action, t, options);
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
  options: PgOptions = {},
): S {
  const action = "instrument Bun.SQL", isRight = isTagged(sql) && "flush" in sql;
  checkPgOptions(action, t, options);
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
  options: PgOptions,
  system: "postgresql" | "mysql" | "mariadb" | "sqlite",
): S {
  const before = instrumentedBefore(sql);
  if (before !== undefined) return before;
  const { comment = false, explain } = options;
  const observer = new Observer(t, targetOfOptions(system, sql.options), {
    ...options,
    dialect: system === "mariadb" ? "mysql" : system,
    explain: explain && planOfPostgres(explain),
  });
  const tagged = new Tagged(observer, sql.options ?? {}, comment && system !== "sqlite");
  return remember(sql, tagged.wrap(sql), () => {
    observer.isOn = false;
  });
}

/** Members that make queries. */
const MAKERS = new Set<PropertyKey>(["unsafe", "file", "notify"]);
/** Members that hand out another function, to a callback or in a promise. */
const SCOPES = new Set<PropertyKey>([
  "begin",
  "savepoint",
  "transaction",
  "beginDistributed",
  "reserve",
]);

const NOTIFY: Query = { summary: "SELECT", text: "SELECT pg_notify($1, $2)" };

class Tagged {
  readonly #observer: Observer;
  readonly #options: { readonly prepare?: unknown };
  readonly #comments: boolean;
  readonly #isBun: boolean;
  readonly #templates = new WeakMap<object, Template>();
  readonly #wrapped = new WeakMap<object, object>();
  /** What queries ended with: a transaction ends with it again. */
  readonly #errors = new WeakSet<object>();

  constructor(observer: Observer, options: object, comments: boolean) {
    this.#observer = observer;
    this.#options = options;
    this.#comments = comments;
    // The other has a list of hosts.
    this.#isBun = "adapter" in options;
  }

  /** The function, but its queries are observed. All else is the function's own. */
  wrap<S extends TaggedSql>(sql: S, transaction?: Bracket): S {
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
        if (key === "prepare" && transaction !== undefined && typeof member === "function") {
          return preparing(member as Method, transaction);
        }
        if (typeof member !== "function" || !MAKERS.has(key) && !SCOPES.has(key)) return member;
        let replaced = members.get(key);
        if (replaced === undefined) {
          const method = member as Method;
          if (key === "notify") replaced = this.#notifying(method);
          else if (SCOPES.has(key)) replaced = this.#scoping(method, key, transaction);
          else replaced = this.#making(method, key === "file");
          members.set(key, replaced);
        }
        return replaced;
      },
    });
    this.#wrapped.set(sql, wrapped);
    this.#wrapped.set(wrapped, wrapped);
    return wrapped;
  }

  /** `unsafe` and `file`, whose queries are lazy too; the text of a file is known when it is read. */
  #making(method: Method, isFile: boolean): Method {
    const observe = (made: object, template: Template) => this.#observe(made, template, isFile);
    return function (this: unknown, ...given) {
      const made = method.apply(this, given);
      if (typeof given[0] === "string") {
        observe(made, { strings: [given[0]], values: Array.isArray(given[1]) ? given[1] : [] });
      }
      return made;
    };
  }

  /** A query of the driver's own, which is sent at once. */
  #notifying(method: Method): Method {
    const observer = this.#observer;
    return function (this: unknown, ...given) {
      if (!observer.isWanted) return method.apply(this, given);
      const call = new Call(observer, NOTIFY), made = method.apply(this, given);
      if (isLazy(made)) {
        onSettled(made, (hasFailed, value) => hasFailed ? call.fail(value) : call.end());
      } else if (made instanceof Promise) return call.with(made);
      return made;
    };
  }

  /** A transaction's function, or that of a reserved connection, makes queries too. */
  #scoping(method: Method, key: PropertyKey, around: Bracket | undefined): Method {
    const wrap = (sql: unknown, transaction?: Bracket) =>
      isTagged(sql) ? this.wrap(sql, transaction) : sql;
    const bracketOf = () => this.#bracket(key), isOfQuery = (error: unknown) => this.#has(error);
    return function (this: unknown, ...given) {
      const at = given.findLastIndex((argument) => typeof argument === "function");
      if (at < 0) {
        const result = method.apply(this, given);
        return result instanceof Promise ? result.then((sql) => wrap(sql)) : result;
      }
      const fn = given[at], bracket = bracketOf();
      given[at] = function (this: unknown, sql: unknown, ...rest: unknown[]) {
        // A savepoint has the same `prepare` as its transaction.
        const transaction = key === "savepoint" ? around : bracket;
        const run = () => fn.call(this, wrap(sql, transaction), ...rest);
        return bracket === undefined ? run() : follow(inside(bracket, run), bracket);
      };
      const result = method.apply(this, given);
      if (bracket === undefined || !(result instanceof Promise)) return result;
      return result.then((value) => {
        bracket.succeeded();
        return value;
      }, (error) => {
        bracket.failed(error, isOfQuery(error));
        throw error;
      });
    };
  }

  /** What is sent around the function. Of two-phase commits only the queries are told. */
  #bracket(key: PropertyKey): Bracket | undefined {
    const observer = this.#observer, { system } = observer.target;
    if (!observer.isWanted || key === "beginDistributed") return undefined;
    const isMysql = system === "mysql" || system === "mariadb";
    let statements: Statements = isMysql ? MYSQL_TRANSACTION : TRANSACTION;
    if (key === "savepoint") statements = this.#isBun ? SAVEPOINT : OPEN_SAVEPOINT;
    return new Bracket(observer, statements);
  }

  #has(error: unknown): boolean {
    return typeof error === "object" && error !== null && this.#errors.has(error);
  }

  #observe(query: object, template: Template, isFile = false): void {
    const observer = this.#observer;
    if (!observer.isOn) return;
    const isNumbered = observer.target.system === "postgresql";
    observer.faults.guard("database query", () => {
      if (!isFile) this.#templates.set(query, template);
      followLazy(query, observer, {
        text: () => isFile ? undefined : textOf(template, this.#templates, isNumbered),
        values: template.values,
        mayComment: () => this.#comments && !this.#isPrepared(query, template),
        failed: (error) => {
          if (typeof error === "object" && error !== null) this.#errors.add(error);
        },
      });
    });
  }

  /** Whether the text is that of a statement which is kept: a comment would make each one of its own. */
  #isPrepared(query: object, { strings, values }: Template): boolean {
    const { options } = query as { options?: { simple?: unknown; prepare?: unknown } };
    if (this.#isBun) {
      // MySQL has statements for whatever has values.
      if (this.#options.prepare === false && this.#observer.target.system === "postgresql") {
        return false;
      }
      return "raw" in strings || values.length > 0;
    }
    return options?.simple !== true && this.#options.prepare !== false &&
      options?.prepare !== false;
  }
}

/**
 * What a transaction's function returns: a promise, a lazy query or a list of them. Nothing is sent by following
 * it, and no rejection is handled that the driver would not handle.
 */
function follow<T>(result: T, bracket: Bracket): T {
  for (const one of Array.isArray(result) ? result : [result]) {
    if (isLazy(one)) onSettled(one, (hasFailed) => bracket.left(hasFailed));
    else if (one instanceof Promise) one.then(() => bracket.left(false), () => bracket.left(true));
  }
  return result;
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
