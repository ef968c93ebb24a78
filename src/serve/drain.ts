/**
 * The graceful end of a server: a signal, then no request and no telemetry is lost.
 *
 * @module
 */
import process from "node:process";
import { type Clock, delay, systemClock, within } from "../core/clock.ts";
import { surviving } from "../core/platform.ts";
import type { Signal } from "../core/signals.ts";
import type { Handler } from "../http/request/handler.ts";
import { mayHaveBody } from "../http/request/headers.ts";
import type { Drained, DrainSettings } from "./options.ts";

/** One server, and how it is drained. */
export interface DrainableServer {
  readonly t: Drained;
  readonly drainDelayMs: number;
  readonly drainDeadlineMs: number;
  /** Called when the drain begins, while all requests are still served. */
  begin?(): void;
  /** Stops accepting; resolves when no request is in flight any more. */
  close(): Promise<unknown>;
}

/** The parts of the process that a drain needs. */
export interface DrainHost {
  readonly clock: Clock;
  on(signal: Signal, listener: () => void): void;
  off(signal: Signal, listener: () => void): void;
  /** Keeps the process alive from now on. */
  hold(): void;
  exit(code: number): void;
}

/** `deno task` delivers one Ctrl-C twice, 1.4 ms apart: only a later one is a second request to end. */
const IMPATIENCE_MS = 500;
const SIGNALS: Readonly<Record<Signal, number>> = { SIGINT: 2, SIGTERM: 15 };

/**
 * Drains all servers of a process at its first SIGTERM or SIGINT, then exits with 0. The steps: not
 * ready, answers with `connection: close`, a delay, no more accepting, `stop`, requests in flight until
 * the deadline, `shutdown`. A second signal, half a second later or more, exits at once with the
 * signal's code. It listens for signals only while there is a server.
 */
export class Drain {
  readonly #host: DrainHost;
  readonly #servers = new Set<DrainableServer>();
  readonly #listeners: readonly (readonly [Signal, () => void])[];
  #signalledAtMs: number | undefined;

  constructor(host: DrainHost) {
    this.#host = host;
    this.#listeners = (["SIGTERM", "SIGINT"] as const)
      .map((signal) => [signal, () => this.#onSignal(signal)]);
  }

  /** Adds a server; returns a function that removes it, for when it has ended by itself. */
  add(server: DrainableServer): () => void {
    if (this.#servers.size === 0) {
      for (const [signal, listener] of this.#listeners) this.#host.on(signal, listener);
    }
    this.#servers.add(server);
    return () => {
      this.#servers.delete(server);
      // After a signal the listeners stay: the default would kill the process during its last flush.
      if (this.#servers.size > 0 || this.#signalledAtMs !== undefined) return;
      for (const [signal, listener] of this.#listeners) this.#host.off(signal, listener);
    };
  }

  #onSignal(signal: Signal): void {
    const nowMs = this.#host.clock.monotonic();
    if (this.#signalledAtMs === undefined) {
      this.#signalledAtMs = nowMs;
      this.#host.hold();
      void this.#drain([...this.#servers]);
    } else if (nowMs - this.#signalledAtMs >= IMPATIENCE_MS) {
      this.#host.exit(128 + SIGNALS[signal]);
    }
  }

  async #drain(servers: readonly DrainableServer[]): Promise<void> {
    await Promise.all(servers.map((server) => this.#finish(server)));
    // After all servers have ended: several may share one Telltale.
    const parts = new Set(servers.map(({ t }) => t));
    await Promise.allSettled([...parts].map((t) => attempt(() => t.shutdown())));
    this.#host.exit(0);
  }

  async #finish(server: DrainableServer): Promise<void> {
    const { t, drainDelayMs, drainDeadlineMs, close } = server;
    await attempt(() => t.health.drain());
    await attempt(() => server.begin?.());
    if (drainDelayMs > 0) await delay(this.#host.clock, drainDelayMs);
    const closed = attempt(close);
    // After the end of accepting, so that no new stream opens; before the wait, which streams block.
    await attempt(() => t.stop());
    if (await within(this.#host.clock, drainDeadlineMs, closed)) return;
    const fields = { drain_deadline_ms: drainDeadlineMs };
    await attempt(() => t.log.warn("requests in flight were cut off", fields));
  }
}

/** Runs a step; a failure must not keep the next steps from running. */
async function attempt(fn: () => unknown): Promise<void> {
  try {
    await fn();
  } catch {
    // The next step matters more.
  }
}

/** The drain of this process; there is one, as signals belong to the process. */
const processDrain: Drain = surviving(import.meta.url, () =>
  new Drain({
    clock: systemClock,
    on: (signal, listener) => {
      try {
        process.on(signal, listener);
      } catch {
        // A platform without this signal never sends it.
      }
    },
    off: (signal, listener) => void process.off(signal, listener),
    // Exporters wait on timers that don't keep the process alive; it ends by `exit`.
    hold: () => void setInterval(() => {}, 60_000),
    exit: (code) => process.exit(code),
  }));

/**
 * Drains a server at SIGTERM and SIGINT, unless they are left to the application. Returns a function that
 * undoes it.
 */
export function drainOnSignals(
  t: Drained,
  drain: DrainSettings,
  farewell: Farewell,
  close: () => Promise<unknown>,
): () => void {
  if (!drain.signals) return () => {};
  return processDrain.add({ t, ...drain, begin: () => farewell.begin(), close });
}

type Answer = Response | undefined;
type AnyHandler = Handler<unknown[], Answer | Promise<Answer>>;

/**
 * Adds `connection: close` to answers once a drain has begun: a client that keeps connections alive
 * then sends its next request over a new one, which reaches another instance.
 */
export class Farewell {
  #isLeaving = false;

  /** The drain has begun. */
  begin(): void {
    this.#isLeaving = true;
  }

  /** The handler, with the header on its answers during a drain. */
  watch(handler: AnyHandler): AnyHandler {
    const isLeaving = () => this.#isLeaving;
    return function (this: unknown, request, ...rest) {
      const answer = handler.call(this, request, ...rest);
      if (!isLeaving()) return answer;
      return answer instanceof Promise ? answer.then(closing) : closing(answer);
    };
  }
}

function closing(answer: Answer): Answer {
  // An upgraded connection carries no more requests.
  if (!(answer instanceof Response) || answer.status === 101) return answer;
  try {
    answer.headers.set("connection", "close");
  } catch {
    // Immutable, as those of a fetched response: a later answer closes the connection.
  }
  return answer;
}

/**
 * Tracks requests in flight that may have a body: Deno's `shutdown()` cuts a body off while a handler
 * reads it, and the client gets a 500.
 */
export class Uploads {
  readonly #inFlight = new Set<Promise<unknown>>();
  readonly #clock: Clock;

  constructor(clock: Clock = systemClock) {
    this.#clock = clock;
  }

  /** The handler, with its uploads tracked. */
  watch(handler: Handler): Handler {
    return (request, ...rest) => {
      const answer = handler(request, ...rest);
      if (mayHaveBody(request.method) && answer instanceof Promise) {
        this.#inFlight.add(answer);
        const ended = () => void this.#inFlight.delete(answer);
        answer.then(ended, ended);
      }
      return answer;
    };
  }

  /** Resolves when the uploads in flight now have been answered, or after `maxMs`. */
  async settled(maxMs: number): Promise<void> {
    if (this.#inFlight.size === 0) return;
    await within(this.#clock, maxMs, Promise.allSettled(this.#inFlight));
  }
}
