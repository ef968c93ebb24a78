/**
 * Who may use the admin paths.
 *
 * @module
 */
import { type Clock, systemClock } from "../core/clock.ts";
import { Attempts } from "./attempts.ts";
import { isLocalCaller } from "./local.ts";
import { isDirect, isDirectPrivatePeer, type Peer, peerOf } from "./peer.ts";

/** Who may read the admin paths, and who may do more. */
export interface AccessOptions {
  /** Decides instead of the private-peer rule who may read; a throw is a no. */
  readonly allow?: ((request: Request, peer: Peer) => boolean) | undefined;
  /**
   * Whoever sends `authorization: Bearer <token>` may read and control as well, wherever they are.
   * 16 to 512 characters that a header may carry: letters, digits and `-._~+/=`.
   */
  readonly token?: string | undefined;
}

/** `read` metrics and detail; `control` the service: the console, profiles, levels, switches. */
export type Right = "read" | "control";

/** Whether a caller has a right; `later` after too many wrong tokens. */
export type Verdict =
  | { readonly allowed: true }
  | { readonly allowed: false; readonly retryAfterSeconds: number };

const YES: Verdict = { allowed: true };
const NO: Verdict = { allowed: false, retryAfterSeconds: 0 };

/**
 * Decides who may use the admin paths. To read: direct private peers unless `allow` says otherwise.
 * To control: a person or program on this machine that no foreign page speaks through. Both:
 * whoever has the token. A peer that sent ten wrong tokens in a minute is not listened to.
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
  readonly #attempts: Attempts;

  /** Throws a `TypeError` for a token that is too short to be secret or that no header can carry. */
  constructor(options: AccessOptions = {}, clock: Clock = systemClock) {
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
    this.#attempts = new Attempts(clock);
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
    if (this.#has(right, request, peer)) return YES;
    const given = this.#credentials === undefined ? null : request.headers.get("authorization");
    if (given === null) return NO;
    const retryAfterSeconds = this.#attempts.waitSeconds(peer);
    if (retryAfterSeconds > 0) return { allowed: false, retryAfterSeconds };
    if (this.#isToken(given)) return YES;
    this.#attempts.failed(peer);
    return NO;
  }

  #has(right: Right, request: Request, peer: Peer): boolean {
    if (right === "control") return isDirect(request) && isLocalCaller(request, peer);
    try {
      return this.#allow(request, peer) === true;
    } catch {
      return false;
    }
  }

  #isToken(given: string): boolean {
    // RFC 9110 §11.1: the scheme is case-insensitive.
    return /^bearer /i.test(given) && isSameSecret(given.slice(7), this.#credentials!);
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
