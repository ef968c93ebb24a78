/**
 * Generators inside a span: it is open from the first step to the last.
 *
 * @module
 */
import { runWith } from "../core/context.ts";
import type { Span } from "./span.ts";

type AnyGenerator = Generator | AsyncGenerator;
type Verb = "next" | "return" | "throw";

/** Whether `value` is what a generator function returns. Never throws. */
export function isGenerator(value: unknown): value is AnyGenerator {
  if (typeof value !== "object" || value === null) return false;
  try {
    const tag = Object.prototype.toString.call(value);
    return tag === "[object Generator]" || tag === "[object AsyncGenerator]";
  } catch {
    return false; // A revoked proxy.
  }
}

/**
 * A generator with the same steps, each of them run with `span` active; the span ends when the
 * generator is done, returned from, or throws. One that nobody finishes leaves its span open.
 */
export function traceGenerator<G extends AnyGenerator>(generator: G, span: Span): G {
  const traced = Object.create(Object.getPrototypeOf(generator)) as Record<Verb, unknown>;
  for (const verb of ["next", "return", "throw"] as const) {
    traced[verb] = (argument: unknown) => step(generator, verb, argument, span);
  }
  return traced as unknown as G;
}

function step(generator: AnyGenerator, verb: Verb, argument: unknown, span: Span): unknown {
  const advance = (value: unknown) => (generator[verb] as (value: unknown) => unknown)(value);
  try {
    const result = runWith(span, advance.bind(generator), argument);
    return result instanceof Promise
      ? result.then((settled) => endIfDone(settled, span), (error) => failed(error, span))
      : endIfDone(result as IteratorResult<unknown>, span);
  } catch (error) {
    return failed(error, span);
  }
}

function endIfDone<R extends IteratorResult<unknown>>(result: R, span: Span): R {
  if (result.done && span.recording) span.end();
  return result;
}

function failed(error: unknown, span: Span): never {
  if (span.recording) {
    span.fail(error);
    span.end();
  }
  throw error;
}
