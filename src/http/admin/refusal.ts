/**
 * The text of a 403 from an admin path; loaded with the first of them.
 *
 * @module
 */
import type { Right } from "./access.ts";
import { isPrivatePeer, peerOf, proxyHeader } from "../request/peer.ts";

/**
 * The rule, and why this caller does not meet it. It reveals nothing that the caller, or the proxy
 * in front of it, does not know.
 *
 * @param hasRule whether `access.allow` decides who may read
 */
export function refusalOf(
  right: Right,
  request: Request,
  rest: readonly unknown[],
  hasRule: boolean,
): string {
  const isRead = right === "read";
  if (isRead && hasRule) return "Forbidden: access.allow refuses this caller; a token would do";
  const who = isRead ? "direct private peers" : "callers on this machine";
  return `Forbidden: only ${who}, or callers with a token${reason(request, rest, isRead)}`;
}

function reason(request: Request, rest: readonly unknown[], isRead: boolean): string {
  const peer = peerOf(request, rest);
  if (peer.unix !== true && peer.address === undefined) {
    return "; the peer is unknown: pass the instrumented handler all that the runtime passes, " +
      "as in (request, info) => handler(request, info)";
  }
  if (!isPrivatePeer(peer)) return "";
  const header = proxyHeader(request);
  if (header !== undefined) return `; the header "${header}" indicates a proxy`;
  return isRead ? "; in a browser, use an IP address or localhost" : "";
}
