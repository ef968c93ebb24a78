/**
 * Wraps a handler: correlation, metrics, span and log lines for each request.
 *
 * @module
 */
import { checkFunction } from "../../core/check.ts";
import { outside, run } from "../../core/context.ts";
import { Faults } from "../../core/faults.ts";
import type { Endpoints } from "../admin/endpoints.ts";
import type { Handler } from "../request/handler.ts";
import { forgedTarget, pathOf } from "../request/target.ts";
import { noteOf } from "./note.ts";
import { Observer } from "./observer.ts";
import { ignoring, type ObserverOptions } from "./options.ts";

/** The parts that requests are observed through, and what is observed. */
export interface InstrumentOptions extends ObserverOptions {
  /** Answers the admin paths before the handler does. */
  readonly endpoints?: Endpoints | undefined;
}

/**
 * Wraps a handler. The application's behaviour stays the same: the same response object is
 * returned, what the handler throws is rethrown unchanged, `this` (Bun's server) and further
 * arguments are passed through, and a synchronous handler stays synchronous. A request that an
 * outer wrapper observes through the same parts is observed once.
 *
 * An answer of 500 and up is logged as a failure, with the error if {@linkcode setError} reported
 * it. When the client disconnects before there is an answer, the request ends at once with status
 * 499. This is seen by the request's `signal`, read only for requests that take longer than a second.
 * Deno then prints a warning that signals abort after answers too. It is harmless here;
 * `--unstable-no-legacy-abort` removes it.
 *
 * Body sizes are those of `Content-Length`: bodies are not touched.
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
 * const [span] = tracer.finished;
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
  checkFunction("instrument handler", "handler", handler);
  const { endpoints, faults = new Faults() } = options;
  const observer = new Observer({ ...options, faults });
  const isIgnored = ignoring(options.ignore, faults);
  const yielding = endpoints?.yields === true ? endpoints : undefined;
  return function (this: unknown, request: Request, ...rest: Rest): Result | Promise<Response> {
    const known = noteOf(request);
    if (known !== undefined && observer.isObserving(known)) {
      return handler.call(this, request, ...rest);
    }
    // With a forged Host the handler routes by another path: such a request is never skipped.
    const forged = forgedTarget(request), target = forged ?? request.url;
    const path = pathOf(target);
    if (forged === undefined && yielding?.yieldsAt(path) === true) {
      return answerAfter(handler.call(this, request, ...rest), yielding, path, request, rest);
    }
    const answer = endpoints?.answer(path, request, rest);
    if (answer !== undefined) return answer;
    if (forged === undefined && isIgnored?.(path, request) === true) {
      // A request from the runtime has no context; Deno may call us in that of another request.
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
      // The `then` of another thenable need not return a promise. It runs within the request.
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
      // The handler threw, or reading `then` of its result.
      observer.fail(exchange, error);
      throw error;
    }
  };
}

/** Runtimes await any thenable, so a wrapper must too. */
function isThenable(result: unknown): result is Promise<Response | undefined> {
  return result instanceof Promise ||
    typeof result === "object" && result !== null && "then" in result &&
      typeof result.then === "function";
}

/**
 * The application's answer, or the endpoint's if that is a 404. Neither is observed, as no request
 * for an endpoint is. What the application throws is rethrown.
 */
async function answerAfter(
  own: Response | undefined | Promise<Response | undefined>,
  endpoints: Endpoints,
  path: string,
  request: Request,
  rest: readonly unknown[],
): Promise<Response> {
  const answer = await own;
  if (!(answer instanceof Response) || answer.status !== 404) return answer as Response;
  const ours = await endpoints.answer(path, request, rest);
  if (ours === undefined) return answer;
  // Unread: cancel it, and ignore a failure to.
  answer.body?.cancel().catch(() => {});
  return ours;
}
