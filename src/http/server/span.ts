/**
 * How the span of a request starts, by the semantic conventions.
 *
 * @module
 */
import type { Context } from "../../core/context.ts";
import type { SpanOptions } from "../../trace/span/span.ts";
import type { Scheme } from "./scheme_split.ts";
import { REQUEST_ID_HEADER, validRequestId } from "../request/headers.ts";

/** What a server span says first. */
export interface ServerSpanStart {
  readonly method: string;
  readonly path: string;
  /** What may be shown of the query; undefined when there is none. */
  readonly query: string | undefined;
  readonly scheme: Scheme;
  /** The version of HTTP, as `1.1`; undefined where the runtime does not tell. */
  readonly version: string | undefined;
  readonly startedAtMs: number;
  readonly remote: Context | undefined;
  readonly isTrusted: boolean;
}

/**
 * A server span with what is required of one. A remote context that is trusted is continued; any
 * other is linked, for a caller must not choose our trace ids.
 */
export function serverSpan(
  request: Request,
  { method, path, query, scheme, version, startedAtMs, remote, isTrusted }: ServerSpanStart,
): SpanOptions {
  const attributes: Record<string, string> = {
    "http.request.method": method,
    "url.path": path,
    "url.scheme": scheme,
  };
  if (query !== undefined) attributes["url.query"] = query;
  if (version !== undefined) attributes["network.protocol.version"] = version;
  if (method === "_OTHER") attributes["http.request.method_original"] = request.method;
  return {
    kind: "server",
    attributes,
    startedAtMs,
    requestId: requestIdOf(request.headers, remote !== undefined),
    parent: isTrusted ? remote : null,
    links: remote === undefined || isTrusted ? undefined : [{ context: remote }],
  };
}

/**
 * The scheme that a request came by. A URL without one is Bun's, of a request without a usable
 * `Host`: its server knows.
 */
export function schemeOf({ url }: Request, rest: readonly unknown[]): Scheme {
  if (url.startsWith("http://")) return "http";
  if (!url.startsWith("/")) return /^https:/i.test(url) ? "https" : "http";
  const server = rest[0] as { protocol?: unknown } | null | undefined;
  return server?.protocol === "https" ? "https" : "http";
}

/** The version of HTTP that a request came in; only our adapter for Node tells. */
export function versionOf(rest: readonly unknown[]): string | undefined {
  const version = (rest[0] as { httpVersion?: unknown } | null | undefined)?.httpVersion;
  return typeof version === "string" ? version : undefined;
}

/** By `has` first where a remote context was found: the list of headers that it reads is made then. */
function requestIdOf(headers: Headers, isListed: boolean): string | undefined {
  if (isListed && !headers.has(REQUEST_ID_HEADER)) return undefined;
  return validRequestId(headers.get(REQUEST_ID_HEADER));
}
