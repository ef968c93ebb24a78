/**
 * The statements that a driver sends around a function, such as BEGIN and COMMIT, and that no method of it shows.
 * When they were sent is known by when the function begins and ends; each is a query like any other.
 *
 * @module
 */
import { type Context, current } from "../../core/context.ts";
import { failureOf } from "../query/failure.ts";
import type { Observer } from "../query/observer.ts";
import type { Query } from "../query/query.ts";
import type { Method } from "./callback.ts";

/** What is sent before a function, and after it; undefined where nothing is. */
export interface Statements {
  readonly before: Query;
  readonly after: Query | undefined;
  readonly undo: Query | undefined;
}

const PREPARE: Query = { summary: "PREPARE", text: "PREPARE TRANSACTION ?" };
const COMMIT: Query = { summary: "COMMIT" }, ROLLBACK: Query = { summary: "ROLLBACK" };

/** A transaction. */
export const TRANSACTION: Statements = {
  before: { summary: "BEGIN" },
  after: COMMIT,
  undo: ROLLBACK,
};
/** A transaction of MySQL. */
export const MYSQL_TRANSACTION: Statements = { ...TRANSACTION, before: { summary: "START" } };
/** A savepoint. */
export const SAVEPOINT: Statements = {
  before: { summary: "SAVEPOINT" },
  after: { summary: "RELEASE" },
  undo: ROLLBACK,
};
/** One that is left to the end of the transaction. */
export const OPEN_SAVEPOINT: Statements = { ...SAVEPOINT, after: undefined };

/** `error.type` of a connection that is lost: nothing could be sent any more. */
const LOST = /^(57P0.|08...|ECONN[A-Z]+|EPIPE|ETIMEDOUT|.*CONNECTION.*)$/;

/** One call of such a function. */
export class Bracket {
  readonly #observer: Observer;
  readonly #statements: Statements;
  readonly #context: Context | undefined = current();
  readonly #startMs: number;
  #hasEntered = false;
  /** When the function ended last: what it returned may be done later. */
  #leftMs: number;
  #hasFailed = false;
  #isPrepared = false;

  constructor(observer: Observer, statements: Statements) {
    this.#observer = observer;
    this.#statements = statements;
    this.#startMs = this.#leftMs = observer.clock.monotonic();
  }

  /** The function is called: the statement before it has succeeded. */
  entered(): void {
    this.#hasEntered = true;
    this.#ended(this.#statements.before, this.#startMs);
    this.left(false);
  }

  /** The transaction will be prepared, to be committed later by its name. */
  prepared(): void {
    this.#isPrepared = true;
  }

  /** The function has ended, or what it returned has. */
  left(hasFailed: boolean): void {
    this.#leftMs = this.#observer.clock.monotonic();
    if (hasFailed) this.#hasFailed = true;
  }

  /** All is done. */
  succeeded(): void {
    if (this.#hasEntered) this.#ended(this.#after, this.#leftMs);
  }

  /** It ended with an error: of one of these statements, of the function, or of a query in it. */
  failed(error: unknown, isOfQuery = false): void {
    const { before, undo } = this.#statements;
    if (!this.#hasEntered) return this.#failed(before, this.#startMs, error);
    if (!this.#hasFailed && !isOfQuery) {
      return this.#failed(this.#after, this.#leftMs, error);
    }
    const { type } = failureOf(error, this.#observer.target.system);
    if (!isOfQuery || !LOST.test(type)) this.#ended(undo, this.#leftMs);
  }

  get #after(): Query | undefined {
    return this.#isPrepared ? PREPARE : this.#statements.after;
  }

  #ended(query: Query | undefined, startMs: number): void {
    if (query !== undefined) this.#observer.ended(query, this.#context, startMs);
  }

  #failed(query: Query | undefined, startMs: number, error: unknown): void {
    if (query !== undefined) this.#observer.failed(query, this.#context, startMs, error);
  }
}

/** Runs the function of a bracket. */
export function inside<T>(bracket: Bracket, run: () => T): T {
  bracket.entered();
  try {
    const result = run();
    bracket.left(false);
    return result;
  } catch (error) {
    bracket.left(true);
    throw error;
  }
}

/** `prepare` of a transaction of postgres.js. */
export function preparing(method: Method, transaction: Bracket): Method {
  return function (this: unknown, ...given) {
    const result = method.apply(this, given);
    transaction.prepared();
    return result;
  };
}
