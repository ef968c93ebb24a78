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
 * The path of an absolute URL, without query and fragment, as it was sent.
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
 * ```
 */
export function pathOf(url: string): string {
  const authority = url.indexOf("://") + 3;
  const start = url.indexOf("/", authority);
  let end = url.indexOf("#", authority);
  if (end === -1) end = url.length;
  const query = url.indexOf("?", authority);
  if (query !== -1 && query < end) end = query;
  return start === -1 || start >= end ? "/" : url.slice(start, end);
}

const METHODS: ReadonlySet<string> = new Set([
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

/** The method when the semantic conventions know it, else `_OTHER`: a label must have bounds. */
export function knownMethod(method: string): string {
  return METHODS.has(method) ? method : "_OTHER";
}
