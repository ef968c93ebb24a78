/**
 * Iterators of rows: a query ends when its last row was taken, or no more are wanted.
 *
 * @module
 */
import { Patches } from "../query/instrumented.ts";

/** Told once: with an error, if the iteration failed. */
export type RowsEnd = (error: unknown, hasFailed: boolean) => void;

/**
 * Follows an iterator, synchronous or not, to its end; `counted.rows` is how many rows it gave. The iterator
 * stays the same object and runs when the application takes a row, as before. False for one that can't be
 * followed.
 */
export function followRows(iterator: object, counted: { rows?: number }, end: RowsEnd): boolean {
  const patches = new Patches();
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
  const isFollowed = patches.replace(
    iterator,
    "next",
    (next) =>
      function (this: unknown, ...given) {
        let result: unknown;
        try {
          result = next.apply(this, given);
        } catch (error) {
          return fail(error);
        }
        return result instanceof Promise ? result.then(take, fail) : take(result);
      },
  );
  if (!isFollowed) return false;
  for (const verb of ["return", "throw"] as const) {
    patches.replace(iterator, verb, (stop) =>
      function (this: unknown, ...given) {
        // Nothing failed: no more rows are wanted.
        finish(undefined, false);
        return stop.apply(this, given);
      });
  }
  return true;
}
