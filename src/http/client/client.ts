/**
 * `fetch` with a client span: outgoing requests carry the trace on and are timed.
 *
 * @module
 */
import { current, load, UNTRACED } from "../../core/context.ts";
import { Faults } from "../../core/faults.ts";
import { type Known, requireKnown } from "../../core/check.ts";
import type { Fetch } from "../../core/fetch.ts";
import type { Span } from "../../trace/span/span.ts";
import type { Tracer } from "../../trace/tracer.ts";
import { recordFailure } from "./failure.ts";
import { headersOf, ownInit, ownInput, sentMethod, setHeaders } from "./init.ts";
import { followable, type Following, type Hop, locationOf } from "./redirect.ts";
import { markOurs, Sender } from "./send.ts";
import { denoTracing, type ForeignTracing } from "./deno_tracing.ts";
import { hostList, hostOf, httpUrl, isListed, isPrivateHost, portOf } from "./destination.ts";
import { knownMethod, knownMethods } from "../request/methods.ts";

export type { Fetch } from "../../core/fetch.ts";

/** What a traced `fetch` is made of. */
export interface TracedFetchOptions {
  /** Makes the client spans. What its redactor hides is hidden in the URLs of spans and errors too. */
  readonly tracer: Tracer;
  /**
   * What sends. When not given, the global `fetch` as it is at the time of a call, unless that is a
   * traced one, or a patch that calls one: then the runtime's own.
   */
  readonly fetch?: Fetch | undefined;
  /**
   * Hosts that are sent `traceparent`, `tracestate` and baggage; all when not given. A redirect to
   * another host is followed without them. So that this can be, a redirect with status 307 or 308 is
   * refused, as for a stream, when the body of a `Request` comes in pieces of over 8 MiB in all.
   */
  readonly traceHosts?: readonly string[] | undefined;
  /**
   * Hosts that are sent baggage besides private ones: a name, or a suffix such as `.example.com`.
   * A redirect to another host is followed without baggage.
   */
  readonly baggageHosts?: readonly string[] | undefined;
  /**
   * Told of every exchange that ends: its duration until the response's head, and the status,
   * `error` when there was no response, or `aborted` when the application did not want one.
   * `errorType` is the `error.type` of the semantic conventions: a status of 400 and up as text, or
   * the kind of error; undefined when nothing failed.
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
  /** The methods that are told apart, as in `instrument`. */
  readonly knownMethods?: readonly string[] | undefined;
  /** Where what goes wrong is counted. */
  readonly faults?: Faults | undefined;
}

const KNOWN: Known<TracedFetchOptions> = {
  tracer: true,
  fetch: true,
  traceHosts: true,
  baggageHosts: true,
  observe: true,
  knownMethods: true,
  faults: true,
};

/**
 * A `fetch` that makes a client span, sends the trace on and times the exchange. It behaves as the
 * one it wraps: the same response object, the same errors, the caller's headers and body; what it is
 * given is read when it returns. A `traceparent` among the headers is replaced, because this request
 * is what comes next. Anything but HTTP is passed through. Status 400 and up is an error of the span,
 * an abort is not. It may be made the global `fetch`. Throws a `TypeError` for lists of hosts or
 * methods that are none.
 *
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
  // Not async: what `fetch` throws at once is thrown at once, and what it returns is given on.
  function fetch(...given: Parameters<Fetch>): Promise<Response> {
    const exchange = sender.isReentered() ? undefined : client.begin(given[0], given[1]);
    if (exchange === undefined) return sender.send(...given);
    let sent: Promise<Response>;
    try {
      sent = client.send(exchange, sender.send);
    } catch (error) {
      client.fail(exchange, error);
      throw error;
    }
    return Promise.resolve(sent).then((response) => {
      client.end(exchange, response?.status);
      return response;
    }, (error) => {
      client.fail(exchange, error);
      throw error;
    });
  }
  return markOurs(fetch, sender);
}

/** A request on its way out. */
interface Exchange {
  readonly method: string;
  readonly url: URL;
  readonly host: string;
  readonly port: number;
  readonly input: string | URL | Request;
  readonly init: RequestInit | undefined;
  readonly signal: AbortSignal | null | undefined;
  readonly span: Span;
  readonly startMs: number;
  /** Where redirects are followed by hand, so that they don't leave the lists. */
  readonly following: Following | undefined;
}

/** Sees exchanges begin and end; nothing here throws into the caller of `fetch`. */
class Client {
  readonly #tracer: Tracer;
  readonly #traceHosts: readonly string[] | undefined;
  readonly #baggageHosts: readonly string[];
  readonly #observe: TracedFetchOptions["observe"];
  readonly #faults: Faults;
  readonly #foreign: ForeignTracing | undefined;
  readonly #byRuntime: boolean;
  readonly #methods: ReadonlySet<string>;

  constructor(options: TracedFetchOptions) {
    requireKnown("trace fetch", options, KNOWN);
    this.#traceHosts = hostList("traceHosts", options.traceHosts);
    this.#baggageHosts = hostList("baggageHosts", options.baggageHosts) ?? [];
    this.#observe = options.observe;
    this.#tracer = options.tracer;
    this.#faults = options.faults ?? new Faults();
    this.#foreign = denoTracing();
    this.#byRuntime = options.fetch === undefined;
    this.#methods = knownMethods(options.knownMethods, this.#faults);
  }

  /** Undefined when the call is none of ours, or one that can't be made sense of. */
  begin(
    input: string | URL | Request,
    init: RequestInit | undefined,
  ): Exchange | undefined {
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
  ): Exchange {
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
    const following = this.#propagate(request, init, url, sent, span, isOwn);
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

  /** What the exchange comes to. */
  send(exchange: Exchange, fetch: Fetch): Promise<Response> {
    const { input, init, span, following } = exchange;
    const send = this.#foreign === undefined ? fetch : this.#among(this.#foreign, span, fetch);
    const sent = init === undefined ? send(input) : send(input, init);
    return following === undefined ? sent : this.#follow(sent, following, send);
  }

  /** Sends with our ids where the trace is sent. */
  #among(foreign: ForeignTracing, span: Span, fetch: Fetch): Fetch {
    return (input, init) => {
      const url = httpUrl(input instanceof Request ? input.url : input);
      const isTraced = url !== undefined && this.#isTraced(hostOf(url));
      return isTraced ? foreign.as(span, () => fetch(input, init)) : fetch(input, init);
    };
  }

  async #follow(sent: Promise<Response>, following: Following, fetch: Fetch): Promise<Response> {
    const response = await sent;
    if (locationOf(response) === undefined) return response;
    const code = await load(() => import("./follow.ts")).catch((error) => {
      this.#faults.record("fetch", error);
    });
    return code === undefined ? response : code.follow(response, following, fetch);
  }

  end(exchange: Exchange, status: number): void {
    const { span } = exchange, errorType = status >= 400 ? String(status) : undefined;
    span.set("http.response.status_code", status);
    if (errorType !== undefined) span.set("error.type", errorType).setStatus("error");
    this.#settle(exchange, status, errorType);
  }

  fail(exchange: Exchange, error: unknown): void {
    if (isIntended(exchange.signal)) return this.#settle(exchange, "aborted", undefined);
    const type = this.#faults.guard(
      "fetch",
      () => recordFailure(exchange.span, exchange.url, error, this.#tracer.redactor),
    );
    this.#settle(exchange, "error", type);
  }

  #settle(
    { method, host, port, span, startMs }: Exchange,
    status: number | "error" | "aborted",
    errorType: string | undefined,
  ): void {
    const endMs = this.#tracer.clock.monotonic();
    span.end(endMs);
    try {
      this.#observe?.(method, status, host, (endMs - startMs) / 1000, errorType, port);
    } catch (error) {
      this.#faults.record("fetch observer", error);
    }
  }

  /** Puts the trace into the headers of `init`, which is ours; the caller's objects stay as are. */
  #propagate(
    request: Request | undefined,
    init: RequestInit,
    url: URL,
    sent: string,
    span: Span,
    isOwn: boolean,
  ): Following | undefined {
    const host = hostOf(url);
    if (!this.#isTraced(host)) return undefined;
    const isInPlace = isOwn && init.headers === undefined;
    const headers = isInPlace ? request!.headers : headersOf(init, request);
    if (headers === undefined) return undefined; // `fetch` will say so in its own words.
    const baggage = this.#isCarried(host);
    const isLimited = this.#traceHosts !== undefined || baggage && !!span.baggage?.size;
    const following = isLimited
      ? followable(request, init, url, sent, headers, (hop) => this.#toHop(hop, span))
      : undefined;
    this.#inject(headers, baggage, span);
    if (!isInPlace) setHeaders(init, headers);
    return following;
  }

  #toHop({ url, headers }: Hop, span: Span): void {
    const host = hostOf(url);
    if (this.#isTraced(host)) this.#inject(headers, this.#isCarried(host), span);
  }

  #inject(headers: Headers, baggage: boolean, span: Span): void {
    headers.delete("tracestate");
    this.#tracer.inject(headers, { baggage }, span);
    // It will be written, and a second one would have the receiver start anew.
    if (this.#foreign !== undefined) headers.delete("traceparent");
  }

  #isTraced(host: string): boolean {
    return this.#traceHosts === undefined || isListed(host, this.#traceHosts);
  }

  #isCarried(host: string): boolean {
    return isPrivateHost(host) || isListed(host, this.#baggageHosts);
  }
}

/** Whether the application gave up by itself; a deadline that passed is a failure. */
function isIntended(signal: AbortSignal | null | undefined): boolean {
  if (!signal?.aborted) return false;
  const reason: unknown = signal.reason;
  return !(reason instanceof Error && reason.name === "TimeoutError");
}
