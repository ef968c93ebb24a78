/**
 * Callers on this machine, told apart from foreign web pages in its browser.
 *
 * @module
 */
import { isAddress, isLoopbackAddress } from "../request/address.ts";
import type { Peer } from "../request/peer.ts";

/**
 * Whether a request comes from this machine, and not from a foreign web page: any page that a
 * developer opens can send requests to `localhost`, and can have its own host name resolve to
 * 127.0.0.1. So the `Host` must be a name of this machine, and a page, if one sends the request,
 * must be ours. A page can't use a unix socket.
 */
export function isLocalCaller(request: Request, peer: Peer): boolean {
  if (peer.unix === true) return true;
  if (peer.address === undefined || !isLoopbackAddress(peer.address)) return false;
  const { headers } = request;
  const host = hostOf(request);
  if (!isLoopbackHost(nameOf(host))) return false;
  // `none`: the user typed the address or opened a bookmark.
  const site = headers.get("sec-fetch-site");
  if (site !== null && site !== "same-origin" && site !== "none") return false;
  const origin = headers.get("origin");
  return origin === null || origin === `http://${host}` || origin === `https://${host}`;
}

/**
 * Whether a web page sends the request under a host name that anyone may own and have resolve to
 * this machine: it would read what the person at the browser may. Under an address, or a name of
 * this machine, a page is not foreign.
 *
 * Browsers send `sec-fetch-site` to trustworthy origins only, and no `origin` with a page's own
 * GET, but a page can't change its `user-agent`. `sec-fetch-mode` proves nothing: Node's `fetch`
 * sends it.
 */
export function isForeignPage(request: Request): boolean {
  const name = nameOf(hostOf(request));
  if (isLoopbackHost(name) || isAddress(bare(name))) return false;
  const { headers } = request;
  return headers.get("user-agent")?.startsWith("Mozilla/") === true ||
    PAGE_HEADERS.some((name) => headers.has(name));
}

/** Headers that browsers send, and scrapers don't. */
const PAGE_HEADERS: readonly string[] = ["sec-fetch-site", "origin", "referer"];

/** Whether a host name or address, without port, always means this machine. */
export function isLoopbackHost(name: string): boolean {
  const lower = name.toLowerCase();
  return lower === "localhost" || lower.endsWith(".localhost") || isLoopbackAddress(bare(lower));
}

/** An IPv6 address without its brackets. */
function bare(name: string): string {
  return name.startsWith("[") ? name.slice(1, -1) : name;
}

/** The host that was asked for; HTTP/2 has it in the URL only. */
function hostOf({ headers, url }: Request): string {
  return headers.get("host") ?? /^[^:]+:\/\/([^/?#]*)/.exec(url)?.[1] ?? "";
}

function nameOf(host: string): string {
  return host.replace(/:\d*$/, "");
}
