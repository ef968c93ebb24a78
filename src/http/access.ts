/**
 * Who is asking, as the runtime knows it, and what that caller may see.
 *
 * @module
 */
import { isPrivateAddress } from "../core/address.ts";

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
 * private peer, and no header that a proxy adds. An unknown peer is public. The default rule for
 * the admin paths and for trusting a `traceparent`.
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
  const { headers } = request;
  for (const name of FORWARDING_HEADERS) if (headers.has(name)) return false;
  return true;
}

/** Who may read the admin paths. */
export interface AccessOptions {
  /** Decides instead of the private-peer rule; a throw is a no. */
  readonly allow?: ((request: Request, peer: Peer) => boolean) | undefined;
  /**
   * Whoever sends `authorization: Bearer <token>` may read as well, wherever they are. 16 to 512
   * characters that a header may carry: letters, digits and `-._~+/=`.
   */
  readonly token?: string | undefined;
}

/**
 * Decides who may read the admin paths: direct private peers unless `allow` says otherwise, and
 * whoever has the token.
 *
 * @example
 * ```ts
 * import { Access } from "@telltale/telltale/http";
 * import { equal } from "node:assert/strict";
 *
 * const access = new Access({ token: "correct-horse-battery" });
 * const headers = { authorization: "Bearer correct-horse-battery" };
 * equal(access.allows(new Request("http://orders/metrics", { headers }), []), true);
 * equal(access.allows(new Request("http://orders/metrics"), []), false);
 * ```
 */
export class Access {
  readonly #allow: (request: Request, peer: Peer) => boolean;
  readonly #credentials: string | undefined;

  /** Throws a `TypeError` for a token that is too short to be secret or that no header can carry. */
  constructor(options: AccessOptions = {}) {
    const { allow = isDirectPrivatePeer, token } = options;
    if (typeof allow !== "function") {
      throw new TypeError(`Cannot set access rule: allow must be a function, got ${typeof allow}`);
    }
    // The value is not in the message: it is a secret.
    if (token !== undefined && !/^[A-Za-z0-9._~+/=-]{16,512}$/.test(token)) {
      throw new TypeError(
        "Cannot set access token: it must be 16 to 512 characters of A-Z a-z 0-9 - . _ ~ + / =",
      );
    }
    this.#allow = allow;
    this.#credentials = token;
  }

  /** Whether this caller may read. Never throws. */
  allows(request: Request, rest: readonly unknown[]): boolean {
    return this.#hasToken(request) || this.#isAllowed(request, rest);
  }

  #hasToken(request: Request): boolean {
    if (this.#credentials === undefined) return false;
    const given = request.headers.get("authorization");
    // RFC 9110 §11.1: the scheme is case-insensitive.
    return given !== null && /^bearer /i.test(given) &&
      isSameSecret(given.slice(7), this.#credentials);
  }

  #isAllowed(request: Request, rest: readonly unknown[]): boolean {
    try {
      return this.#allow(request, peerOf(request, rest)) === true;
    } catch {
      return false;
    }
  }
}

/** Takes as long for a wrong secret as for the right one, whichever character differs. */
function isSameSecret(given: string, secret: string): boolean {
  let difference = given.length ^ secret.length;
  for (let i = 0; i < secret.length; i++) {
    // Past the end of what was given, NaN counts as 0.
    difference |= given.charCodeAt(i) ^ secret.charCodeAt(i);
  }
  return difference === 0;
}
