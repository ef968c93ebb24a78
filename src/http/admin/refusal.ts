/**
 * Why somebody may not use an admin path, for a person to read.
 *
 * @module
 */
import type { Right } from "./access.ts";
import { isPrivatePeer, peerOf, proxyHeader } from "../request/peer.ts";

/**
 * What a caller who was refused is told: the rule, and what stands against it. Nothing that the caller,
 * or the proxy before it, does not know.
 *
 * @param hasRule whether the application says by itself who may read
 */
export function refusalOf(
  right: Right,
  request: Request,
  rest: readonly unknown[],
  hasRule: boolean,
): string {
  const isRead = right === "read";
  if (isRead && hasRule) return "Forbidden: by access.allow; or send a token";
  const whom = isRead ? "for direct private peers" : "for callers on this machine";
  return `Forbidden: ${whom}, or with a token${reason(request, rest, isRead)}`;
}

function reason(request: Request, rest: readonly unknown[], isRead: boolean): string {
  const peer = peerOf(request, rest);
  if (peer.unix !== true && peer.address === undefined) {
    return "; the peer is unknown: give the instrumented handler what the runtime gives after the " +
      "request, as in (request, info) => handler(request, info)";
  }
  if (!isPrivatePeer(peer)) return "";
  const header = proxyHeader(request);
  if (header !== undefined) return `; the header ${header} shows a proxy`;
  return isRead ? "; a browser reads it by an address or as localhost" : "";
}
