/**
 * The responses of endpoints: plain text, and the headers that all of them carry.
 *
 * @module
 */
import { unsentBody } from "../../core/fetch.ts";

/** A response with a line of text. */
export function text(status: number, line: string, headers: Record<string, string> = {}): Response {
  const type = "text/plain; charset=utf-8";
  return new Response(line + "\n", { status, headers: { "content-type": type, ...headers } });
}

/**
 * Adds the headers that every answer carries; a HEAD request gets the head of the answer to GET.
 */
export function finish(response: Response, method: string): Response {
  if (method === "HEAD" && response.body !== null) return headOf(response);
  try {
    guard(response.headers);
    return response;
  } catch {
    // The headers of a redirect are immutable.
    const { status, body } = response;
    const headers = new Headers(response.headers);
    guard(headers);
    return new Response(body, { status, headers });
  }
}

function headOf({ status, body, headers: given }: Response): Response {
  // An event stream that nobody reads would stay open.
  body?.cancel().catch(() => {});
  const headers = new Headers(given);
  guard(headers);
  return new Response(headers.has("content-length") ? null : unsentBody(), { status, headers });
}

function guard(headers: Headers): void {
  // What an endpoint says of its own text stands; data are never kept.
  if (!headers.has("cache-control")) headers.set("cache-control", "no-store");
  headers.set("x-content-type-options", "nosniff");
}
