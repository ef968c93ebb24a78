/**
 * The peer of a request, as the runtime knows it, and whether it is private and direct.
 *
 * @module
 */
import { isPrivateAddress } from "./address.ts";

/** The other end of the connection. It comes from the runtime, never from a header. */
export interface Peer {
  /** The IP address; undefined when the runtime does not know it, or over a unix socket. */
  readonly address: string | undefined;
  /** Whether the connection came over a unix socket. */
  readonly unix?: boolean | undefined;
}

const UNKNOWN: Peer = { address: undefined };
const UNIX: Peer = { address: undefined, unix: true };

/**
 * Headers that proxies add: with one of these the peer is the proxy, not the caller. Few, because
 * each costs a look-up, and products that add a header of their own add `x-forwarded-for` too.
 */
const FORWARDING_HEADERS: readonly string[] = [
  "x-forwarded-for",
  "x-forwarded-proto",
  "x-forwarded-host",
  "x-real-ip",
  "forwarded",
  "via",
];

/** RFC 9110 §7.6.1: a list, case-insensitive. */
const CLOSES = /(?:^|,)\s*close\s*(?:,|$)/i;

/** The second argument of a handler: Deno's info or Bun's server. */
interface Connection {
  readonly remoteAddr?: { readonly transport?: string; readonly hostname?: string };
  requestIP?(request: Request): { readonly address: string } | null;
  readonly address?: unknown;
}

/**
 * The peer of a request, from the further arguments that the runtime passed to the handler. Any
 * other arguments give a peer without an address, which is public. Never throws.
 *
 * @example
 * ```ts
 * import { peerOf } from "@telltale/telltale/http";
 * import { deepEqual } from "node:assert/strict";
 *
 * const info = { remoteAddr: { transport: "tcp", hostname: "10.0.0.7", port: 50312 } };
 * deepEqual(peerOf(new Request("http://orders/"), [info]), { address: "10.0.0.7" });
 * ```
 *
 * @param request the request object of the runtime, not a copy
 * @param rest the further arguments of the handler, of which the first is Deno's info or Bun's
 * server
 */
export function peerOf(request: Request, rest: readonly unknown[]): Peer {
  const connection = rest[0] as Connection | null | undefined;
  if (typeof connection !== "object" || connection === null) return UNKNOWN;
  try {
    if (typeof connection.requestIP === "function") {
      const address = connection.requestIP(request)?.address;
      if (typeof address === "string") return { address };
      // On a unix socket, the address of Bun's server is a path, and its peers have no address.
      return typeof connection.address === "string" ? UNIX : UNKNOWN;
    }
    const remote = connection.remoteAddr;
    if (remote?.transport === "tcp" && typeof remote.hostname === "string") {
      return { address: remote.hostname };
    }
    return remote?.transport === "unix" ? UNIX : UNKNOWN;
  } catch {
    return UNKNOWN;
  }
}

/**
 * Whether the caller itself is on this machine or in a private network, as far as that can be
 * known: a private peer, no header that a proxy adds, and no `connection: close`, which is sent by
 * many proxies that add no header. An unknown peer is public. Such a caller's `traceparent` is
 * trusted by default, and it may read the admin paths, unless it is a web page under a foreign host
 * name.
 *
 * A proxy that adds no header and keeps its connections can't be detected, nor can rewriting of
 * addresses below HTTP: a TCP proxy, a load balancer with `externalTrafficPolicy: Cluster`, a
 * published port of rootless containers. Behind these, everyone is a private peer.
 */
export function isDirectPrivatePeer(request: Request, peer: Peer): boolean {
  return isPrivatePeer(peer) && isDirect(request);
}

/** Whether a peer is on this machine or in a private network; false for an unknown peer. */
export function isPrivatePeer(peer: Peer): boolean {
  return peer.unix === true || peer.address !== undefined && isPrivateAddress(peer.address);
}

/**
 * Whether no header indicates a proxy: the peer is then the caller, as far as that can be known.
 */
export function isDirect(request: Request): boolean {
  return proxyHeader(request) === undefined;
}

/** The header that indicates a proxy; undefined without one. */
export function proxyHeader({ headers }: Request): string | undefined {
  for (const name of FORWARDING_HEADERS) if (headers.has(name)) return name;
  // A reverse proxy with a bare configuration, such as nginx before 1.29.7, opens a connection for
  // each request and adds none of the other headers. Scrapers keep their connections.
  const connection = headers.get("connection");
  return connection !== null && CLOSES.test(connection) ? "connection" : undefined;
}
