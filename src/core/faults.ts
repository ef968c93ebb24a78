/**
 * Faults inside telemetry, which are counted instead of thrown into the application.
 *
 * @module
 */
import { clip, visible } from "./text.ts";

/** Longest line on standard error, in UTF-16 units. */
const MAX_LINE = 1000;

/** Called with the first fault at each place; a place is a short constant such as `"health check"`. */
export type FaultListener = (where: string, error: unknown) => void;

/**
 * Counts faults by place. The first one of each place is also passed to a listener, so that it is seen
 * once and never floods a log.
 */
export class Faults {
  readonly #counts = new Map<string, number>();
  /** Keys that the listener has had; bounded, because a key may contain a name that users choose. */
  readonly #reported = new Set<string>();
  /** The last fault. */
  last: { readonly where: string; readonly error: unknown } | undefined;
  /** Called with the first fault at each place; its own throws are ignored. */
  listener: FaultListener | undefined;
  /** Writes an error for standard error: set by the first part that has a redactor. */
  describe: ((error: unknown) => string) | undefined = undefined;

  /**
   * Starts with no fault counted. Without a listener, the first fault at each place is one line on
   * standard error, without control characters and at most 1000 characters long.
   */
  constructor(listener?: FaultListener) {
    this.listener = listener ??
      ((where, error) => warn(where, (this.describe ?? messageOf)(error)));
  }

  /**
   * Counts one fault at `where`. Never throws.
   *
   * @param key passed to the listener once; unlike `where` when a place serves many, such as metrics
   */
  record(where: string, error: unknown, key: string = where): void {
    this.#counts.set(where, (this.#counts.get(where) ?? 0) + 1);
    this.last = { where, error };
    if (this.listener === undefined || this.#reported.has(key) || this.#reported.size >= 1000) {
      return;
    }
    this.#reported.add(key);
    try {
      this.listener(where, error);
    } catch {
      // A throw of the listener can't be reported anywhere.
    }
  }

  /**
   * Returns the result of `fn`; a throw is counted at `where` and gives undefined. So is the rejection of
   * a promise, which is given all the same: nobody may wait for it, and an unhandled one ends the process.
   */
  guard<T>(where: string, fn: () => T): T | undefined {
    try {
      const result = fn();
      if (result instanceof Promise) result.then(undefined, (error) => this.record(where, error));
      return result;
    } catch (error) {
      this.record(where, error);
      return undefined;
    }
  }

  /** Faults so far, by place. */
  counts(): ReadonlyMap<string, number> {
    return this.#counts;
  }
}

/** Writes to standard error, because standard output belongs to the application. */
function warn(where: string, what: string): void {
  console.warn(visible(clip(`telltale: ${where}: ${what}`, MAX_LINE)));
}

/** The message of an error; of another object its kind only, since it may hold secrets. */
function messageOf(error: unknown): string {
  if (typeof error === "string") return error;
  const message = (error as { message?: unknown } | null | undefined)?.message;
  return typeof message === "string" ? message : Object.prototype.toString.call(error);
}
