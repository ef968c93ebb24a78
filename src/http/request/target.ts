/**
 * What a request asks for, where its URL does not say so.
 *
 * @module
 */
import { deno } from "../../core/platform.ts";
import { head } from "../../core/text.ts";
import type { Redactor } from "../../core/redact/redactor.ts";

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
