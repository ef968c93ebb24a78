/**
 * Callbacks of drivers. A driver calls them from the connection's own context, or from that of whoever gave
 * the connection back.
 *
 * @module
 */
import { AsyncLocalStorage } from "node:async_hooks";

/** A callback of Node's form. */
// deno-lint-ignore no-explicit-any -- results of any driver
export type NodeCallback = (this: any, error: any, ...results: any[]) => unknown;

/** A method of any driver. */
// deno-lint-ignore no-explicit-any -- arguments of any driver
export type Method = (this: any, ...given: any[]) => any;

/**
 * The callback, but called in the context of the code that is running now, and after `before`.
 */
export function inContext(
  callback: NodeCallback,
  before?: (error: unknown, result: unknown) => void,
): NodeCallback {
  const run = AsyncLocalStorage.snapshot();
  return function (this: unknown, error, ...results) {
    before?.(error, results[0]);
    return run(() => callback.call(this, error, ...results));
  };
}
