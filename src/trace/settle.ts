/**
 * The end of a span that ends itself: now, or when what it gave is done.
 *
 * @module
 */
import { isGenerator, traceGenerator } from "./generator.ts";
import { observe } from "./observe.ts";
import type { Span } from "./span.ts";
import { thenOf, traceThenable } from "./thenable.ts";

const asyncFunction = Object.getPrototypeOf(async () => {});

/** Whether `result` is the promise of an `async` function, which nobody else has seen. */
export function isFresh(fn: object, result: object): boolean {
  return Object.getPrototypeOf(fn) === asyncFunction &&
    Object.getPrototypeOf(result) === Promise.prototype;
}

/** Records what was thrown and ends the span. */
export function failAndEnd(span: Span, error: unknown): void {
  if (!span.recording) return;
  span.fail(error);
  span.end();
}

/** Ends the span when a fresh promise settles: the one that it gives settles alike. */
export function endAfter<T extends object>(promise: T, span: Span): T {
  return (promise as unknown as Promise<unknown>).then((value) => {
    if (span.recording) span.end();
    return value;
  }, (error) => {
    failAndEnd(span, error);
    throw error;
  }) as unknown as T;
}

/**
 * Ends the span when a promise settles or a generator is done; of anything else, now. The very
 * object comes back.
 */
export function endLater<T extends object>(result: T, span: Span): T {
  if (!isWaitedFor(result, span) && span.recording) span.end();
  return result;
}

function isWaitedFor(result: object, span: Span): boolean {
  const then = thenOf(result);
  if (then === undefined) return isGenerator(result) && traceGenerator(result, span);
  if (then !== Promise.prototype.then || !(result instanceof Promise)) {
    return traceThenable(result, span, endLater);
  }
  return !span.recording ||
    observe(result, () => span.recording && span.end(), (error) => failAndEnd(span, error));
}
