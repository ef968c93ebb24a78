/**
 * One pass per request: correlation, metrics, span and log lines around a plain handler.
 *
 * @module
 */
import { type Clock, systemClock } from "../core/clock.ts";
import { run } from "../core/context.ts";
import { Faults } from "../core/faults.ts";
import { ERROR, INFO } from "../log/level.ts";
import type { Logger } from "../log/logger.ts";
import type { BoundGauge } from "../metrics/gauge.ts";
import type { Registry } from "../metrics/registry.ts";
import { extract } from "../trace/propagator.ts";
import type { Span, SpanOptions } from "../trace/span.ts";
import { Tracer } from "../trace/tracer.ts";
import { isDirectPrivatePeer, type Peer, peerOf } from "./access.ts";
import type { Endpoints } from "./endpoints.ts";
import { type Handler, knownMethod, pathOf } from "./handler.ts";
import { REQUEST_ID_HEADER, validRequestId } from "./request_id.ts";
import { routeOf, UNMATCHED } from "./route.ts";
import { ServerMetrics } from "./server_metrics.ts";
import { markRecorded } from "./thrown.ts";

/** The parts that a request is seen through. What is left out is left undone. */
export interface InstrumentOptions {
  /** Counts and times requests. */
  readonly registry?: Registry | undefined;
  /** Makes the server span; without one, spans are made and forgotten, for their ids. */
  readonly tracer?: Tracer | undefined;
  /** Writes a line at the start of a request and one at its end. */
  readonly logger?: Logger | undefined;
  /** Answers the admin paths before the handler is asked. */
  readonly endpoints?: Endpoints | undefined;
  /**
   * Whether this caller's `traceparent` is continued instead of linked. By default a private peer
   * without forwarding headers; a throw is a no.
   */
  readonly trust?: ((request: Request, peer: Peer) => boolean) | undefined;
  /** Its time. */
  readonly clock?: Clock | undefined;
  /** Where what goes wrong is counted. */
  readonly faults?: Faults | undefined;
}

/**
 * Wraps a handler. The application's behaviour stays as it was: the same response object comes
 * back, what the handler throws is thrown on unchanged, extra arguments are passed through, and
 * a synchronous handler stays synchronous.
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
  const observer = new Observer(options);
  const { endpoints } = options;
  return (request, ...rest) => {
    const path = pathOf(request.url);
    const answer = endpoints?.answer(path, request, rest);
    if (answer !== undefined) return answer;

    const exchange = observer.begin(request, path, rest);
    let result: Result;
    try {
      result = run(exchange.span, () => handler(request, ...rest));
    } catch (error) {
      observer.fail(exchange, error);
      throw error;
    }
    if (!(result instanceof Promise)) {
      observer.end(exchange, result as Response | undefined);
      return result;
    }
    return result.then(
      (response) => {
        observer.end(exchange, response);
        return response;
      },
      (error) => {
        observer.fail(exchange, error);
        throw error;
      },
    ) as Result;
  };
}

/** A request on its way. */
interface Exchange {
  readonly request: Request;
  readonly method: string;
  readonly path: string;
  readonly span: Span;
  readonly startMs: number;
  readonly inProgress: BoundGauge | undefined;
}

/** Sees requests begin and end; nothing here throws into the handler's caller. */
class Observer {
  readonly #metrics: ServerMetrics | undefined;
  readonly #tracer: Tracer;
  readonly #logger: Logger | undefined;
  readonly #trust: (request: Request, peer: Peer) => boolean;
  readonly #clock: Clock;
  readonly #faults: Faults;

  constructor(options: InstrumentOptions) {
    const { registry, trust = isDirectPrivatePeer } = options;
    this.#faults = options.faults ?? new Faults();
    this.#clock = options.clock ?? systemClock;
    this.#metrics = registry === undefined ? undefined : new ServerMetrics(registry);
    this.#tracer = options.tracer ?? new Tracer({ capacity: 1, clock: this.#clock });
    this.#logger = options.logger;
    this.#trust = trust;
  }

  begin(request: Request, path: string, rest: readonly unknown[]): Exchange {
    const method = knownMethod(request.method);
    const startMs = this.#clock.monotonic();
    const span = this.#tracer.start(
      method === "_OTHER" ? "HTTP" : method,
      this.#spanOptions(request, method, path, rest, startMs),
    );
    const inProgress = this.#metrics?.started(method);
    this.#logger?.write(INFO, "request started", { method, path }, span);
    return { request, method, path, span, startMs, inProgress };
  }

  #spanOptions(
    request: Request,
    method: string,
    path: string,
    rest: readonly unknown[],
    startedAtMs: number,
  ): SpanOptions {
    const { headers, url } = request;
    const attributes: Record<string, string> = {
      "http.request.method": method,
      "url.path": path,
      "url.scheme": url.startsWith("https") ? "https" : "http",
    };
    if (method === "_OTHER") attributes["http.request.method_original"] = request.method;
    const requestId = validRequestId(headers.get(REQUEST_ID_HEADER));
    const remote = headers.get("traceparent") === null ? undefined : extract(headers);
    const trusted = remote !== undefined && this.#isTrusted(request, rest);
    return {
      kind: "server",
      attributes,
      startedAtMs,
      requestId,
      parent: trusted ? remote : null,
      links: remote === undefined || trusted ? undefined : [{ context: remote }],
    };
  }

  #isTrusted(request: Request, rest: readonly unknown[]): boolean {
    return this.#faults.guard("trust", () => this.#trust(request, peerOf(request, rest))) === true;
  }

  end(exchange: Exchange, response: Response | undefined): void {
    // Bun: undefined after `server.upgrade(request)`. `Response.error()` has 0 and is sent as 500.
    const status = response === undefined ? 101 : response.status || 500;
    if (response !== undefined) this.#tell(response, exchange.span);
    if (status >= 500) exchange.span.setStatus("error");
    this.#settle(exchange, status);
  }

  fail(exchange: Exchange, error: unknown): void {
    markRecorded(error);
    exchange.span.fail(error);
    this.#settle(exchange, 500, error);
  }

  /** Redirects and fetched responses have immutable headers; then the caller is not told. */
  #tell({ headers }: Response, span: Span): void {
    try {
      if (!headers.has(REQUEST_ID_HEADER)) headers.set(REQUEST_ID_HEADER, span.requestId);
    } catch (error) {
      this.#faults.record("response headers", error);
    }
  }

  #settle(exchange: Exchange, status: number, ...thrown: [unknown?]): void {
    const { request, method, path, span, startMs, inProgress } = exchange;
    const endMs = this.#clock.monotonic();
    const durationMs = endMs - startMs;
    const route = routeOf(request);
    inProgress?.dec();
    this.#metrics?.ended(
      { method, route, status: String(status) },
      durationMs / 1000,
      span,
      this.#clock.now(),
    );
    span.set("http.response.status_code", status);
    if (route !== UNMATCHED) {
      span.set("http.route", route);
      span.rename(`${method === "_OTHER" ? "HTTP" : method} ${route}`);
    }
    const fields: Record<string, unknown> = {
      method,
      path,
      route,
      status,
      duration_ms: Math.round(durationMs * 1000) / 1000,
    };
    if (thrown.length > 0) fields.error = thrown[0];
    this.#logger?.write(
      thrown.length > 0 ? ERROR : INFO,
      thrown.length > 0 ? "request failed" : "request completed",
      fields,
      span,
    );
    span.end(endMs);
  }
}
