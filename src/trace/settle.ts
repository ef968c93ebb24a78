/**
 * The end of a span that ends itself: now, or when what it gave is done.
 *
 * @module
 */
import { isGenerator, traceGenerator } from "./generator.ts";
import type { Span } from "./span.ts";

/** Records what was thrown and ends the span. */
export function failAndEnd(span: Span, error: unknown): void {
  span.fail(error);
  span.end();
}

/** Ends the span when a promise settles or a generator is done; of anything else, now. */
export function endLater<T extends object>(result: T, span: Span): T {
  if (isThenable(result)) {
    return Promise.resolve(result).then((value) => {
      if (span.recording) span.end();
      return value;
    }, (error) => {
      if (span.recording) failAndEnd(span, error);
      throw error;
    }) as unknown as T;
  }
  if (isGenerator(result)) return traceGenerator(result, span) as T;
  span.end();
  return result;
}

function isThenable(value: object): value is PromiseLike<unknown> {
  if (value instanceof Promise) return true;
  try {
    return typeof (value as { then?: unknown }).then === "function";
  } catch {
    return false; // A getter that throws is the application's own affair.
  }
}
