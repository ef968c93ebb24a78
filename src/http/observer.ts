/**
 * Sees requests begin and end, through all the parts that there are.
 *
 * @module
 */
import { type Known, refuseUnknown } from "../core/known_options.ts";
import { cut } from "../core/attributes.ts";
import { type Clock, systemClock } from "../core/clock.ts";
import { Faults } from "../core/faults.ts";
import type { Logger } from "../log/logger.ts";
import type { Registry } from "../metrics/registry.ts";
import type { Span } from "../trace/span.ts";
import { Tracer } from "../trace/tracer.ts";
import { watchBody } from "./body_end.ts";
import { contentLength, mayHaveBody } from "./content_length.ts";
import { asResponse, type Ending, type Exchange } from "./exchange.ts";
import { ExtraAttributes, ExtraLabels, type ObserveOptions } from "./extras.ts";
import { knownMethod, queryOf } from "./handler.ts";
import { knownMethods } from "./methods.ts";
import { isObserved, type Note, type Parts, putNote } from "./note.ts";
import { isDirect, isPrivatePeer, type Peer, peerOf } from "./peer.ts";
import { shownQuery } from "./query.ts";
import { REQUEST_ID_HEADER } from "./request_id.ts";
import { RequestLines } from "./request_lines.ts";
import { type RouteResolver, UNMATCHED } from "./route.ts";
import { ServerMetrics } from "./server_metrics.ts";
import { schemeOf, serverSpan, versionOf } from "./server_span.ts";
import { statusOf, statusWithout } from "./status.ts";
import { markRecorded } from "./thrown.ts";
import { isGivenUp, Waiting } from "./waiting.ts";

/** A longer path is cut, and a longer URL is not held by the slice that its path is. */
const LONGEST_PATH = 2048;
/** What nginx calls a request whose client closed before there was a response. */
const CLIENT_CLOSED = 499;

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

const KNOWN: Known<ObserverOptions & { endpoints?: unknown }> = {
  ignore: true,
  trust: true,
  route: true,
  spanName: true,
  attributes: true,
  labels: true,
  headers: true,
  watchBody: true,
  lines: true,
  knownMethods: true,
  slowMs: true,
  registry: true,
  tracer: true,
  logger: true,
  clock: true,
  faults: true,
  endpoints: true,
};

/** Sees requests begin and end; nothing here throws into the handler's caller. */
export class Observer {
  readonly #metrics: ServerMetrics | undefined;
  readonly #tracer: Tracer;
  readonly #parts: Parts;
  readonly #methods: ReadonlySet<string>;
  readonly #lines: RequestLines | undefined;
  readonly #waiting: Waiting;
  readonly #trust: ((request: Request, peer: Peer) => boolean) | undefined;
  readonly #route: RouteResolver | undefined;
  readonly #spanName: ObserverOptions["spanName"];
  readonly #watchBody: ObserverOptions["watchBody"];
  readonly #labels: ExtraLabels | undefined;
  readonly #attributes: ExtraAttributes | undefined;
  readonly #clock: Clock;
  readonly #faults: Faults;

  /** Throws for an option that can't work. */
  constructor(options: ObserverOptions) {
    refuseUnknown("instrument handler", options, KNOWN);
    const { registry, trust, labels, slowMs = Infinity } = options;
    if (typeof slowMs !== "number" || !(slowMs >= 0)) {
      throw new RangeError(`Cannot instrument handler: slowMs must be 0 or more, got ${slowMs}`);
    }
    const faults = this.#faults = options.faults ?? new Faults();
    this.#clock = options.clock ?? systemClock;
    this.#tracer = options.tracer ?? new Tracer({ capacity: 1, clock: this.#clock });
    const { logger, tracer } = options;
    this.#parts = { registry, tracer, logger };
    this.#methods = knownMethods(options.knownMethods, faults);
    if (logger !== undefined) this.#lines = new RequestLines(logger, options.lines, slowMs);
    this.#waiting = new Waiting(this.#clock, (exchange) => {
      // Deno aborts the signal of a response that was sent, too.
      if (!exchange.isAnswered) this.#abort(exchange);
    });
    this.#trust = trust;
    this.#route = options.route;
    this.#spanName = options.spanName;
    this.#watchBody = options.watchBody;
    if (labels !== undefined) this.#labels = new ExtraLabels(labels, faults);
    if (options.attributes !== undefined || options.headers !== undefined) {
      this.#attributes = new ExtraAttributes(options, faults);
    }
    if (registry !== undefined) {
      this.#metrics = new ServerMetrics(registry, {
        labels: this.#labels?.names,
        firstByte: options.watchBody !== undefined,
        clock: this.#clock,
      });
    }
  }

  /** Whether a request is being observed through the same parts already: it is one all the same. */
  isObserving(note: Note): boolean {
    return isObserved(note, this.#parts);
  }

  /**
   * @param target the request's URL, or the path and query of one whose URL does not tell them
   * @param known what is noted of the request already
   */
  begin(
    request: Request,
    target: string,
    fullPath: string,
    known: Note | undefined,
    rest: readonly unknown[],
  ): Exchange {
    const method = knownMethod(request.method, this.#methods);
    const path = target.length <= LONGEST_PATH ? fullPath : cut(fullPath, LONGEST_PATH);
    const startMs = this.#clock.monotonic();
    const remote = this.#tracer.extract(request.headers);
    const isTrusted = remote !== undefined && this.#isTrusted(request, rest);
    const query = queryOf(target), scheme = schemeOf(request, rest);
    const span = this.#tracer.start(
      method === "_OTHER" ? "HTTP" : method,
      serverSpan(request, {
        method,
        path,
        query: query === "" ? undefined : shownQuery(query, this.#tracer.redactor),
        scheme,
        version: versionOf(rest),
        startedAtMs: startMs,
        remote,
        isTrusted,
      }),
    );
    const inProgress = this.#metrics?.started(method, scheme);
    this.#lines?.started(method, path, span);
    const exchange: Exchange = {
      request,
      method,
      path,
      scheme,
      span,
      startMs,
      inProgress,
      isOpen: true,
      isAnswered: false,
      // What was said of it before anybody observed it.
      template: known?.parts === undefined ? known?.template : undefined,
      caught: undefined,
      parts: this.#parts,
      outer: known?.isAnswered === false ? known : undefined,
      older: undefined,
      newer: undefined,
      isWaiting: false,
      onAbort: undefined,
    };
    putNote(request, exchange);
    return exchange;
  }

  /** The handler has promised to answer. */
  await(exchange: Exchange): void {
    this.#waiting.add(exchange);
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
    exchange.isAnswered = true;
    const { caught } = exchange;
    if (caught !== undefined) this.#caught(exchange, caught.error);
    if (!exchange.isOpen) return answer;
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
    const { request, span } = exchange;
    const response = asResponse(answer);
    const status = response === undefined
      ? statusWithout(answer, request, rest)
      : statusOf(response);
    let responseBytes: number | undefined;
    if (response !== undefined) {
      this.#tell(response, status, span);
      if (this.#metrics !== undefined) responseBytes = contentLength(response.headers);
    }
    const failure = status >= 500 ? this.#failed(exchange, status) : undefined;
    this.#attributes?.set(span, request, response);
    const ending = { status, response, headMs: this.#clock.monotonic(), responseBytes, failure };
    if (this.#watchBody !== undefined && response !== undefined) {
      const watched = this.#watch(this.#watchBody, exchange, response, ending);
      if (watched !== undefined) return watched as Answer;
    }
    this.#settle(exchange, ending);
    return answer;
  }

  /** A router or an error hook made the answer of an error, perhaps because or after the client left. */
  #caught(exchange: Exchange, error: unknown): void {
    if (isGivenUp(exchange.request, error)) this.#abort(exchange);
    else if (!exchange.isOpen) this.#lines?.late(exchange, error);
  }

  /** The answer says that something failed; what, where a router has told. */
  #failed({ caught, span }: Exchange, status: number): Ending["failure"] {
    if (caught !== undefined) span.fail(caught.error);
    // What the handler itself recorded says more than its status.
    if (!span.failed) span.set("error.type", String(status));
    span.setStatus("error");
    return caught;
  }

  /** The handler threw. */
  fail(exchange: Exchange, error: unknown): void {
    markRecorded(error);
    const { request, span, isAnswered } = exchange;
    exchange.isAnswered = true;
    if (isGivenUp(request, error)) return this.#abort(exchange);
    if (!exchange.isOpen) {
      if (!isAnswered) this.#lines?.late(exchange, error);
      return;
    }
    span.fail(error);
    this.#attributes?.set(span, request, undefined);
    this.#settle(exchange, {
      status: 500,
      response: undefined,
      headMs: this.#clock.monotonic(),
      failure: { error },
    });
  }

  /** The client has gone before there was an answer. What the handler does later counts no more. */
  #abort(exchange: Exchange): void {
    if (!exchange.isOpen) return;
    const { span, request, caught } = exchange;
    span.set("error.type", String(CLIENT_CLOSED));
    span.setStatus("error", "The client closed before there was a response");
    this.#attributes?.set(span, request, undefined);
    this.#settle(exchange, {
      status: CLIENT_CLOSED,
      response: undefined,
      headMs: this.#clock.monotonic(),
      isAborted: true,
      failure: caught,
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
      return watchBody(response, this.#clock, span, (body) => {
        const failure = body.how === "error" ? { error: body.error } : undefined;
        if (failure !== undefined) {
          markRecorded(failure.error);
          span.fail(failure.error);
        }
        this.#settle(exchange, {
          ...ending,
          responseBytes: body.bytes,
          failure: failure ?? ending.failure,
          body,
        });
      });
    });
  }

  #settle(exchange: Exchange, ending: Ending): void {
    if (!exchange.isOpen) return;
    exchange.isOpen = false;
    this.#waiting.remove(exchange);
    const { request, method, path, span, startMs, inProgress } = exchange;
    const { status, body } = ending;
    const endMs = body === undefined ? ending.headMs : this.#clock.monotonic();
    const durationMs = endMs - startMs;
    const named = exchange.template ?? UNMATCHED;
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
    this.#lines?.ended(exchange, ending, route, durationMs);
    span.end(endMs);
  }

  #count(
    metrics: ServerMetrics,
    { request, method, scheme, span, startMs }: Exchange,
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
    metrics.ended(method, route, status, extra, measured, span, this.#clock.now(), scheme);
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
