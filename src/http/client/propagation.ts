/**
 * Which outgoing requests carry the trace and baggage, and how, also beside Deno's own tracing
 * (`OTEL_DENO=true`).
 *
 * @module
 */
import type { Context } from "../../core/context.ts";
import type { Fetch } from "../../core/fetch.ts";
import { deno } from "../../core/platform.ts";
import type { Span } from "../../trace/span/span.ts";
import type { Tracer } from "../../trace/tracer.ts";
import { hostList, hostOf, httpUrl, isListed, isPrivateHost } from "./destination.ts";
import { headersOf, setHeaders } from "./init.ts";
import { followable, type Following, type Hop } from "./redirect.ts";

/** Adds the trace to outgoing requests, as far as their hosts may have it. */
export class Propagation {
  readonly #tracer: Tracer;
  readonly #traceHosts: readonly string[] | undefined;
  readonly #baggageHosts: readonly string[];
  readonly #foreign: ForeignTracing | undefined = denoTracing();

  /** @throws {TypeError} for anything but arrays of hosts */
  constructor(
    tracer: Tracer,
    traceHosts: readonly string[] | undefined,
    baggageHosts: readonly string[] | undefined,
  ) {
    this.#tracer = tracer;
    this.#traceHosts = hostList("traceHosts", traceHosts);
    this.#baggageHosts = hostList("baggageHosts", baggageHosts) ?? [];
  }

  /**
   * Adds the trace to the headers of `init`, which is ours; the caller's objects stay unchanged.
   * Returns how to follow redirects, where the headers may not go to every host.
   *
   * @param isOwn whether `request` is ours too
   */
  addTo(
    request: Request | undefined,
    init: RequestInit,
    url: URL,
    method: string,
    span: Span,
    isOwn: boolean,
  ): Following | undefined {
    const host = hostOf(url);
    if (!this.#isTraced(host)) return undefined;
    const isInPlace = isOwn && init.headers === undefined;
    const headers = isInPlace ? request!.headers : headersOf(init, request);
    if (headers === undefined) return undefined; // `fetch` refuses them in its own words.
    const baggage = this.#mayHaveBaggage(host);
    const isLimited = this.#traceHosts !== undefined || baggage && !!span.baggage?.size;
    const following = isLimited
      ? followable(request, init, url, method, headers, (hop) => this.#toHop(hop, span))
      : undefined;
    this.#inject(headers, baggage, span);
    if (!isInPlace) setHeaders(init, headers);
    return following;
  }

  /** A `fetch` that has Deno write our ids, where Deno traces too. */
  sender(span: Span, fetch: Fetch): Fetch {
    const foreign = this.#foreign;
    if (foreign === undefined) return fetch;
    return (input, init) => {
      const url = httpUrl(input instanceof Request ? input.url : input);
      const isTraced = url !== undefined && this.#isTraced(hostOf(url));
      return isTraced ? foreign.as(span, () => fetch(input, init)) : fetch(input, init);
    };
  }

  #toHop({ url, headers }: Hop, span: Span): void {
    const host = hostOf(url);
    if (this.#isTraced(host)) this.#inject(headers, this.#mayHaveBaggage(host), span);
  }

  #inject(headers: Headers, baggage: boolean, span: Span): void {
    headers.delete("tracestate");
    this.#tracer.inject(headers, { baggage }, span);
    // Deno will write it, and with two of them the receiver starts a new trace.
    if (this.#foreign !== undefined) headers.delete("traceparent");
  }

  #isTraced(host: string): boolean {
    return this.#traceHosts === undefined || isListed(host, this.#traceHosts);
  }

  #mayHaveBaggage(host: string): boolean {
    return isPrivateHost(host) || isListed(host, this.#baggageHosts);
  }
}

/** Tracing by the runtime, which writes the ids of the span that is active in it. */
interface ForeignTracing {
  /** Runs `fn` with our span active, so that its ids are written. */
  as<T>(span: Context, fn: () => T): T;
}

interface OtelContext {
  getValue(key: symbol): unknown;
  setValue(key: symbol, value: unknown): OtelContext;
  deleteValue(key: symbol): OtelContext;
}

interface ContextManager {
  active(): OtelContext;
  with<T>(context: OtelContext, fn: () => T): T;
}

// Where `@opentelemetry/api`, and Deno in its name, keep what is registered and the active span.
const API = Symbol.for("opentelemetry.js.api.1");
const SPAN = Symbol.for("OpenTelemetry Context Key SPAN");

/**
 * Deno's tracing when it is on and propagates the trace (`OTEL_PROPAGATORS` has `tracecontext`).
 * Its `fetch` appends a `traceparent` whatever the headers are, and with two of them the next
 * service has to start a new trace (W3C Trace Context §3.2.2). So we leave ours out, and Deno
 * writes our ids.
 */
function denoTracing(): ForeignTracing | undefined {
  try {
    const api =
      (globalThis as { [API]?: { trace?: object; propagation?: { fields(): string[] } } })[
        API
      ];
    if (deno === undefined || api?.trace === undefined) return undefined;
    const { tracerProvider, contextManager } = deno.telemetry ?? {};
    const writes = api.propagation?.fields().includes("traceparent");
    if (api.trace !== tracerProvider || !writes) return undefined;
    const manager = contextManager as ContextManager;
    return { as: (span, fn) => manager.with(new Within(manager.active(), span), fn) };
  } catch {
    return undefined; // Another version of Deno, with another shape.
  }
}

/**
 * A context of Deno's in which our span is active and stays active: Deno enters its own span for
 * the request before it writes the active one, and readers of our spans don't know that one.
 */
class Within implements OtelContext {
  readonly #outer: OtelContext;
  readonly #span: Context;

  constructor(outer: OtelContext, span: Context) {
    this.#outer = outer;
    this.#span = span;
  }

  getValue(key: symbol): unknown {
    if (key !== SPAN) return this.#outer.getValue(key);
    const { traceId, spanId, flags } = this.#span;
    return { spanContext: () => ({ traceId, spanId, traceFlags: flags, isRemote: false }) };
  }

  setValue(key: symbol, value: unknown): OtelContext {
    return key === SPAN ? this : new Within(this.#outer.setValue(key, value), this.#span);
  }

  deleteValue(key: symbol): OtelContext {
    return key === SPAN ? this : new Within(this.#outer.deleteValue(key), this.#span);
  }
}
