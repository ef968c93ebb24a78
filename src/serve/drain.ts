/**
 * The end of a server's life: a signal, then nothing lost.
 *
 * @module
 */
import { checkNumber, MAX_TIMER_MS } from "../core/check.ts";
import process from "node:process";
import { type Clock, delay, systemClock, within } from "../core/clock.ts";
import { environment, surviving } from "../core/platform.ts";

/** How a server ends on SIGTERM and SIGINT. */
export interface DrainOptions {
  /**
   * Milliseconds between "not ready" and the end of accepting, for load balancers to notice; all
   * requests are still served. 5000 in Kubernetes, which takes a pod out of its services only after
   * the signal; else 0.
   */
  readonly drainDelayMs?: number | undefined;
  /** Milliseconds that requests in flight then get to finish; 10 000 by default. */
  readonly drainTimeoutMs?: number | undefined;
  /** False: signals are left to the application. */
  readonly signals?: boolean | undefined;
}

/** What is drained; a `Telltale` is one. */
export interface Drained {
  /** Turns not ready at once. */
  readonly health: { drain(): void };
  /** Told of what was cut off. */
  readonly log: { warn(message: string, fields?: Readonly<Record<string, unknown>>): void };
  /** Aborts what would never end by itself, such as event streams. */
  stop(): void;
  /** Sends off all telemetry that is still held. */
  shutdown(): Promise<void>;
}

/** One server with what belongs to it. */
export interface DrainableServer {
  readonly t: Drained;
  readonly drainDelayMs: number;
  readonly drainTimeoutMs: number;
  /** Told when the drain begins, while all requests are still served. */
  begin?(): void;
  /** Stops accepting; resolves when nothing is in flight any more. */
  close(): Promise<unknown>;
}

/** What a drain needs of the process. */
export interface DrainHost {
  readonly clock: Clock;
  on(signal: "SIGTERM" | "SIGINT", listener: () => void): void;
  off(signal: "SIGTERM" | "SIGINT", listener: () => void): void;
  /** Keeps the process alive from now on. */
  hold(): void;
  exit(code: number): void;
}

/** `deno task` delivers one Ctrl-C twice, 1.4 ms apart: only a later one is a second thought. */
const IMPATIENCE_MS = 500;
const SIGNALS = { SIGINT: 2, SIGTERM: 15 } as const;

/**
 * Drains all servers of a process at its first SIGTERM or SIGINT and exits 0: not ready, answers that
 * say `connection: close`, a delay, no more accepting, `stop`, requests in flight with a deadline, `shutdown`. A second signal half a
 * second later or more exits at once with the signal's code. It listens while it has a server.
 */
export class Drain {
  readonly #host: DrainHost;
  readonly #servers = new Set<DrainableServer>();
  readonly #listeners: readonly (readonly ["SIGTERM" | "SIGINT", () => void])[];
  #signalledAtMs: number | undefined;

  constructor(host: DrainHost) {
    this.#host = host;
    this.#listeners = (["SIGTERM", "SIGINT"] as const)
      .map((signal) => [signal, () => this.#onSignal(signal)]);
  }

  /** Takes a server on; returns what lets go of it again, for when it has ended by itself. */
  add(server: DrainableServer): () => void {
    if (this.#servers.size === 0) {
      for (const [signal, listener] of this.#listeners) this.#host.on(signal, listener);
    }
    this.#servers.add(server);
    return () => {
      this.#servers.delete(server);
      // Once signalled, the listeners stay: the default would kill the process in its last flush.
      if (this.#servers.size > 0 || this.#signalledAtMs !== undefined) return;
      for (const [signal, listener] of this.#listeners) this.#host.off(signal, listener);
    };
  }

  #onSignal(signal: keyof typeof SIGNALS): void {
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
    // Only now: two servers may share what is shut down.
    const parts = new Set(servers.map(({ t }) => t));
    await Promise.allSettled([...parts].map((t) => attempt(() => t.shutdown())));
    this.#host.exit(0);
  }

  async #finish(server: DrainableServer): Promise<void> {
    const { t, drainDelayMs, drainTimeoutMs, close } = server;
    await attempt(() => t.health.drain());
    await attempt(() => server.begin?.());
    if (drainDelayMs > 0) await delay(this.#host.clock, drainDelayMs);
    const closed = attempt(close);
    // After the end of accepting, so that no new stream opens; before the wait, which they'd block.
    await attempt(() => t.stop());
    if (await within(this.#host.clock, drainTimeoutMs, closed)) return;
    const fields = { drain_timeout_ms: drainTimeoutMs };
    await attempt(() => t.log.warn("requests in flight were cut off", fields));
  }
}

/** On the way out a failure has no one to stop for. */
async function attempt(fn: () => unknown): Promise<void> {
  try {
    await fn();
  } catch {
    // The next step matters more.
  }
}

/** The drain of this process; signals are the process's, so there is one. */
export const processDrain: Drain = surviving(import.meta.url, () =>
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
    // Exporters wait on timers that keep nothing alive; the process ends by `exit`.
    hold: () => void setInterval(() => {}, 60_000),
    exit: (code) => process.exit(code),
  }));

/** The names of {@linkcode DrainOptions}. */
export const DRAIN_OPTIONS: readonly (keyof DrainOptions)[] = [
  "drainDelayMs",
  "drainTimeoutMs",
  "signals",
];

/** Splits the options that are ours from the runtime's, with the defaults filled in. */
export function splitDrainOptions<Options extends DrainOptions>(
  options: Options,
  env: (name: string) => string | undefined = environment,
): {
  drain: { drainDelayMs: number; drainTimeoutMs: number; signals: boolean };
  runtime: Omit<Options, keyof DrainOptions>;
} {
  const {
    drainDelayMs = env("KUBERNETES_SERVICE_HOST") === undefined ? 0 : 5000,
    drainTimeoutMs = 10_000,
    signals = true,
    ...runtime
  } = options;
  checkNumber("serve", "drainDelayMs", drainDelayMs, 0, MAX_TIMER_MS);
  checkNumber("serve", "drainTimeoutMs", drainTimeoutMs, 0, MAX_TIMER_MS);
  return { drain: { drainDelayMs, drainTimeoutMs, signals }, runtime };
}
