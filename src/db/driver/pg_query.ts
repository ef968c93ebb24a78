/**
 * The arguments of a query of `pg`.
 *
 * @module
 */
import { AsyncLocalStorage } from "node:async_hooks";
import type { Call } from "../query/call.ts";
import { Patches } from "../query/instrumented.ts";
import { inContext, type NodeCallback } from "./callback.ts";

/** A query as `pg` takes it: a configuration, or an object that submits itself. */
export interface PgConfig {
  text?: unknown;
  name?: unknown;
  values?: unknown;
  callback?: unknown;
  submit?: unknown;
  cursor?: { text?: unknown };
}

/** Whether its text can be another: that of a prepared statement can't, nor that of more than plain data. */
export function canChange(query: PgConfig | string): boolean {
  return typeof query === "string" ||
    query.name === undefined && Object.getPrototypeOf(query) === Object.prototype;
}

/** The query with another text. */
export function withText(query: PgConfig | string, text: string): PgConfig | string {
  return typeof query === "string" ? text : { ...query, text };
}

/** The callback is the last argument, or in the configuration, which `pg` changes: what restores that. */
export function takeCallback(given: unknown[], call: Call): (() => void) | undefined {
  const at = typeof given[1] === "function" ? 1 : typeof given[2] === "function" ? 2 : 0;
  if (at > 0) {
    given[at] = inContext(given[at] as NodeCallback, endOf(call));
    return undefined;
  }
  const config = given[0] as PgConfig;
  if (typeof config !== "object" || typeof config.callback !== "function" || config.submit) {
    return undefined;
  }
  const { callback } = config;
  config.callback = inContext(callback as NodeCallback, endOf(call));
  return () => void (config.callback = callback);
}

function endOf(call: Call): (error: unknown, result: unknown) => void {
  return (error, result) => {
    if (error) return call.fail(error);
    call.rows = rowsOf(result);
    call.end();
  };
}

/** What the client calls on a query that submits itself. */
const HANDLERS = [
  "handleRowDescription",
  "handleDataRow",
  "handlePortalSuspended",
  "handleCommandComplete",
  "handleEmptyQuery",
  "handleError",
  "handleReadyForQuery",
];

/**
 * A query that submits itself is told of its end by the client: cursors, streams, and `pg.Query`. What it emits then
 * comes in the context of the caller, not in that of the connection.
 */
export function followSubmittable(query: object, call: Call): void {
  const patches = new Patches(), run = AsyncLocalStorage.snapshot();
  for (const handler of HANDLERS) {
    patches.replace(query, handler, (method) =>
      function (this: unknown, ...given) {
        if (handler === "handleError") call.fail(given[0]);
        else if (handler === "handleReadyForQuery") call.end();
        return run(() => method.apply(this, given));
      });
  }
}

/** Several statements give several results. */
export function rowsOf(result: unknown): number | undefined {
  const { rows } = (Array.isArray(result) ? result.at(-1) : result) ?? {};
  return Array.isArray(rows) ? rows.length : undefined;
}
