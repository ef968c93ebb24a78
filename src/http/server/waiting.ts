/**
 * Requests that wait for their handler, whose client may disconnect first.
 *
 * @module
 */
import type { Clock } from "../../core/clock.ts";
import { run } from "../../core/context.ts";
import type { Exchange } from "./exchange.ts";

/** A listener costs 2 µs. Nearly all requests are answered before they get one. */
const LISTEN_AFTER_MS = 1000;
/** Listeners that one sweep adds before it yields to other work. */
const AT_ONCE = 500;
const GO_ON_AFTER_MS = 10;
/** The least time between two sweeps. */
const BETWEEN_MS = 200;

/**
 * A list of exchanges, oldest first. After a second, each gets a listener for the abort of its
 * client. The timer runs while the list has entries, and does not keep the process alive.
 */
export class Waiting {
  readonly #clock: Clock;
  readonly #gaveUp: (exchange: Exchange) => void;
  #oldest: Exchange | undefined;
  #newest: Exchange | undefined;
  #isDue = false;

  /**
   * @param gaveUp called once when a client disconnects before there is an answer; must not throw
   */
  constructor(clock: Clock, gaveUp: (exchange: Exchange) => void) {
    this.#clock = clock;
    this.#gaveUp = gaveUp;
  }

  /** Adds an exchange whose handler returned a promise. */
  add(exchange: Exchange): void {
    exchange.isWaiting = true;
    exchange.older = this.#newest;
    if (this.#newest === undefined) this.#oldest = exchange;
    else this.#newest.newer = exchange;
    this.#newest = exchange;
    if (!this.#isDue) this.#look(LISTEN_AFTER_MS);
  }

  /** Removes an exchange that has ended. */
  remove(exchange: Exchange): void {
    if (exchange.isWaiting) this.#unlink(exchange);
    const { onAbort } = exchange;
    if (onAbort === undefined) return;
    // Deno aborts the signal after an answer too.
    exchange.onAbort = undefined;
    exchange.request?.signal.removeEventListener("abort", onAbort);
  }

  #unlink(exchange: Exchange): void {
    const { older, newer } = exchange;
    if (older === undefined) this.#oldest = newer;
    else older.newer = newer;
    if (newer === undefined) this.#newest = older;
    else newer.older = older;
    exchange.older = exchange.newer = undefined;
    exchange.isWaiting = false;
  }

  #look(afterMs: number): void {
    this.#isDue = true;
    // Not in the context of the request that happens to start it.
    run(undefined, () => this.#clock.after(afterMs, () => this.#sweep()));
  }

  #sweep(): void {
    this.#isDue = false;
    const before = this.#clock.monotonic() - LISTEN_AFTER_MS;
    for (let left = AT_ONCE; this.#oldest !== undefined; left--) {
      const restMs = this.#oldest.startMs - before;
      if (restMs > 0) return this.#look(Math.max(restMs, BETWEEN_MS));
      if (left === 0) return this.#look(GO_ON_AFTER_MS);
      const exchange = this.#oldest;
      this.#unlink(exchange);
      this.#listen(exchange);
    }
  }

  #listen(exchange: Exchange): void {
    const { signal } = exchange.request!;
    // A request that the application made may have no signal.
    if (typeof signal?.addEventListener !== "function") return;
    if (signal.aborted) return this.#gaveUp(exchange);
    exchange.onAbort = () => this.#gaveUp(exchange);
    signal.addEventListener("abort", exchange.onAbort, { once: true });
  }
}

/**
 * Whether a handler failed because its client disconnected, as `fetch` with the signal of the
 * request does. The signal is read last, because Deno prints a warning then.
 */
export function isGivenUp(request: Request, error: unknown): boolean {
  try {
    return error instanceof Error && error.name === "AbortError" &&
      request.signal?.aborted === true;
  } catch {
    return false; // An error of a class whose members throw.
  }
}
