/**
 * What went wrong inside telemetry, kept as numbers instead of thrown into the application.
 *
 * @module
 */

import { clip } from "./text.ts";
import { visible } from "./text.ts";

/** Longest line on standard error, in UTF-16 units. */
const MAX_LINE = 1000;

/** Told of the first fault at each place; a place is a short constant such as `"health check"`. */
export type FaultListener = (where: string, error: unknown) => void;

/**
 * Counts faults by place. The first one of each place is also told to a listener, so that a person
 * sees it once and a log is never flooded.
 */
export class Faults {
  readonly #counts = new Map<string, number>();
  /** Whom the listener was told of; bounded, because a key may name what a user registered. */
  readonly #told = new Set<string>();
  /** Told of the first fault at each place; its own throws are ignored. */
  listener: FaultListener | undefined;
  /** What is said of an error on standard error: set by the first who knows what is hidden in it. */
  describe: ((error: unknown) => string) | undefined = undefined;

  /**
   * Starts with no fault counted; `listener` is told of the first at each place. Unless given, it writes
   * one line on standard error, without controls and at most 1000 characters long.
   */
  constructor(listener?: FaultListener) {
    this.listener = listener ??
      ((where, error) => warn(where, (this.describe ?? messageOf)(error)));
  }

  /**
   * Counts one fault at `where`. Never throws.
   *
   * @param key what is told of once; `where` unless one place serves many, as many metrics
   */
  record(where: string, error: unknown, key: string = where): void {
    this.#counts.set(where, (this.#counts.get(where) ?? 0) + 1);
    if (this.listener === undefined || this.#told.has(key) || this.#told.size >= 1000) return;
    this.#told.add(key);
    try {
      this.listener(where, error);
    } catch {
      // A listener that throws has nobody left to tell.
    }
  }

  /** Runs `fn`; a throw is counted at `where` and gives undefined. */
  guard<T>(where: string, fn: () => T): T | undefined {
    try {
      return fn();
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

/** Standard output is the application's; what it must know of us goes to standard error. */
function warn(where: string, what: string): void {
  console.warn(visible(clip(`telltale: ${where}: ${what}`, MAX_LINE)));
}

/** Of what is no error its kind only: it may hold anything. */
function messageOf(error: unknown): string {
  if (typeof error === "string") return error;
  const message = (error as { message?: unknown } | null | undefined)?.message;
  return typeof message === "string" ? message : Object.prototype.toString.call(error);
}
