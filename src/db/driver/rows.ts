/**
 * Iterators of rows: a query ends when its last row was taken, or no more are wanted.
 *
 * @module
 */
import type { Method } from "./callback.ts";

/** Told once: with an error, if the iteration failed. */
export type RowsEnd = (error: unknown, hasFailed: boolean) => void;

/**
 * Follows an iterator, synchronous or not, to its end; `counted.rows` is how many rows it gave. The iterator
 * stays the same object and runs when the application takes a row, as before. False for one that can't be
 * followed.
 */
export function followRows(iterator: object, counted: { rows?: number }, end: RowsEnd): boolean {
  const { next, return: stop, throw: abort } = iterator as Partial<Record<string, Method>>;
  let hasEnded = false;
  const finish = (error: unknown, hasFailed: boolean) => {
    if (hasEnded) return;
    hasEnded = true;
    end(error, hasFailed);
  };
  const take = <R>(result: R): R => {
    const { done } = result as IteratorResult<unknown>;
    if (done) finish(undefined, false);
    else counted.rows = (counted.rows ?? 0) + 1;
    return result;
  };
  const fail = (error: unknown): never => {
    finish(error, true);
    throw error;
  };
  const isFollowed = typeof next === "function" && put(
    iterator,
    "next",
    {
      next(...given: unknown[]): unknown {
        let result: unknown;
        try {
          result = next.apply(this, given);
        } catch (error) {
          return fail(error);
        }
        return result instanceof Promise ? result.then(take, fail) : take(result);
      },
    }.next,
  );
  if (!isFollowed) return false;
  // Nothing failed: no more rows are wanted.
  if (typeof stop === "function") {
    put(
      iterator,
      "return",
      {
        return(...given: unknown[]): unknown {
          finish(undefined, false);
          return stop.apply(this, given);
        },
      }.return,
    );
  }
  if (typeof abort === "function") {
    put(
      iterator,
      "throw",
      {
        throw(...given: unknown[]): unknown {
          finish(undefined, false);
          return abort.apply(this, given);
        },
      }.throw,
    );
  }
  return true;
}

/** Replaces a method. It is done for each query: `Patches`, which can undo it, costs ten times as much. */
function put(iterator: object, name: string, value: Method): boolean {
  // What is its own stays listed, if it was.
  if (!Object.hasOwn(iterator, name)) {
    return Reflect.defineProperty(iterator, name, { value, writable: true, configurable: true });
  }
  (iterator as Record<string, Method>)[name] = value;
  return true;
}
