/**
 * The path and query of a request, read from its URL by hand.
 *
 * @module
 */
import { deno } from "../../core/platform.ts";
import type { Redactor } from "../../core/redact/redactor.ts";
import { head } from "../../core/text.ts";

/**
 * The path of a request's URL as it was sent, without query and fragment. Bun gives a URL of path
 * and query only where the request has no usable `Host`.
 *
 * By hand, because `new URL(request.url)` throws on a hostile `Host` header on both runtimes, and
 * costs five times as much.
 *
 * @example
 * ```ts
 * import { pathOf } from "@telltale/telltale/http";
 * import { equal } from "node:assert/strict";
 *
 * equal(pathOf("http://orders.example/orders/7?full=1"), "/orders/7");
 * equal(pathOf("http://orders.example"), "/");
 * equal(pathOf("/orders/7?from=http://orders.example/"), "/orders/7");
 * ```
 */
export function pathOf(url: string): string {
  const authority = authorityOf(url);
  const start = url.indexOf("/", authority);
  let end = url.indexOf("#", authority);
  if (end === -1) end = url.length;
  const query = url.indexOf("?", authority);
  if (query !== -1 && query < end) end = query;
  return start === -1 || start >= end ? "/" : url.slice(start, end);
}

const COLON = 58, SLASH = 47;

/** Where the authority of a URL begins; 0 in a URL that begins with its path. */
function authorityOf(url: string): number {
  const slash = url.indexOf("/");
  // Only a scheme may stand before the first slash: a later `://` is data.
  const isScheme = slash > 0 && url.charCodeAt(slash - 1) === COLON &&
    url.charCodeAt(slash + 1) === SLASH;
  return isScheme ? slash + 2 : 0;
}

/** The query of a URL, without its `?`; empty if it has none. */
export function queryOf(url: string): string {
  const start = url.indexOf("?");
  if (start === -1) return "";
  const end = url.indexOf("#");
  if (end === -1) return url.slice(start + 1);
  return end < start ? "" : url.slice(start + 1, end);
}

/** Characters that end the authority of a URL (RFC 3986 §3.2), which no host contains. */
const DELIMITER = /[/?#]/;

/**
 * The target (path and query) of a request whose `Host` contains a path or a query; undefined for
 * every other request, whose URL has the right path.
 *
 * Deno concatenates scheme, `Host` and target unchecked: `GET /b` with `Host: a/metrics?` becomes
 * `http://a/metrics?/b`. Bun and our adapter for Node leave such a host out.
 */
export function forgedTarget(request: Request): string | undefined {
  if (deno === undefined) return undefined;
  const { url } = request;
  // The slash after the authority, which has at least one character: past `http://` and `https://`.
  const start = url.indexOf("/", 8);
  // A path of one segment, as in `http://a/b?c`, can only be the target: skip the header.
  if (
    start === -1 || url.indexOf("/", start + 1) === -1 && !DELIMITER.test(hostBefore(url, start))
  ) {
    return undefined;
  }
  return targetAfter(url, request.headers.get("host"));
}

function hostBefore(url: string, end: number): string {
  return url.slice(url.indexOf("/") + 2, end);
}

function targetAfter(url: string, host: string | null): string | undefined {
  if (host === null || !DELIMITER.test(host)) return undefined;
  const start = url.indexOf("/") + 2 + host.length;
  // The URL of a request in absolute form comes from its target.
  return url.startsWith(host, start - host.length) && url[start] === "/"
    ? url.slice(start)
    : undefined;
}

/** A longer query is cut. */
const MAX_QUERY_CHARS = 2048;

/**
 * The query of an incoming request as it may be recorded (`url.query` of the semantic conventions):
 * without the values of parameters whose names the redactor hides, and bounded in length.
 */
export function shownQuery(query: string, redactor: Redactor): string {
  if (query.length <= MAX_QUERY_CHARS) return redactor.query(query);
  const redacted = redactor.query(head(query, 2 * MAX_QUERY_CHARS));
  return head(redacted, MAX_QUERY_CHARS);
}
