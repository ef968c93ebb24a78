/**
 * Which errors have been recorded, so that none is twice on its way out.
 *
 * `instrument` records what a handler throws and throws it on; the runtime then hands the same
 * value to its error hook, where `serve` would see it again.
 *
 * @module
 */

const recorded = new WeakSet<object>();

/** Notes that `error` has been recorded. A thrown primitive can't be noted. */
export function markRecorded(error: unknown): void {
  if (typeof error === "object" && error !== null) recorded.add(error);
}

/**
 * Whether `error` has been recorded. A primitive always counts: only a handler throws one, and what
 * a handler throws is recorded.
 */
export function isRecorded(error: unknown): boolean {
  return typeof error !== "object" || error === null || recorded.has(error);
}
