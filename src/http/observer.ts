/**
 * Sees requests begin and end, through all the parts that there are.
 *
 * @module
 */
import { cut } from "../core/attributes.ts";
import { type Clock, systemClock } from "../core/clock.ts";
import { Faults } from "../core/faults.ts";
import type { FlightRecorder } from "../log/flight.ts";
import { ERROR, INFO, WARN } from "../log/level.ts";
import type { Logger } from "../log/logger.ts";
import type { Registry } from "../metrics/registry.ts";
import type { Span } from "../trace/span.ts";
import { Tracer } from "../trace/tracer.ts";
import { watchBody } from "./body_end.ts";
import { contentLength, mayHaveBody } from "./content_length.ts";
import { asResponse, type Ending, type Exchange, statusWithout } from "./exchange.ts";
import { ExtraAttributes, ExtraLabels, type ObserveOptions } from "./extras.ts";
import { knownMethod } from "./handler.ts";
import { isDirect, isPrivatePeer, type Peer, peerOf } from "./peer.ts";
import { REQUEST_ID_HEADER } from "./request_id.ts";
import { routeOf, type RouteResolver, UNMATCHED } from "./route.ts";
import { ServerMetrics } from "./server_metrics.ts";
import { serverSpan } from "./server_span.ts";
import { markRecorded } from "./thrown.ts";

/** A longer path is cut, and a longer URL is not held by the slice that its path is. */
const LONGEST_PATH = 2048;

/** What requests are seen through. What is left out is left undone. */
export interface ObserverOptions extends ObserveOptions {
  /** Counts and times requests. */
  readonly registry?: Registry | undefined;
  /** Makes the server span; without one, spans are made and forgotten, for their ids. */
  readonly tracer?: Tracer | undefined;
  /** Writes a line at the start of a request and one at its end. */
  readonly logger?: Logger | undefined;
  /** Its time. */
  readonly clock?: Clock | undefined;
  /** Where what goes wrong is counted. */
  readonly faults?: Faults | undefined;
}

/** Sees requests begin and end; nothing here throws into the handler's caller. */
export class Observer {
  readonly #metrics: ServerMetrics | undefined;
  readonly #tracer: Tracer;
  readonly #logger: Logger | undefined;
  /** Undefined when it does not record. */
  readonly #flight: FlightRecorder | undefined;
  readonly #trust: ((request: Request, peer: Peer) => boolean) | undefined;
  readonly #route: RouteResolver | undefined;
  readonly #spanName: ObserverOptions["spanName"];
  readonly #watchBody: ObserverOptions["watchBody"];
  readonly #slowMs: number;
  readonly #labels: ExtraLabels | undefined;
  readonly #attributes: ExtraAttributes | undefined;
  readonly #clock: Clock;
  readonly #faults: Faults;

  /** Throws for an option that can't work. */
  constructor(options: ObserverOptions) {
    const { registry, trust, labels, slowMs = Infinity } = options;
    if (typeof slowMs !== "number" || !(slowMs >= 0)) {
      throw new RangeError(`Cannot instrument handler: slowMs must be 0 or more, got ${slowMs}`);
    }
    const faults = this.#faults = options.faults ?? new Faults();
    this.#clock = options.clock ?? systemClock;
    this.#tracer = options.tracer ?? new Tracer({ capacity: 1, clock: this.#clock });
    this.#logger = options.logger;
    this.#flight = options.logger?.flight.on === true ? options.logger.flight : undefined;
    this.#trust = trust;
    this.#route = options.route;
    this.#spanName = options.spanName;
    this.#watchBody = options.watchBody;
    this.#slowMs = slowMs;
    if (labels !== undefined) this.#labels = new ExtraLabels(labels, faults);
    if (options.attributes !== undefined || options.headers !== undefined) {
      this.#attributes = new ExtraAttributes(options, faults);
    }
    if (registry !== undefined) {
      this.#metrics = new ServerMetrics(registry, {
        labels: this.#labels?.names,
        firstByte: options.watchBody !== undefined,
      });
    }
  }

  begin(request: Request, fullPath: string, rest: readonly unknown[]): Exchange {
    const method = knownMethod(request.method);
    const path = request.url.length <= LONGEST_PATH ? fullPath : cut(fullPath, LONGEST_PATH);
    const startMs = this.#clock.monotonic();
    const remote = this.#tracer.extract(request.headers);
    const isTrusted = remote !== undefined && this.#isTrusted(request, rest);
    const span = this.#tracer.start(
      method === "_OTHER" ? "HTTP" : method,
      serverSpan(request, method, path, startMs, remote, isTrusted),
    );
    const inProgress = this.#metrics?.started(method);
    this.#flight?.begin(span.requestId);
    this.#logger?.write(INFO, "request started", { method, path }, span);
    return { request, method, path, span, startMs, inProgress, isOpen: true };
  }

  #isTrusted(request: Request, rest: readonly unknown[]): boolean {
    const trust = this.#trust;
    // The headers first: the peer costs a system call on Bun.
    if (trust === undefined) return isDirect(request) && isPrivatePeer(peerOf(request, rest));
    return this.#faults.guard("trust", () => trust(request, peerOf(request, rest))) === true;
  }

  /** The handler answered; gives what is to be sent, the same object unless its body is watched. */
  end<Answer extends Response | undefined>(
    exchange: Exchange,
    answer: Answer,
    rest: readonly unknown[],
  ): Answer {
    try {
      return this.#end(exchange, answer, rest);
    } catch (error) {
      // A response of the application's own making, whose members throw: the runtime will say so.
      this.#faults.record("instrument", error);
      this.fail(exchange, error);
      return answer;
    }
  }

  #end<Answer extends Response | undefined>(
    exchange: Exchange,
    answer: Answer,
    rest: readonly unknown[],
  ): Answer {
    const response = asResponse(answer);
    // `Response.error()` has 0; the runtimes answer 500 for it, and for what is no response.
    const status = response === undefined ? statusWithout(answer, rest) : response.status || 500;
    let responseBytes: number | undefined;
    if (response !== undefined) {
      this.#tell(response, status, exchange.span);
      if (this.#metrics !== undefined) responseBytes = contentLength(response.headers);
    }
    if (status >= 500) {
      // What the handler itself recorded says more than its status.
      if (!exchange.span.failed) exchange.span.set("error.type", String(status));
      exchange.span.setStatus("error");
    }
    this.#attributes?.set(exchange.span, exchange.request, response);
    const ending = { status, response, headMs: this.#clock.monotonic(), responseBytes };
    if (this.#watchBody !== undefined && response !== undefined) {
      const watched = this.#watch(this.#watchBody, exchange, response, ending);
      if (watched !== undefined) return watched as Answer;
    }
    this.#settle(exchange, ending);
    return answer;
  }

  /** The handler threw. */
  fail(exchange: Exchange, error: unknown): void {
    markRecorded(error);
    exchange.span.fail(error);
    this.#attributes?.set(exchange.span, exchange.request, undefined);
    this.#settle(exchange, {
      status: 500,
      response: undefined,
      headMs: this.#clock.monotonic(),
      failure: { error },
    });
  }

  /** Redirects and fetched responses have immutable headers; then the caller is not told. */
  #tell({ headers }: Response, status: number, span: Span): void {
    // The head of an upgrade is the runtime's.
    if (status === 101) return;
    try {
      if (!headers.has(REQUEST_ID_HEADER)) headers.set(REQUEST_ID_HEADER, span.requestId);
    } catch (error) {
      this.#faults.record("response headers", error);
    }
  }

  /** The response with a body that ends the exchange; undefined when it is not to be watched. */
  #watch(
    isWanted: NonNullable<ObserverOptions["watchBody"]>,
    exchange: Exchange,
    response: Response,
    ending: Ending,
  ): Response | undefined {
    return this.#faults.guard("watch body", () => {
      const { request, span } = exchange;
      if (isWanted(request, response) !== true) return undefined;
      // What answers HEAD may be dropped unread: it would never end.
      if (request.method === "HEAD" || response.body === null) return undefined;
      return watchBody(response, this.#clock, (body) => {
        const failure = body.how === "error" ? { error: body.error } : undefined;
        if (failure !== undefined) {
          markRecorded(failure.error);
          span.fail(failure.error);
        }
        this.#settle(exchange, { ...ending, responseBytes: body.bytes, failure, body });
      });
    });
  }

  #settle(exchange: Exchange, ending: Ending): void {
    if (!exchange.isOpen) return;
    exchange.isOpen = false;
    const { request, method, path, span, startMs, inProgress } = exchange;
    const { status, body } = ending;
    const endMs = body === undefined ? ending.headMs : this.#clock.monotonic();
    const durationMs = endMs - startMs;
    const named = routeOf(request);
    const route = named === UNMATCHED && this.#route !== undefined
      ? this.#resolve(this.#route, request, path, status)
      : named;
    inProgress?.dec();
    if (this.#metrics !== undefined) this.#count(this.#metrics, exchange, ending, route, endMs);
    span.set("http.response.status_code", status);
    if (route !== UNMATCHED) {
      span.set("http.route", route);
      span.rename(`${method === "_OTHER" ? "HTTP" : method} ${route}`);
    }
    if (this.#spanName !== undefined) this.#rename(this.#spanName, span, request, route);
    this.#log(exchange, ending, route, durationMs);
    span.end(endMs);
  }

  #log(exchange: Exchange, ending: Ending, route: string, durationMs: number): void {
    const { method, path, span, startMs } = exchange;
    const { status, failure, body } = ending;
    const fields: Record<string, unknown> = {
      method,
      path,
      route,
      status,
      duration_ms: Math.round(durationMs * 1000) / 1000,
    };
    let level = INFO;
    if (ending.headMs - startMs >= this.#slowMs) {
      level = WARN;
      fields.slow = true;
    }
    if (body !== undefined) {
      fields.body = body.how;
      fields.size_bytes = body.bytes;
    }
    if (failure !== undefined) {
      level = ERROR;
      fields.error = failure.error;
    }
    const failed = failure !== undefined || status >= 500;
    // Its own last line belongs to the story too, and comes after what led to it.
    this.#flight?.tell(span.requestId, failed, durationMs);
    const message = failure === undefined ? "request completed" : "request failed";
    this.#logger?.write(level, message, fields, span);
    this.#flight?.end(span.requestId, failed, durationMs);
  }

  #count(
    metrics: ServerMetrics,
    { request, method, span, startMs }: Exchange,
    { status, response, responseBytes, body }: Ending,
    route: string,
    endMs: number,
  ): void {
    const measured = {
      seconds: (endMs - startMs) / 1000,
      requestBytes: mayHaveBody(method) ? contentLength(request.headers) : undefined,
      responseBytes,
      firstByteSeconds: body?.firstByteMs === undefined
        ? undefined
        : (body.firstByteMs - startMs) / 1000,
    };
    const extra = this.#labels?.of(request, response);
    metrics.ended(method, route, status, extra, measured, span, this.#clock.now());
  }

  #resolve(resolve: RouteResolver, request: Request, path: string, status: number): string {
    const route = this.#faults.guard("route", () => resolve(request, path, status));
    return typeof route === "string" && route !== "" ? route : UNMATCHED;
  }

  #rename(
    spanName: NonNullable<ObserverOptions["spanName"]>,
    span: Span,
    request: Request,
    route: string,
  ): void {
    const name = this.#faults.guard("span name", () => spanName(request, route));
    if (typeof name === "string" && name !== "") span.rename(name);
  }
}
