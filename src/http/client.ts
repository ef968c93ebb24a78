/**
 * `fetch` with a client span: outgoing requests carry the trace on and are timed.
 *
 * @module
 */
import { Faults } from "../core/faults.ts";
import type { Span } from "../trace/span.ts";
import type { Tracer } from "../trace/tracer.ts";
import { recordFailure } from "./client_failure.ts";
import { hostOf, httpUrl, isPrivateHost, redactUrl } from "./destination.ts";
import { knownMethod } from "./handler.ts";
import { hostList, isListed } from "./host_list.ts";

/** The shape of `fetch`. */
export type Fetch = (input: RequestInfo | URL, init?: RequestInit) => Promise<Response>;

/** What a traced `fetch` is made of. */
export interface TracedFetchOptions {
  /** Makes the client spans. */
  readonly tracer: Tracer;
  /** What sends; the global `fetch`, as it is at the time of a call, when not given. */
  readonly fetch?: Fetch | undefined;
  /** Hosts that are sent `traceparent` and `tracestate`; all when not given. */
  readonly traceHosts?: readonly string[] | undefined;
  /**
   * Hosts that are sent baggage besides private ones: a name, or a suffix such as `.example.com`.
   * A redirect takes baggage along, so list only hosts that don't redirect to strangers.
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
    ) => void)
    | undefined;
  /** Where what goes wrong is counted. */
  readonly faults?: Faults | undefined;
}

/**
 * A `fetch` that makes a client span, sends the trace on and times the exchange. It behaves as the
 * one it wraps: the same response object, the same errors, the caller's headers and body; a
 * `traceparent` among them is replaced, because this request is what comes next. Anything but
 * HTTP is passed through. Status 400 and up is an error of the span, an abort is not. Throws a
 * `TypeError` for lists of hosts that are none.
 *
 * @example
 * ```ts
 * import { tracedFetch } from "@telltale/telltale/http";
 * import { formatTraceparent, Tracer } from "@telltale/telltale/trace";
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
export function tracedFetch(options: TracedFetchOptions): Fetch {
  const client = new Client(options);
  const send: Fetch = options.fetch ?? ((input, init) => fetch(input, init));
  return async (input, init) => {
    const exchange = client.begin(input, init);
    if (exchange === undefined) return await send(input, init);
    let response: Response;
    try {
      response = await send(exchange.input, exchange.init);
    } catch (error) {
      client.fail(exchange, error);
      throw error;
    }
    client.end(exchange, response.status);
    return response;
  };
}

/** A request on its way out. */
interface Exchange {
  readonly input: RequestInfo | URL;
  readonly init: RequestInit | undefined;
  readonly method: string;
  readonly url: URL;
  readonly host: string;
  readonly signal: AbortSignal | null | undefined;
  readonly span: Span;
  readonly startMs: number;
}

/** Sees exchanges begin and end; nothing here throws into the caller of `fetch`. */
class Client {
  readonly #tracer: Tracer;
  readonly #traceHosts: readonly string[] | undefined;
  readonly #baggageHosts: readonly string[];
  readonly #observe: TracedFetchOptions["observe"];
  readonly #faults: Faults;

  constructor(options: TracedFetchOptions) {
    this.#traceHosts = hostList("traceHosts", options.traceHosts);
    this.#baggageHosts = hostList("baggageHosts", options.baggageHosts) ?? [];
    this.#observe = options.observe;
    this.#tracer = options.tracer;
    this.#faults = options.faults ?? new Faults();
  }

  /** Undefined when the call is none of ours, or one that can't be made sense of. */
  begin(input: RequestInfo | URL, init: RequestInit | undefined): Exchange | undefined {
    try {
      const request = input instanceof Request ? input : undefined;
      const url = httpUrl(request?.url ?? input);
      if (url === undefined) return undefined;
      const given = init?.method ?? request?.method ?? "GET";
      const method = knownMethod(given.toUpperCase());
      const host = hostOf(url);
      const startMs = this.#tracer.clock.monotonic();
      const signal = init?.signal ?? request?.signal;
      const span = this.#tracer.start(method === "_OTHER" ? "HTTP" : method, {
        kind: "client",
        startedAtMs: startMs,
        attributes: {
          "http.request.method": method,
          "server.address": host,
          "server.port": Number(url.port) || (url.protocol === "https:" ? 443 : 80),
          "url.full": redactUrl(url),
        },
      });
      if (method === "_OTHER") span.set("http.request.method_original", given);
      const [sentInput, sentInit] = this.#propagate(input, init, host, span);
      return {
        input: sentInput,
        init: sentInit,
        method,
        url,
        host,
        signal,
        span,
        startMs,
      };
    } catch (error) {
      this.#faults.record("fetch", error);
      return undefined;
    }
  }

  end(exchange: Exchange, status: number): void {
    const { span } = exchange, errorType = status >= 400 ? String(status) : undefined;
    span.set("http.response.status_code", status);
    if (errorType !== undefined) span.set("error.type", errorType).setStatus("error");
    this.#settle(exchange, status, errorType);
  }

  fail(exchange: Exchange, error: unknown): void {
    if (isIntended(exchange.signal)) this.#settle(exchange, "aborted", undefined);
    else this.#settle(exchange, "error", recordFailure(exchange.span, exchange.url, error));
  }

  #settle(
    { method, host, span, startMs }: Exchange,
    status: number | "error" | "aborted",
    errorType: string | undefined,
  ): void {
    const endMs = this.#tracer.clock.monotonic();
    span.end(endMs);
    try {
      this.#observe?.(method, status, host, (endMs - startMs) / 1000, errorType);
    } catch (error) {
      this.#faults.record("fetch observer", error);
    }
  }

  /** The arguments for `fetch` with the trace in the headers; the caller's objects stay as are. */
  #propagate(
    input: RequestInfo | URL,
    init: RequestInit | undefined,
    host: string,
    span: Span,
  ): [RequestInfo | URL, RequestInit | undefined] {
    if (this.#traceHosts !== undefined && !isListed(host, this.#traceHosts)) return [input, init];
    try {
      // What reads its members from a prototype can't be spread; `fetch` itself would do just this.
      const [target, options] = isPlain(init) ? [input, init] : [new Request(input, init), {}];
      const headers = new Headers(
        options?.headers ?? (target instanceof Request ? target.headers : undefined),
      );
      headers.delete("tracestate");
      const baggage = isPrivateHost(host) || isListed(host, this.#baggageHosts);
      this.#tracer.inject(headers, { baggage }, span);
      return [target, { ...options, headers }];
    } catch {
      return [input, init]; // A header that can't be sent: `fetch` will say so in its own words.
    }
  }
}

/** Whether the application gave up by itself; a deadline that passed is a failure. */
function isIntended(signal: AbortSignal | null | undefined): boolean {
  if (!signal?.aborted) return false;
  const reason: unknown = signal.reason;
  return !(reason instanceof Error && reason.name === "TimeoutError");
}

function isPlain(init: RequestInit | undefined): boolean {
  if (init === undefined || init === null) return true;
  const prototype = Object.getPrototypeOf(init);
  return prototype === Object.prototype || prototype === null;
}
