/**
 * The signature everything is composed over, and what is read from a request by hand.
 *
 * @module
 */

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

/** Where the authority of a URL begins; of what begins with its path, 0. */
function authorityOf(url: string): number {
  const slash = url.indexOf("/");
  // Only a scheme comes before the first slash: a `://` further on is data.
  return slash > 0 && url.startsWith("://", slash - 1) ? slash + 2 : 0;
}

/** What is between `?` and the fragment; empty when there is nothing. */
export function queryOf(url: string): string {
  const start = url.indexOf("?");
  if (start === -1) return "";
  const end = url.indexOf("#");
  if (end === -1) return url.slice(start + 1);
  return end < start ? "" : url.slice(start + 1, end);
}

/** Those of the semantic conventions. */
export const METHODS: ReadonlySet<string> = new Set([
  "GET",
  "HEAD",
  "POST",
  "PUT",
  "DELETE",
  "CONNECT",
  "OPTIONS",
  "TRACE",
  "PATCH",
  "QUERY",
]);

/** The method when it is a known one, else `_OTHER`: a label must have bounds. */
export function knownMethod(method: string, known: ReadonlySet<string> = METHODS): string {
  return known.has(method) ? method : "_OTHER";
}
