/**
 * `fetch` with a client span: outgoing requests carry the trace and are timed.
 *
 * @module
 */
import { current, load, UNTRACED } from "../../core/context.ts";
import { Faults } from "../../core/faults.ts";
import { type Known, requireKnown } from "../../core/check.ts";
import type { Fetch } from "../../core/fetch.ts";
import type { Span } from "../../trace/span/span.ts";
import type { Tracer } from "../../trace/tracer.ts";
import { compareClock, type PeerClocks } from "./clocks.ts";
import { recordFailure } from "./failure.ts";
import { ownInit, ownInput, sentMethod } from "./init.ts";
import { type Following, locationOf } from "./redirect.ts";
import { markOurs, Sender } from "./send.ts";
import { hostOf, httpUrl, portOf } from "./destination.ts";
import { Propagation } from "./propagation.ts";
import { knownMethod, knownMethods } from "../request/methods.ts";

export type { Fetch } from "../../core/fetch.ts";

/** Options of {@linkcode tracedFetch}. */
export interface TracedFetchOptions {
  /**
   * Makes the client spans. What its redactor hides is hidden in the URLs of spans and errors too.
   */
  readonly tracer: Tracer;
  /**
   * Sends requests.
   *
   * @default the global `fetch` at the time of a call; the runtime's own where that is a traced
   * one, or a patch that calls one
   */
  readonly fetch?: Fetch | undefined;
  /**
   * Hosts that are sent `traceparent`, `tracestate` and baggage. A redirect to another host is
   * followed without them. To make that possible, a redirect with status 307 or 308 is refused when
   * the body is a stream, or that of a `Request` in several pieces of more than 8 MiB together.
   *
   * @default all hosts
   */
  readonly traceHosts?: readonly string[] | undefined;
  /**
   * Hosts that are sent baggage besides private ones: a name, or a suffix such as `.example.com`.
   * A redirect to another host is followed without baggage.
   */
  readonly baggageHosts?: readonly string[] | undefined;
  /**
   * Called when a request has ended, with its duration until the response's head and the status;
   * `error` when there was no response, `aborted` when the application aborted it. `errorType` is
   * the `error.type` of the semantic conventions: a status of 400 and up as text, or the kind of
   * error; undefined when nothing failed.
   */
  readonly observe?:
    | ((
      method: string,
      status: number | "error" | "aborted",
      host: string,
      durationSeconds: number,
      errorType: string | undefined,
      port: number,
    ) => void)
    | undefined;
  /** Methods that are told apart, as in `instrument`. */
  readonly knownMethods?: readonly string[] | undefined;
  /** Is told what time the responses of each host say it is. @default none */
  readonly clocks?: PeerClocks | undefined;
  /** Counts what goes wrong inside. @default one of its own */
  readonly faults?: Faults | undefined;
}

const KNOWN: Known<TracedFetchOptions> = {
  tracer: true,
  fetch: true,
  traceHosts: true,
  baggageHosts: true,
  observe: true,
  knownMethods: true,
  clocks: true,
  faults: true,
};

/**
 * A `fetch` that makes a client span, propagates the trace and times the request. It behaves as the
 * one that it wraps: the same response object, the same errors, the caller's headers and body. It
 * has read its arguments when it returns. A `traceparent` among the headers is replaced by that of
 * the client span. Anything but HTTP is passed through. A status of 400 and up is an error of the
 * span, an abort is not. It may be made the global `fetch`.
 *
 * @throws {TypeError} for an option that is unknown or of the wrong kind
 * @example
 * ```ts
 * import { tracedFetch } from "@telltale/telltale/http";
 * import { Tracer } from "@telltale/telltale/trace";
 * import { equal } from "node:assert/strict";
 *
 * let sent: Headers | undefined;
 * const fetch = tracedFetch({
 *   tracer: new Tracer(),
 *   fetch: (_input, init) => {
 *     sent = new Headers(init?.headers);
 *     return Promise.resolve(new Response("paid"));
 *   },
 * });
 * const response = await fetch("http://payments.internal/charge", { method: "POST" });
 * equal(await response.text(), "paid");
 * equal(sent?.get("traceparent")?.length, 55);
 * ```
 */
export function tracedFetch(options: TracedFetchOptions): typeof globalThis.fetch {
  const client = new Client(options);
  const sender = new Sender(options.fetch);
  // Not async: what `fetch` throws synchronously is thrown synchronously.
  function fetch(...given: Parameters<Fetch>): Promise<Response> {
    const call = sender.isReentered() ? undefined : client.begin(given[0], given[1]);
    if (call === undefined) return sender.send(...given);
    let sent: Promise<Response>;
    try {
      sent = client.send(call, sender.send);
    } catch (error) {
      client.fail(call, error);
      throw error;
    }
    return Promise.resolve(sent).then((response) => {
      client.end(call, response);
      return response;
    }, (error) => {
      client.fail(call, error);
      throw error;
    });
  }
  return markOurs(fetch, sender);
}

/** An outgoing request until it ends. */
interface Call {
  readonly method: string;
  readonly url: URL;
  readonly host: string;
  readonly port: number;
  readonly input: string | URL | Request;
  readonly init: RequestInit | undefined;
  readonly signal: AbortSignal | null | undefined;
  readonly span: Span;
  readonly startMs: number;
  /** How to follow its redirects, where the runtime's `fetch` must not. */
  readonly following: Following | undefined;
}

/** Observes outgoing requests. Nothing here throws into the caller of `fetch`. */
class Client {
  readonly #tracer: Tracer;
  readonly #propagation: Propagation;
  readonly #observe: TracedFetchOptions["observe"];
  readonly #clocks: PeerClocks | undefined;
  readonly #faults: Faults;
  readonly #methods: ReadonlySet<string>;
  /** Whether the runtime's `fetch` sends, which has rules of its own for methods. */
  readonly #byRuntime: boolean;

  constructor(options: TracedFetchOptions) {
    requireKnown("trace fetch", options, KNOWN);
    this.#tracer = options.tracer;
    this.#propagation = new Propagation(options.tracer, options.traceHosts, options.baggageHosts);
    this.#observe = options.observe;
    this.#clocks = options.clocks;
    this.#faults = options.faults ?? new Faults();
    this.#byRuntime = options.fetch === undefined;
    this.#methods = knownMethods(options.knownMethods, this.#faults);
  }

  /** Undefined when the call is not to be observed, or its arguments are not understood. */
  begin(
    input: string | URL | Request,
    init: RequestInit | undefined,
  ): Call | undefined {
    if (current() === UNTRACED) return undefined;
    try {
      const url = httpUrl(input instanceof Request ? input.url : input);
      if (url === undefined) return undefined;
      const own = init instanceof Request ? {} : ownInit(init);
      const target = ownInput(input, init, own);
      return this.#begin(target, own, url, init === undefined, target !== input);
    } catch (error) {
      this.#faults.record("fetch", error);
      return undefined;
    }
  }

  #begin(
    input: string | URL | Request,
    init: RequestInit,
    url: URL,
    isBare: boolean,
    isOwn: boolean,
  ): Call {
    const tracer = this.#tracer, request = input instanceof Request ? input : undefined;
    const sent = sentMethod(init.method ?? request?.method ?? "GET", this.#byRuntime);
    const method = knownMethod(
      this.#methods.has(sent) ? sent : sent.toUpperCase(),
      this.#methods,
    );
    const host = hostOf(url), port = portOf(url), startMs = tracer.clock.monotonic();
    const span = tracer.start(method === "_OTHER" ? "HTTP" : method, {
      kind: "client",
      startedAtMs: startMs,
      attributes: {
        "http.request.method": method,
        "server.address": host,
        "server.port": port,
        "url.full": tracer.redactor.url(url),
      },
    });
    if (method !== sent) span.set("http.request.method_original", sent);
    const following = this.#propagation.addTo(request, init, url, sent, span, isOwn);
    const signal = init.signal === undefined ? request?.signal : init.signal;
    const asIs = isBare && init.headers === undefined && following === undefined;
    return {
      method,
      url,
      host,
      port,
      input,
      init: asIs ? undefined : init,
      signal,
      span,
      startMs,
      following,
    };
  }

  send({ input, init, span, following }: Call, fetch: Fetch): Promise<Response> {
    const send = this.#propagation.sender(span, fetch);
    const sent = init === undefined ? send(input) : send(input, init);
    return following === undefined ? sent : this.#follow(sent, following, send);
  }

  async #follow(sent: Promise<Response>, following: Following, fetch: Fetch): Promise<Response> {
    const response = await sent;
    if (locationOf(response) === undefined) return response;
    const code = await load(() => import("./follow.ts")).catch((error) => {
      this.#faults.record("fetch", error);
    });
    return code === undefined ? response : code.follow(response, following, fetch);
  }

  end(call: Call, response: Response): void {
    const status = response?.status;
    if (this.#clocks !== undefined) {
      compareClock(this.#clocks, call, response, this.#tracer.clock, this.#faults);
    }
    const { span } = call, errorType = status >= 400 ? String(status) : undefined;
    span.set("http.response.status_code", status);
    if (errorType !== undefined) span.set("error.type", errorType).setStatus("error");
    this.#settle(call, status, errorType);
  }

  fail(call: Call, error: unknown): void {
    if (isIntended(call.signal)) return this.#settle(call, "aborted", undefined);
    const type = this.#faults.guard(
      "fetch",
      () => recordFailure(call.span, call.url, error, this.#tracer.redactor),
    );
    this.#settle(call, "error", type);
  }

  #settle(
    { method, url, host, port, span, startMs }: Call,
    status: number | "error" | "aborted",
    errorType: string | undefined,
  ): void {
    const endMs = this.#tracer.clock.monotonic();
    span.end(endMs);
    const { tally } = span;
    if (tally !== undefined) {
      const hasFailed = status === "error" || typeof status === "number" && status >= 500;
      tally.call(`${method} ${host}:${port}${url.pathname}`, host, endMs - startMs, hasFailed);
    }
    try {
      this.#observe?.(method, status, host, (endMs - startMs) / 1000, errorType, port);
    } catch (error) {
      this.#faults.record("fetch observer", error);
    }
  }
}

/** Whether the application aborted the request; a timeout is a failure. */
function isIntended(signal: AbortSignal | null | undefined): boolean {
  if (!signal?.aborted) return false;
  const reason: unknown = signal.reason;
  return !(reason instanceof Error && reason.name === "TimeoutError");
}
