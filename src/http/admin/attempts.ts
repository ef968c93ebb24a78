/**
 * Who guessed wrong too often of late.
 *
 * @module
 */
import { type Clock, systemClock } from "../../core/clock.ts";
import { networkOf } from "../request/address.ts";
import type { Peer } from "../request/peer.ts";

/** Wrong guesses that a peer has in a window; a secret has at least 16 characters. */
const MAX_FAILURES = 10;
const WINDOW_MS = 60_000;
/** Peers remembered; the one whose window began first is forgotten. */
const MAX_PEERS = 1000;

interface Window {
  readonly sinceMs: number;
  failures: number;
}

/**
 * Counts wrong guesses by peer, in fixed windows of a minute. Those behind one proxy are one peer: who
 * guesses right is not asked for this.
 */
export class Attempts {
  readonly #clock: Clock;
  readonly #windows = new Map<string, Window>();

  constructor(clock: Clock = systemClock) {
    this.#clock = clock;
  }

  /** Seconds until this peer may guess again; 0 when it may now. */
  waitSeconds(peer: Peer): number {
    const window = this.#current(keyOf(peer));
    if (window === undefined || window.failures < MAX_FAILURES) return 0;
    return Math.ceil((window.sinceMs + WINDOW_MS - this.#clock.monotonic()) / 1000);
  }

  /** This peer guessed wrong. */
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

/** The first 64 bits of an IPv6 address, what one household has; all unknown peers are one. */
function keyOf({ address = "" }: Peer): string {
  return networkOf(address);
}
