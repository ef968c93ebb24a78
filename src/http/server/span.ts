/**
 * The start of a server span, by the semantic conventions for HTTP.
 *
 * @module
 */
import type { Faults } from "../../core/faults.ts";
import type { Span } from "../../trace/span/span.ts";
import type { Tracer } from "../../trace/tracer.ts";
import { queryOf } from "../request/target.ts";
import { REQUEST_ID_HEADER, validRequestId } from "../request/headers.ts";
import { isDirect, isPrivatePeer, peerOf } from "../request/peer.ts";
import type { Exchange, Scheme } from "./exchange.ts";
import type { ObserverOptions } from "./options.ts";

/** Starts server spans. Never throws. */
export class ServerSpans {
  readonly #tracer: Tracer;
  readonly #trust: ObserverOptions["trust"];
  readonly #faults: Faults;

  constructor(tracer: Tracer, trust: ObserverOptions["trust"], faults: Faults) {
    this.#tracer = tracer;
    this.#trust = trust;
    this.#faults = faults;
  }

  /**
   * Starts the span of a request. A trusted remote context is continued. Any other is linked, because the
   * public must not choose our trace ids.
   */
  start(exchange: Exchange, request: Request, rest: readonly unknown[], target: string): Span {
    const { method } = exchange, { headers } = request;
    const remote = this.#tracer.extract(headers);
    exchange.requestId = requestIdOf(headers, remote !== undefined);
    if (remote !== undefined) {
      if (this.#isTrusted(request, rest)) exchange.parent = remote;
      else exchange.links = [{ context: remote }];
    }
    if (method === "_OTHER") exchange.originalMethod = request.method;
    exchange.queryText = queryOf(target);
    exchange.version = versionOf(rest);
    return this.#tracer.start(spanName(method), exchange);
  }

  #isTrusted(request: Request, rest: readonly unknown[]): boolean {
    const trust = this.#trust;
    // The headers first: the peer costs a system call on Bun.
    if (trust === undefined) return isDirect(request) && isPrivatePeer(peerOf(request, rest));
    return this.#faults.guard("trust", () => trust(request, peerOf(request, rest))) === true;
  }
}

/** The name of a span whose route is not known. */
export function spanName(method: string): string {
  return method === "_OTHER" ? "HTTP" : method;
}

/**
 * The scheme of a request. Bun gives a URL without one where the request has no usable `Host`; its
 * server knows the scheme.
 */
export function schemeOf({ url }: Request, rest: readonly unknown[]): Scheme {
  if (url.startsWith("http://")) return "http";
  if (!url.startsWith("/")) return /^https:/i.test(url) ? "https" : "http";
  const server = rest[0] as { protocol?: unknown } | null | undefined;
  return server?.protocol === "https" ? "https" : "http";
}

/** The version of HTTP, as `1.1`; only our adapter for Node knows it. */
function versionOf(rest: readonly unknown[]): string | undefined {
  const version = (rest[0] as { httpVersion?: unknown } | null | undefined)?.httpVersion;
  return typeof version === "string" ? version : undefined;
}

/**
 * The valid id that the caller sent. Where a remote context was found, the runtime has the list of
 * headers already, and `has` is the cheaper look-up.
 */
function requestIdOf(headers: Headers, isListed: boolean): string | undefined {
  if (isListed && !headers.has(REQUEST_ID_HEADER)) return undefined;
  return validRequestId(headers.get(REQUEST_ID_HEADER));
}
