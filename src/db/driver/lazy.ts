/**
 * Lazy queries of postgres.js and `Bun.SQL`.
 *
 * A query is sent when it is first awaited. What sends it is a field of the query, and so is what it ends with:
 * there it is observed. Nothing attaches to the promise. A fragment, which is never sent, is never told.
 *
 * @module
 */
import { AsyncLocalStorage } from "node:async_hooks";
import { Call } from "../query/call.ts";
import { Patches } from "../query/instrumented.ts";
import type { Observer } from "../query/observer.ts";
import type { Query } from "../query/query.ts";
import type { Method } from "./callback.ts";
import { followRows } from "./rows.ts";

/** What is known of a query when it is sent. */
export interface Lazy {
  /** Its text, without values; undefined for one that is in a file. */
  readonly text: () => string | undefined;
  readonly values: readonly unknown[];
  /** Told of the error that it ends with. */
  readonly failed: (error: unknown) => void;
  /** Whether its text may have the trace. */
  readonly mayComment: () => boolean;
}

/** What is used of a query of both drivers. */
interface LazyQuery {
  /** Of Bun: what is sent, with another text. */
  setText?(text: unknown): unknown;
  statement?: { string?: unknown } | null;
}

/** Follows a query from where it is sent to its end. */
export function followLazy(query: object, observer: Observer, lazy: Lazy): void {
  const patches = new Patches(), handler = handlerOf(query);
  if (handler === undefined) {
    const error = new Error(
      "Cannot observe query: this version of the driver has no known handler",
    );
    return observer.faults.record("database query", error);
  }
  let call: Call | undefined, hasEnded = false;
  const end = (settle: (call: Call, query: Query) => void) => {
    hasEnded = true;
    if (call === undefined) return;
    const final = (query as LazyQuery).statement?.string ??
      (call.sql === undefined ? textOf(query) : undefined);
    // One that has the trace is another each time.
    if (typeof final !== "string" || call.span !== undefined) return settle(call, call.query);
    call.sql = final;
    settle(call, observer.read(final));
  };
  patches.replace(query, handler, (send) => {
    const sending: Method = function (this: unknown, ...given) {
      // A query that was cancelled before it is sent has ended already.
      if (call === undefined && !hasEnded && observer.isWanted) {
        observer.faults.guard("database query", () => {
          const sql = lazy.text();
          call = new Call(observer, observer.read(sql ?? ""), sql);
          if (observer.wantsParameters) call.parameters = lazy.values;
          if (sql !== undefined && lazy.mayComment()) comment(query, call, given);
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
      lazy.failed(given[0]);
      end((call, query) => call.fail(given[0], query));
      return reject.apply(this, given);
    });
  followResults(query, end);
}

/** Whether it is a query that can be followed. */
export function isLazy(query: unknown): query is object {
  return typeof query === "object" && query !== null && handlerOf(query) !== undefined;
}

/** Calls back when a query has settled, without awaiting it. */
export function onSettled(
  query: object,
  settled: (hasFailed: boolean, value: unknown) => void,
): void {
  for (const verb of ["resolve", "reject"] as const) {
    new Patches().replace(query, verb, (method) =>
      function (this: unknown, ...given) {
        settled(verb === "reject", given[0]);
        return method.apply(this, given);
      });
  }
}

/** Rows one by one: their callbacks run in the context of the caller, and an iterator ends with the last. */
function followResults(
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

/**
 * Changes the text, which is a string or the strings of a template, in a field of the query: Bun's is a symbol, and
 * what it sends is made of it before, as `given[1]`.
 */
function comment(query: LazyQuery, call: Call, given: unknown[]): void {
  const key = fieldOf(query, "strings"), strings = key && Reflect.get(query, key);
  const isText = typeof strings === "string", last = isText ? strings : strings?.at?.(-1);
  if (key === undefined || typeof last !== "string") return;
  if (typeof key === "symbol" && typeof query.setText !== "function") return;
  const text = call.comment(isText ? strings : strings.join(" "), last);
  if (text === undefined) return;
  const replaced = isText ? text : [...strings.slice(0, -1), text];
  // What makes it a template.
  if (!isText && "raw" in strings) Object.defineProperty(replaced, "raw", { value: strings.raw });
  if (typeof key === "string") Reflect.set(query, key, replaced);
  else given[1] = query.setText!(replaced) ?? given[1];
}

/** What Bun read from a file. */
function textOf(query: object): unknown {
  const key = fieldOf(query, "strings");
  return key && Reflect.get(query, key);
}

/** The field with what sends the query. */
function handlerOf(query: object): string | symbol | undefined {
  const key = fieldOf(query, "handler");
  return key !== undefined && typeof Reflect.get(query, key) === "function" ? key : undefined;
}

function fieldOf(query: object, name: string): string | symbol | undefined {
  if (Object.hasOwn(query, name)) return name;
  return Object.getOwnPropertySymbols(query).find(({ description }) => description === name);
}

/** A callback, bound to the context of the caller. */
function bound(argument: unknown): unknown {
  return typeof argument === "function"
    ? AsyncLocalStorage.bind(argument as (...given: unknown[]) => unknown)
    : argument;
}
