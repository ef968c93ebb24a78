/**
 * How the span of a request starts, by the semantic conventions.
 *
 * @module
 */
import type { Context } from "../core/context.ts";
import type { SpanOptions } from "../trace/span.ts";
import { REQUEST_ID_HEADER, validRequestId } from "./request_id.ts";

/**
 * A server span with what is required of one. A remote context that is trusted is continued; any
 * other is linked, for a caller must not choose our trace ids.
 */
export function serverSpan(
  request: Request,
  method: string,
  path: string,
  startedAtMs: number,
  remote: Context | undefined,
  isTrusted: boolean,
): SpanOptions {
  const attributes: Record<string, string> = {
    "http.request.method": method,
    "url.path": path,
    "url.scheme": request.url.startsWith("https") ? "https" : "http",
  };
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

/** By `has` first where a remote context was found: the list of headers that it reads is made then. */
function requestIdOf(headers: Headers, isListed: boolean): string | undefined {
  if (isListed && !headers.has(REQUEST_ID_HEADER)) return undefined;
  return validRequestId(headers.get(REQUEST_ID_HEADER));
}
