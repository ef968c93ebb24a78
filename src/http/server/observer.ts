/**
 * Observes requests from their start to their end: span, metrics, log lines, aborts.
 *
 * @module
 */
import { Blocks } from "../../core/runtime/blocks.ts";
import { type Clock, systemClock } from "../../core/clock.ts";
import { Faults } from "../../core/faults.ts";
import { flat, head } from "../../core/text.ts";
import type { Span } from "../../trace/span/span.ts";
import { Tracer } from "../../trace/tracer.ts";
import { contentLength, REQUEST_ID_HEADER } from "../request/headers.ts";
import { knownMethod, knownMethods } from "../request/methods.ts";
import { watchBody } from "./body_end.ts";
import { Exchange } from "./exchange.ts";
import { ExtraAttributes } from "./extra_attributes.ts";
import { isObserved, markRecorded, type Note, type Parts, putNote } from "./note.ts";
import { checkObserverOptions, type ObserverOptions } from "./options.ts";
import { Settlement } from "./settlement.ts";
import { schemeOf, ServerSpans } from "./span.ts";
import { asResponse, statusOf, statusWithout } from "./status.ts";
import { isGivenUp, Waiting } from "./waiting.ts";

/**
 * A longer path is cut. The path of a longer URL is copied, so that it does not keep the URL alive.
 */
const LONGEST_PATH = 2048;
/** The status that nginx logs when the client closed before there was a response. */
const CLIENT_CLOSED = 499;

/** Observes requests. Nothing here throws into the caller of the handler. */
export class Observer {
  readonly #settlement: Settlement;
  readonly #spans: ServerSpans;
  readonly #parts: Parts;
  readonly #methods: ReadonlySet<string>;
  readonly #waiting: Waiting;
  readonly #watchBody: ObserverOptions["watchBody"];
  readonly #attributes: ExtraAttributes | undefined;
  readonly #clock: Clock;
  readonly #faults: Faults;
  readonly #blocks: Blocks;
  /** Requests that are in progress. */
  #open = 0;

  /**
   * @throws {TypeError} for an option that is unknown or of the wrong kind
   * @throws {RangeError} for an option that is out of range
   */
  constructor(options: ObserverOptions) {
    checkObserverOptions(options);
    const faults = this.#faults = options.faults ?? new Faults();
    const clock = this.#clock = options.clock ?? systemClock;
    const { registry, logger, tracer = new Tracer({ maxSpans: 1, clock }) } = options;
    this.#spans = new ServerSpans(tracer, options.trust, faults);
    this.#parts = { registry, tracer, logger };
    this.#methods = knownMethods(options.knownMethods, faults);
    this.#blocks = options.blocks ?? new Blocks();
    this.#settlement = new Settlement(options, tracer.redactor, this.#blocks, clock, faults);
    this.#waiting = new Waiting(clock, (exchange) => {
      // Deno aborts the signal after an answer too.
      if (!exchange.isAnswered) this.#abort(exchange);
    });
    this.#watchBody = options.watchBody;
    if (options.attributes !== undefined || options.headers !== undefined) {
      this.#attributes = new ExtraAttributes(options, faults);
    }
  }

  /** Whether an outer wrapper observes the request through the same parts: it must count once. */
  isObserving(note: Note): boolean {
    return isObserved(note, this.#parts);
  }

  /**
   * Starts the span, counts the request as in progress and writes the first line.
   *
   * @param target the URL of the request, or its path and query where the URL is forged
   * @param known the note that the request has already
   */
  begin(
    request: Request,
    target: string,
    fullPath: string,
    known: Note | undefined,
    rest: readonly unknown[],
  ): Exchange {
    const method = knownMethod(request.method, this.#methods);
    const path = target.length <= LONGEST_PATH ? fullPath : flat(head(fullPath, LONGEST_PATH));
    const startMs = this.#clock.monotonic();
    const scheme = schemeOf(request, rest);
    const exchange = new Exchange(request, method, path, scheme, startMs, this.#parts, known);
    exchange.span = this.#spans.start(exchange, request, rest, target);
    exchange.inflight = ++this.#open;
    exchange.inProgress = this.#settlement.metrics?.started(method, scheme);
    this.#settlement.lines?.started(exchange);
    putNote(request, exchange);
    return exchange;
  }

  /** The handler returned a promise. The client may disconnect before it settles. */
  await(exchange: Exchange): void {
    const nowMs = exchange.returnedMs = this.#clock.monotonic();
    this.#blocks.add(nowMs, nowMs - exchange.startMs);
    this.#waiting.add(exchange);
  }

  /**
   * The handler answered. Returns the response to send, the same object unless its body is watched.
   */
  end<Answer extends Response | undefined>(
    exchange: Exchange,
    answer: Answer,
    rest: readonly unknown[],
  ): Answer {
    exchange.isAnswered = true;
    const { caught } = exchange;
    if (caught !== undefined) this.#caught(exchange, caught.error);
    if (!exchange.isOpen) {
      exchange.release();
      return answer;
    }
    try {
      return this.#end(exchange, answer, rest);
    } catch (error) {
      // A subclass of Response whose members throw; the runtime reports that.
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
    const request = exchange.request!, response = asResponse(answer);
    const status = exchange.status = response === undefined
      ? statusWithout(answer, request, rest)
      : statusOf(response);
    if (response !== undefined) {
      this.#addRequestId(response, status, exchange.span);
      if (this.#settlement.readsSizes) exchange.responseBytes = contentLength(response.headers);
    }
    if (status >= 500) this.#failed(exchange, status);
    this.#attributes?.set(exchange.span, request, response);
    exchange.headMs = this.#clock.monotonic();
    if (this.#watchBody !== undefined && response !== undefined) {
      const watched = this.#watch(this.#watchBody, exchange, request, response);
      if (watched !== undefined) return watched as Answer;
    }
    this.#settle(exchange, request, response);
    return answer;
  }

  /**
   * A router or an error hook answered an error, which may have come from, or after, a disconnect.
   */
  #caught(exchange: Exchange, error: unknown): void {
    if (!exchange.isOpen) return this.#late(exchange, error);
    if (isGivenUp(exchange.request!, error)) this.#abort(exchange);
  }

  /** What a disconnect causes in the handler is no failure of it. */
  #late(exchange: Exchange, error: unknown): void {
    const { request } = exchange;
    if (request !== undefined && isGivenUp(request, error)) return;
    this.#settlement.lines?.late(exchange, error);
  }

  /** The status is 500 or more. */
  #failed(exchange: Exchange, status: number): void {
    const { caught, span } = exchange;
    exchange.failure = caught;
    if (caught !== undefined) span.fail(caught.error);
    // What the handler recorded says more than the status.
    if (!span.failed) span.set("error.type", String(status));
    span.setStatus("error");
  }

  /** The handler threw. */
  fail(exchange: Exchange, error: unknown): void {
    markRecorded(error);
    const { request, span, isAnswered } = exchange;
    exchange.isAnswered = true;
    if (exchange.isOpen) {
      if (isGivenUp(request!, error)) return this.#abort(exchange);
      span.fail(error);
      exchange.failure = { error };
      return this.#endWithout(exchange, 500);
    }
    if (!isAnswered) this.#late(exchange, error);
    exchange.release();
  }

  /**
   * The client disconnected before there was an answer. What the handler does later is not counted.
   */
  #abort(exchange: Exchange): void {
    if (!exchange.isOpen) return;
    const { span } = exchange;
    span.set("error.type", String(CLIENT_CLOSED));
    span.setStatus("error", "The client closed before there was a response");
    exchange.failure = exchange.caught;
    exchange.isAborted = true;
    this.#endWithout(exchange, CLIENT_CLOSED);
  }

  /** There is no response. */
  #endWithout(exchange: Exchange, status: number): void {
    const request = exchange.request!;
    exchange.status = status;
    this.#attributes?.set(exchange.span, request, undefined);
    exchange.headMs = this.#clock.monotonic();
    this.#settle(exchange, request, undefined);
  }

  /** Not where the headers are immutable, as those of redirects and fetched responses are. */
  #addRequestId({ headers }: Response, status: number, span: Span): void {
    // The runtime makes the head of an upgrade.
    if (status === 101) return;
    try {
      // Not `set`, which costs 100 ns more on Deno.
      if (!headers.has(REQUEST_ID_HEADER)) headers.append(REQUEST_ID_HEADER, span.requestId);
    } catch (error) {
      this.#faults.record("response headers", error);
    }
  }

  /** A response whose body ends the exchange; undefined when the body is not to be watched. */
  #watch(
    isWanted: NonNullable<ObserverOptions["watchBody"]>,
    exchange: Exchange,
    request: Request,
    response: Response,
  ): Response | undefined {
    return this.#faults.guard("watch body", () => {
      const { span } = exchange;
      if (isWanted(request, response) !== true) return undefined;
      // The answer to HEAD may be dropped unread: its body would never end.
      if (request.method === "HEAD" || response.body === null) return undefined;
      return watchBody(response, this.#clock, span, (body) => {
        if (body.how === "error") {
          markRecorded(body.error);
          span.fail(body.error);
          exchange.failure = { error: body.error };
        }
        exchange.body = body;
        exchange.responseBytes = body.bytes;
        this.#settle(exchange, request, response);
      });
    });
  }

  #settle(exchange: Exchange, request: Request, response: Response | undefined): void {
    if (!exchange.isOpen) return;
    exchange.isOpen = false;
    this.#open--;
    this.#waiting.remove(exchange);
    this.#settlement.settle(exchange, request, response);
    // After a disconnect the handler goes on, and may fail because of it.
    if (exchange.isAnswered) exchange.release();
  }
}
