/**
 * Who is asking, as the runtime knows it.
 *
 * @module
 */
import { isPrivateAddress } from "./address.ts";

/** The other end of the connection. It comes from the runtime, never from a header. */
export interface Peer {
  /** The IP address; undefined when the runtime did not tell, or there is none. */
  readonly address: string | undefined;
  /** Whether the connection came over a unix socket. */
  readonly unix?: boolean | undefined;
}

const UNKNOWN: Peer = { address: undefined };
const UNIX: Peer = { address: undefined, unix: true };

/**
 * What a proxy in front adds: with one of these the peer is the proxy, not the caller. Few, because
 * each costs a look-up; products that add a header of their own add `x-forwarded-for` too.
 */
const FORWARDING_HEADERS: readonly string[] = [
  "x-forwarded-for",
  "x-forwarded-proto",
  "x-forwarded-host",
  "x-real-ip",
  "forwarded",
  "via",
];

/** RFC 9110 §7.6.1: a list, without case. */
const CLOSES = /(?:^|,)\s*close\s*(?:,|$)/i;

/** The two shapes that a runtime's second handler argument has: Deno's info, Bun's server. */
interface Connection {
  readonly remoteAddr?: { readonly transport?: string; readonly hostname?: string };
  requestIP?(request: Request): { readonly address: string } | null;
  readonly address?: unknown;
}

/**
 * The peer of a request, from the arguments that the runtime gave the handler after it. Whatever
 * else stands there gives a peer without address, which is public. Never throws.
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
 * @param request the very request that the runtime handed over
 * @param rest the handler's other arguments: Deno's info or Bun's server is the first
 */
export function peerOf(request: Request, rest: readonly unknown[]): Peer {
  const connection = rest[0] as Connection | null | undefined;
  if (typeof connection !== "object" || connection === null) return UNKNOWN;
  try {
    if (typeof connection.requestIP === "function") {
      const address = connection.requestIP(request)?.address;
      if (typeof address === "string") return { address };
      // Bun: a server on a unix socket has a path for an address, and its peers have none.
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
 * Whether the caller itself is on this machine or in a private network, as far as can be known: a
 * private peer, no header that a proxy adds, and no `connection: close`, which many proxies send that
 * add none. An unknown peer is public. Trusted by default to send a `traceparent`, and, unless it is a
 * page under a foreign name, to read the admin paths.
 *
 * A proxy that adds no header and keeps its connections is not seen, nor is what rewrites addresses
 * below HTTP: a TCP proxy, a load balancer with `externalTrafficPolicy: Cluster`, a published port of
 * rootless containers. Behind these, everyone is a private peer.
 */
export function isDirectPrivatePeer(request: Request, peer: Peer): boolean {
  return isPrivatePeer(peer) && isDirect(request);
}

/** Whether a peer is on this machine or in a private network. An unknown peer is not. */
export function isPrivatePeer(peer: Peer): boolean {
  return peer.unix === true || peer.address !== undefined && isPrivateAddress(peer.address);
}

/** Whether no proxy has left its mark: the peer is then the caller, as far as can be known. */
export function isDirect(request: Request): boolean {
  return proxyHeader(request) === undefined;
}

/** The header that shows that a proxy stands between; undefined when none does. */
export function proxyHeader({ headers }: Request): string | undefined {
  for (const name of FORWARDING_HEADERS) if (headers.has(name)) return name;
  // A reverse proxy that is told nothing else asks anew each time, as nginx before 1.29.7 does, and
  // adds no header of the others. What scrapes keeps its connection.
  const connection = headers.get("connection");
  return connection !== null && CLOSES.test(connection) ? "connection" : undefined;
}
