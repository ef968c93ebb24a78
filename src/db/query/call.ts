/**
 * One query from its start to its end.
 *
 * @module
 */
import { type Context, current } from "../../core/context.ts";
import type { Span } from "../../trace/span/span.ts";
import { commented, isCommentable } from "./comment.ts";
import type { Observer } from "./observer.ts";
import type { Details, Query } from "./query.ts";

/** A query that was sent, in the context of the code that sent it. It ends once. */
export class Call implements Details {
  readonly query: Query;
  readonly context: Context | undefined = current();
  readonly startMs: number;
  sql: string | undefined;
  rows: number | undefined = undefined;
  batch: number | undefined = undefined;
  parameters: unknown = undefined;
  span: Span | undefined = undefined;
  readonly #observer: Observer;
  #hasEnded = false;

  constructor(observer: Observer, query: Query, sql?: string) {
    this.#observer = observer;
    this.query = query;
    this.sql = sql;
    this.startMs = observer.clock.monotonic();
  }

  /**
   * The text with the trace as a comment, which needs the span to begin now; undefined where it must stay as it is.
   * `last` is the end of a text in parts.
   */
  comment(sql: string, last: string = sql): string | undefined {
    const observer = this.#observer;
    if (!isCommentable(sql, observer.target.system)) return undefined;
    this.span = observer.start(this.query, this.context, this.startMs);
    return commented(last, this.span);
  }

  /** It succeeded. */
  end(query: Query = this.query): void {
    if (this.#hasEnded) return;
    this.#hasEnded = true;
    this.#observer.ended(query, this.context, this.startMs, this);
  }

  /** It failed. */
  fail(error: unknown, query: Query = this.query): void {
    if (this.#hasEnded) return;
    this.#hasEnded = true;
    this.#observer.failed(query, this.context, this.startMs, error, this);
  }

  /** Ends with a promise; returns one of the same class that settles alike, and is rejected unhandled alike. */
  with<T>(promise: Promise<T>, rowsOf?: (value: T) => number | undefined): Promise<T> {
    return promise.then((value) => {
      this.rows = rowsOf?.(value);
      this.end();
      return value;
    }, (error) => {
      this.fail(error);
      throw error;
    });
  }
}
