/**
 * Access to the admin paths: who may read them, and who may control the service.
 *
 * @module
 */
import { type Clock, systemClock } from "../../core/clock.ts";
import { checkFunction, refuseUnknown } from "../../core/check.ts";
import { networkOf } from "../request/address.ts";
import { isForeignPage, isLocalCaller } from "./loopback.ts";
import { isDirect, isDirectPrivatePeer, type Peer, peerOf } from "../request/peer.ts";

/** Who may read the admin paths, and who may control the service. */
export interface AccessOptions {
  /**
   * Decides who may read, in place of the private-peer rule. A throw counts as no.
   *
   * The private-peer rule: a peer on this machine or in a private network, no header that a proxy
   * adds, no `connection: close`, and no web page under a host name that is not this machine's.
   * **Behind a proxy that leaves no mark, everyone is a private peer**: a proxy that adds no header
   * and keeps its connections, such as nginx from 1.29.7 on with a bare `proxy_pass`; a TCP proxy;
   * a load balancer that rewrites addresses. There, set a `token`, or serve the admin paths on a
   * port of their own, with `admin: { port }` of `serve`.
   */
  readonly allow?: ((request: Request, peer: Peer) => boolean) | undefined;
  /**
   * Callers that send `authorization: Bearer <token>` may read and control, from anywhere. 16 to
   * 512 characters that a header can carry: letters, digits and `-._~+/=`.
   */
  readonly token?: string | undefined;
}

/** `read`: metrics and detail. `control`: the console, profiles, levels, switches. */
export type Right = "read" | "control";

/** Whether a caller has a right, and why; after too many wrong tokens, when it may try again. */
export type Verdict =
  | { readonly allowed: true; readonly by: "peer" | "allow" | "token" }
  | { readonly allowed: false; readonly retryAfterSeconds: number };

const BY_PEER: Verdict = { allowed: true, by: "peer" };
const BY_ALLOW: Verdict = { allowed: true, by: "allow" };
const BY_TOKEN: Verdict = { allowed: true, by: "token" };
const NO: Verdict = { allowed: false, retryAfterSeconds: 0 };

/**
 * Decides who may use the admin paths. To read: direct private peers, unless `allow` decides. To
 * control: a person or program on this machine, but no foreign web page. Callers with the token may
 * do both. A peer that sent ten wrong tokens in a minute has to wait; the right token is accepted
 * at any time, because others may be behind the same proxy.
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

  /**
   * Checks the options; `clock` is the source of time for the wait after wrong tokens.
   *
   * @throws {TypeError} for a token that is too short to be secret, or that no header can carry
   */
  constructor(options: AccessOptions & { readonly clock?: Clock | undefined } = {}) {
    refuseUnknown("set access", options, { allow: true, token: true, clock: true });
    const { allow, token, clock = systemClock } = options;
    if (allow !== undefined) checkFunction("set access", "allow", allow);
    // The value is not in the message: it is a secret.
    if (token !== undefined && !/^[A-Za-z0-9._~+/=-]{16,512}$/.test(token)) {
      throw new TypeError(
        "Cannot set access: token must be 16 to 512 characters of A-Z a-z 0-9 - . _ ~ + / =, got " +
          `${String(token).length} characters`,
      );
    }
    this.#allow = allow;
    this.#credentials = token;
    this.#attempts = new Attempts(clock);
  }

  /** Whether `allow` decides who may read. */
  get hasRule(): boolean {
    return this.#allow !== undefined;
  }

  /** Whether a token is set. Without one, nobody can control from another machine. */
  get hasToken(): boolean {
    return this.#credentials !== undefined;
  }

  /** Whether this caller has a right, to read unless another is named. Never throws. */
  allows(request: Request, rest: readonly unknown[], right?: Right): boolean {
    return this.judge(request, rest, right).allowed;
  }

  /** {@linkcode Access.allows}, with the reason. Never throws. */
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

  /** The verdict without a token; undefined when it needs one. */
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

/** A web page can't use a unix socket. */
function mayReadByDefault(request: Request, peer: Peer): boolean {
  return isDirectPrivatePeer(request, peer) && (peer.unix === true || !isForeignPage(request));
}

/** Takes as long for a wrong secret as for the right one, whichever character differs. */
function isSameSecret(given: string, secret: string): boolean {
  let difference = given.length ^ secret.length;
  for (let i = 0; i < secret.length; i++) {
    // Past the end of `given`, NaN counts as 0.
    difference |= given.charCodeAt(i) ^ secret.charCodeAt(i);
  }
  return difference === 0;
}

/** Wrong tokens that a peer may send in a window; a token has at least 16 characters. */
const MAX_FAILURES = 10;
const WINDOW_MS = 60_000;
/** Peers that are remembered; the one whose window began first is forgotten. */
const MAX_PEERS = 1000;

interface Window {
  readonly sinceMs: number;
  failures: number;
}

/**
 * Counts wrong tokens by peer, in fixed windows of a minute. Callers behind one proxy are one peer.
 */
class Attempts {
  readonly #clock: Clock;
  readonly #windows = new Map<string, Window>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Seconds until this peer may try again; 0 when it may now. */
  waitSeconds(peer: Peer): number {
    const window = this.#current(keyOf(peer));
    if (window === undefined || window.failures < MAX_FAILURES) return 0;
    return Math.ceil((window.sinceMs + WINDOW_MS - this.#clock.monotonic()) / 1000);
  }

  /** Counts a wrong token of this peer. */
  failed(peer: Peer): void {
    const key = keyOf(peer);
    const window = this.#current(key);
    if (window !== undefined) {
      window.failures++;
      return;
    }
    if (this.#windows.size >= MAX_PEERS) {
      for (const oldest of this.#windows.keys()) {
        this.#windows.delete(oldest);
        break;
      }
    }
    this.#windows.set(key, { sinceMs: this.#clock.monotonic(), failures: 1 });
  }

  #current(key: string): Window | undefined {
    const window = this.#windows.get(key);
    if (window === undefined || this.#clock.monotonic() - window.sinceMs < WINDOW_MS) return window;
    this.#windows.delete(key);
    return undefined;
  }
}

/** The network of one subscriber; all unknown peers count as one. */
function keyOf({ address = "" }: Peer): string {
  return networkOf(address);
}
