/**
 * The start of a server span, by the semantic conventions for HTTP.
 *
 * @module
 */
import type { Faults } from "../../core/faults.ts";
import type { Span } from "../../trace/span/span.ts";
import type { Tracer } from "../../trace/tracer.ts";
import { queryOf, shownQuery } from "../request/target.ts";
import { REQUEST_ID_HEADER, validRequestId } from "../request/headers.ts";
import { isDirect, isPrivatePeer, peerOf } from "../request/peer.ts";
import type { Exchange } from "./exchange.ts";
import type { Scheme } from "./metrics.ts";
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
   * Starts a span with the required attributes. A trusted remote context is continued. Any other is
   * linked, because the public must not choose our trace ids.
   */
  start(exchange: Exchange, rest: readonly unknown[], target: string): Span {
    const { request, method, path, scheme, startMs } = exchange;
    const remote = this.#tracer.extract(request.headers);
    const isTrusted = remote !== undefined && this.#isTrusted(request, rest);
    const attributes: Record<string, string> = {
      "http.request.method": method,
      "url.path": path,
      "url.scheme": scheme,
    };
    const query = queryOf(target), version = versionOf(rest);
    if (query !== "") attributes["url.query"] = shownQuery(query, this.#tracer.redactor);
    if (version !== undefined) attributes["network.protocol.version"] = version;
    if (method === "_OTHER") attributes["http.request.method_original"] = request.method;
    return this.#tracer.start(spanName(method), {
      kind: "server",
      attributes,
      startedAtMs: startMs,
      requestId: requestIdOf(request.headers, remote !== undefined),
      parent: isTrusted ? remote : null,
      links: remote === undefined || isTrusted ? undefined : [{ context: remote }],
      tally: exchange,
    });
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
