/**
 * Ends a span with the result of its function: a value, a promise, or a generator.
 *
 * @module
 */
import { runWith } from "../../core/context.ts";
import { observe } from "./observe.ts";
import { type Endable, thenOf, traceThenable } from "./thenable.ts";

type AnyGenerator = Generator | AsyncGenerator;
type Verb = "next" | "return" | "throw";

/** Whether `value` is a generator, synchronous or not. Never throws. */
function isGenerator(value: unknown): value is AnyGenerator {
  if (typeof value !== "object" || value === null) return false;
  try {
    const tag = Object.prototype.toString.call(value);
    return tag === "[object Generator]" || tag === "[object AsyncGenerator]";
  } catch {
    return false; // A revoked proxy.
  }
}

/**
 * Runs each step of a generator with `span` active. The span ends when the generator is done, returns
 * or throws; it stays open when the generator is never finished. False for a frozen object, or one that
 * only looks like a generator.
 */
function traceGenerator(generator: AnyGenerator, span: Endable): boolean {
  for (const verb of ["next", "return", "throw"] as const) {
    const advance = generator[verb] as ((value: unknown) => unknown) | undefined;
    if (typeof advance !== "function") return false;
    const value = (argument: unknown) => step(advance.bind(generator), argument, span);
    const replaced = { value, configurable: true, writable: true };
    if (!Reflect.defineProperty(generator, verb, replaced)) return false;
  }
  return true;
}

function step(advance: (value: unknown) => unknown, argument: unknown, span: Endable): unknown {
  try {
    const result = runWith(span, advance, argument);
    return result instanceof Promise
      ? result.then((settled) => endIfDone(settled, span), (error) => endFailed(error, span))
      : endIfDone(result as IteratorResult<unknown>, span);
  } catch (error) {
    return endFailed(error, span);
  }
}

function endIfDone<R extends IteratorResult<unknown>>(result: R, span: Endable): R {
  if (result.done && span.recording) span.end();
  return result;
}

function endFailed(error: unknown, span: Endable): never {
  failAndEnd(span, error);
  throw error;
}

const asyncFunction = /* @__PURE__ */ Object.getPrototypeOf(async () => {});

/** Whether `result` is the promise of an `async` function, which no other code holds yet. */
export function isFresh(fn: object, result: object): boolean {
  return Object.getPrototypeOf(fn) === asyncFunction &&
    Object.getPrototypeOf(result) === Promise.prototype;
}

/** Records an error and ends the span. */
export function failAndEnd(span: Endable, error: unknown): void {
  if (!span.recording) return;
  span.fail(error);
  span.end();
}

/** Ends the span when a fresh promise settles; returns a promise that settles alike. */
export function endAfter<T extends object>(promise: T, span: Endable): T {
  return (promise as unknown as Promise<unknown>).then((value) => {
    if (span.recording) span.end();
    return value;
  }, (error) => {
    failAndEnd(span, error);
    throw error;
  }) as unknown as T;
}

/** Ends the span when a promise settles or a generator is done, else now. Returns the same object. */
export function endLater<T extends object>(result: T, span: Endable): T {
  if (!isWaitedFor(result, span) && span.recording) span.end();
  return result;
}

function isWaitedFor(result: object, span: Endable): boolean {
  const then = thenOf(result);
  if (then === undefined) return isGenerator(result) && traceGenerator(result, span);
  if (then !== Promise.prototype.then || !(result instanceof Promise)) {
    return traceThenable(result, span, endLater);
  }
  return !span.recording ||
    observe(result, () => span.recording && span.end(), (error) => failAndEnd(span, error));
}
