/**
 * Who may use the admin paths.
 *
 * @module
 */
import { type Clock, systemClock } from "../../core/clock.ts";
import { checkFunction, refuseUnknown } from "../../core/check.ts";
import { Attempts } from "./attempts.ts";
import { isForeignPage, isLocalCaller } from "./loopback.ts";
import { isDirect, isDirectPrivatePeer, type Peer, peerOf } from "../request/peer.ts";

/** Who may read the admin paths, and who may do more. */
export interface AccessOptions {
  /**
   * Decides instead of the private-peer rule who may read; a throw is a no.
   *
   * The private-peer rule: a peer on this machine or in a private network, no header that a proxy adds,
   * no `connection: close`, and no page under a name that is not this machine's. **Behind a proxy that
   * leaves no mark, everyone is a private peer**: one that adds no header and keeps its connections, as
   * nginx from 1.29.7 on where it is told no more than `proxy_pass`; a TCP proxy; a load balancer that
   * rewrites addresses. There, ask for a `token`, or serve the admin paths on a port of their own,
   * `admin: { port }` of `serve`.
   */
  readonly allow?: ((request: Request, peer: Peer) => boolean) | undefined;
  /**
   * Whoever sends `authorization: Bearer <token>` may read and control as well, wherever they are.
   * 16 to 512 characters that a header may carry: letters, digits and `-._~+/=`.
   */
  readonly token?: string | undefined;
}

/** `read` metrics and detail; `control` the service: the console, profiles, levels, switches. */
export type Right = "read" | "control";

/** Whether a caller has a right and by what; after too many wrong tokens, when to come back. */
export type Verdict =
  | { readonly allowed: true; readonly by: "peer" | "allow" | "token" }
  | { readonly allowed: false; readonly retryAfterSeconds: number };

const BY_PEER: Verdict = { allowed: true, by: "peer" };
const BY_ALLOW: Verdict = { allowed: true, by: "allow" };
const BY_TOKEN: Verdict = { allowed: true, by: "token" };
const NO: Verdict = { allowed: false, retryAfterSeconds: 0 };

/**
 * Decides who may use the admin paths. To read: direct private peers unless `allow` says otherwise.
 * To control: a person or program on this machine that no foreign page speaks through. Both:
 * whoever has the token. A peer that sent ten wrong tokens in a minute is told to wait; the right one is
 * let in at any time, for others may be behind the same proxy.
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
  readonly #allow: ((request: Request, peer: Peer) => boolean) | undefined;
  readonly #credentials: string | undefined;
  readonly #attempts: Attempts;

  /** Throws a `TypeError` for a token that is too short to be secret or that no header can carry. */
  constructor(options: AccessOptions = {}, clock: Clock = systemClock) {
    refuseUnknown("set access", options, { allow: true, token: true });
    const { allow, token } = options;
    if (allow !== undefined) checkFunction("set access", "allow", allow);
    // The value is not in the message: it is a secret.
    if (token !== undefined && !/^[A-Za-z0-9._~+/=-]{16,512}$/.test(token)) {
      throw new TypeError(
        "Cannot set access: token must be 16 to 512 characters of A-Z a-z 0-9 - . _ ~ + / =",
      );
    }
    this.#allow = allow;
    this.#credentials = token;
    this.#attempts = new Attempts(clock);
  }

  /** Whether `allow` says who may read. */
  get hasRule(): boolean {
    return this.#allow !== undefined;
  }

  /** Whether there is a token: without one, nobody can control from another machine. */
  get hasToken(): boolean {
    return this.#credentials !== undefined;
  }

  /** Whether this caller has a right, to read unless another is named. Never throws. */
  allows(request: Request, rest: readonly unknown[], right?: Right): boolean {
    return this.judge(request, rest, right).allowed;
  }

  /** {@linkcode Access.allows}, and when to come back. Never throws. */
  judge(request: Request, rest: readonly unknown[], right: Right = "read"): Verdict {
    const peer = peerOf(request, rest);
    const byOther = this.#other(right, request, peer);
    if (byOther !== undefined) return byOther;
    const given = this.#credentials === undefined ? null : request.headers.get("authorization");
    if (given === null) return NO;
    if (this.#isToken(given)) return BY_TOKEN;
    const retryAfterSeconds = this.#attempts.waitSeconds(peer);
    if (retryAfterSeconds > 0) return { allowed: false, retryAfterSeconds };
    this.#attempts.failed(peer);
    return NO;
  }

  /** What gives the right without a token. */
  #other(right: Right, request: Request, peer: Peer): Verdict | undefined {
    if (right === "control") {
      return isDirect(request) && isLocalCaller(request, peer) ? BY_PEER : undefined;
    }
    const allow = this.#allow;
    try {
      if (allow !== undefined) return allow(request, peer) === true ? BY_ALLOW : undefined;
    } catch {
      return undefined;
    }
    return mayReadByDefault(request, peer) ? BY_PEER : undefined;
  }

  #isToken(given: string): boolean {
    // RFC 9110 §11.1: the scheme is case-insensitive.
    return /^bearer /i.test(given) && isSameSecret(given.slice(7), this.#credentials!);
  }
}

/** Over a unix socket no page speaks. */
function mayReadByDefault(request: Request, peer: Peer): boolean {
  return isDirectPrivatePeer(request, peer) && (peer.unix === true || !isForeignPage(request));
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
