/**
 * One pass per request: correlation, metrics, span and log lines around a plain handler.
 *
 * @module
 */
import { outside, run } from "../core/context.ts";
import { Faults } from "../core/faults.ts";
import type { Endpoints } from "./endpoints.ts";
import { ignoring } from "./extras.ts";
import { answerAfter } from "./fallback.ts";
import { type Handler, pathOf } from "./handler.ts";
import { noteOf } from "./note.ts";
import { Observer, type ObserverOptions } from "./observer.ts";
import { forgedTarget } from "./target.ts";

/** The parts that a request is seen through, and what is looked at. */
export interface InstrumentOptions extends ObserverOptions {
  /** Answers the admin paths before the handler is asked. */
  readonly endpoints?: Endpoints | undefined;
}

/**
 * Wraps a handler. The application's behaviour stays as it was: the same response object comes
 * back, what the handler throws is thrown on unchanged, `this` (Bun's server) and extra arguments are
 * passed through, and a synchronous handler stays synchronous. A request that is observed through the
 * same parts already, by a wrapper further out, is observed once.
 *
 * An answer of 500 and up is logged as a failure, with the error where {@linkcode setError} told it. A
 * request whose client has gone before there was an answer ends then, with status 499; that is looked at
 * from its first second on, by its `signal`. Deno says once of a process that reads one that it aborts
 * after answers too, which does no harm here; `--unstable-no-legacy-abort` ends both.
 *
 * Body sizes are what `Content-Length` says, for responses whose handler set it and for requests
 * whose method may have a body: bodies are not touched, and a header that can't be there is not read.
 *
 * @example
 * ```ts
 * import { instrument } from "@telltale/telltale/http";
 * import { Tracer } from "@telltale/telltale/trace";
 * import { equal } from "node:assert/strict";
 *
 * const tracer = new Tracer();
 * const handler = instrument(() => new Response("hello"), { tracer });
 *
 * const response = await handler(new Request("http://localhost/"));
 * const [span] = tracer.finished.since(0);
 * equal(response.headers.get("x-request-id"), span?.traceId);
 * ```
 */
export function instrument<
  Rest extends unknown[],
  Result extends Response | undefined | Promise<Response | undefined>,
>(
  handler: Handler<Rest, Result>,
  options: InstrumentOptions = {},
): Handler<Rest, Result | Promise<Response>> {
  if (typeof handler !== "function") {
    throw new TypeError(`Cannot instrument handler: ${typeof handler} is not a function`);
  }
  const { endpoints, faults = new Faults() } = options;
  const observer = new Observer({ ...options, faults });
  const isIgnored = ignoring(options.ignore, faults);
  const yielding = endpoints?.yields === true ? endpoints : undefined;
  return function (this: unknown, request: Request, ...rest: Rest): Result | Promise<Response> {
    const known = noteOf(request);
    if (known !== undefined && observer.isObserving(known)) {
      return handler.call(this, request, ...rest);
    }
    // Its handler goes by the URL: what is left unobserved must be what it does as well.
    const forged = forgedTarget(request), target = forged ?? request.url;
    const path = pathOf(target);
    if (forged === undefined && yielding?.yieldsAt(path) === true) {
      return answerAfter(handler.call(this, request, ...rest), yielding, path, request, rest);
    }
    const answer = endpoints?.answer(path, request, rest);
    if (answer !== undefined) return answer;
    if (forged === undefined && isIgnored?.(path, request) === true) {
      // What a runtime hands over is nobody's yet; Deno may run it in the context of another request.
      return rest[0] === undefined
        ? handler.call(this, request, ...rest)
        : outside(() => handler.call(this, request, ...rest));
    }

    const exchange = observer.begin(request, target, path, known, rest);
    try {
      const result = run(exchange.span, () => handler.call(this, request, ...rest));
      if (result instanceof Response || !isThenable(result)) {
        return observer.end(exchange, result as Response | undefined, rest) as Result;
      }
      // The `then` of another's making need not return a promise; what it does belongs to the request.
      const promise = result instanceof Promise
        ? result
        : run(exchange.span, () => Promise.resolve(result));
      observer.await(exchange);
      return promise.then(
        (response) => observer.end(exchange, response, rest),
        (error) => {
          observer.fail(exchange, error);
          throw error;
        },
      ) as Result;
    } catch (error) {
      // The handler threw, or what it gave throws when it is asked for its `then`.
      observer.fail(exchange, error);
      throw error;
    }
  };
}

/** Runtimes await whatever has a `then`, and so must who stands between. */
function isThenable(result: unknown): result is Promise<Response | undefined> {
  return result instanceof Promise ||
    typeof result === "object" && result !== null && "then" in result &&
      typeof result.then === "function";
}
