/**
 * Callers on this machine that no foreign page speaks through.
 *
 * @module
 */
import { isLoopbackAddress } from "../core/address.ts";
import type { Peer } from "./peer.ts";

/**
 * Whether a request comes from this machine and is meant: any page that a developer opens can send
 * requests to `localhost`, and can have its own name resolve to 127.0.0.1. So the `Host` must be a
 * name of this machine, and the page that speaks, if one does, must be ours. Over a unix socket no
 * page speaks.
 */
export function isLocalCaller(request: Request, peer: Peer): boolean {
  if (peer.unix === true) return true;
  if (peer.address === undefined || !isLoopbackAddress(peer.address)) return false;
  const { headers } = request;
  const host = headers.get("host") ?? authorityOf(request.url);
  if (!isLoopbackHost(nameOf(host))) return false;
  // Browsers say where a request comes from: `none` is a person's own doing.
  const site = headers.get("sec-fetch-site");
  if (site !== null && site !== "same-origin" && site !== "none") return false;
  const origin = headers.get("origin");
  return origin === null || origin === `http://${host}` || origin === `https://${host}`;
}

/** Whether a host name or address, without port, always means this machine. */
export function isLoopbackHost(name: string): boolean {
  const lower = name.toLowerCase();
  return lower === "localhost" || lower.endsWith(".localhost") ||
    isLoopbackAddress(lower.startsWith("[") ? lower.slice(1, -1) : lower);
}

function authorityOf(url: string): string {
  return /^[^:]+:\/\/([^/?#]*)/.exec(url)?.[1] ?? "";
}

function nameOf(host: string): string {
  return host.replace(/:\d*$/, "");
}
