/**
 * The signature of a handler, and the path and query of a request, read from its URL by hand.
 *
 * @module
 */
import { deno } from "../../core/platform.ts";
import type { Redactor } from "../../core/redact/redactor.ts";
import { head } from "../../core/text.ts";

/**
 * The standard handler of Deno, Bun and the like: a request in, a response out. What else the
 * runtime passes (Deno's connection info, Bun's server) follows the request. Bun's handlers may
 * give undefined after a WebSocket upgrade.
 */
export type Handler<
  Rest extends unknown[] = unknown[],
  Result extends Response | undefined | Promise<Response | undefined> =
    | Response
    | Promise<Response>,
> = (request: Request, ...rest: Rest) => Result;

/**
 * The path of a request's URL, without query and fragment, as it was sent. Bun gives a URL that is
 * nothing but path and query where the request has no usable `Host`.
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

/** Where the authority of a URL begins; of what begins with its path, 0. */
function authorityOf(url: string): number {
  const slash = url.indexOf("/");
  // Only a scheme comes before the first slash: a `://` further on is data.
  const isScheme = slash > 0 && url.charCodeAt(slash - 1) === COLON &&
    url.charCodeAt(slash + 1) === SLASH;
  return isScheme ? slash + 2 : 0;
}

/** What is between `?` and the fragment; empty when there is nothing. */
export function queryOf(url: string): string {
  const start = url.indexOf("?");
  if (start === -1) return "";
  const end = url.indexOf("#");
  if (end === -1) return url.slice(start + 1);
  return end < start ? "" : url.slice(start + 1, end);
}

/** What no host has in it (RFC 3986 §3.2): it ends the authority. */
const DELIMITER = /[/?#]/;

/**
 * The target, path and query, of a request whose `Host` has a path or a query in it; undefined for
 * every other request, whose URL says what it asks for.
 *
 * Deno writes scheme, `Host` and target one behind the other, whatever they are: `GET /b` with
 * `Host: a/metrics?` becomes `http://a/metrics?/b`. Bun and our adapter for Node leave such a host out.
 */
export function forgedTarget(request: Request): string | undefined {
  if (deno === undefined) return undefined;
  const { url } = request;
  // An authority has at least one character: in `https://a/` the slash is the one at 9.
  const start = url.indexOf("/", 8);
  // A path of one segment, as in `http://a/b?c`, can only be the target's: a header less to read.
  if (start === -1 || url.indexOf("/", start + 1) === -1 && !DELIMITER.test(host(url, start))) {
    return undefined;
  }
  return targetBehind(url, request.headers.get("host"));
}

function host(url: string, end: number): string {
  return url.slice(url.indexOf("/") + 2, end);
}

function targetBehind(url: string, host: string | null): string | undefined {
  if (host === null || !DELIMITER.test(host)) return undefined;
  const start = url.indexOf("/") + 2 + host.length;
  // Of a request in absolute form the URL is that of its target.
  return url.startsWith(host, start - host.length) && url[start] === "/"
    ? url.slice(start)
    : undefined;
}

/** A longer query is cut. */
const LONGEST_QUERY = 2048;

/**
 * The query of a request that came in, without its `?` (semantic conventions for `url.query`): without
 * the values that the redactor hides by the names of parameters, and bounded in length.
 */
export function shownQuery(query: string, redactor: Redactor): string {
  if (query.length <= LONGEST_QUERY) return redactor.query(query);
  const reach = redactor.query(head(query, 2 * LONGEST_QUERY));
  return head(reach, LONGEST_QUERY);
}
