/**
 * The options that `serve` has on every runtime, and the parts of a `Telltale` that it needs.
 *
 * @module
 */
import {
  checkFunction,
  checkNumber,
  MAX_TIMER_MS,
  refuseMisspelt,
  requireGiven,
} from "../core/check.ts";
import { environment } from "../core/platform.ts";
import type { Handler } from "../http/request/handler.ts";
import type { AdminEndpoints, AdminOptions } from "./admin.ts";

/** How a server ends on SIGTERM and SIGINT. */
export interface DrainOptions {
  /**
   * Milliseconds between "not ready" and the end of accepting, so that load balancers notice; all
   * requests are still served. @default 5000 in Kubernetes, which takes a pod out of its services
   * only after the signal, else 0
   */
  readonly drainDelayMs?: number | undefined;
  /** Milliseconds that requests in flight then have to finish. @default 10000 */
  readonly drainDeadlineMs?: number | undefined;
  /** False: signals are left to the application. @default true */
  readonly signals?: boolean | undefined;
}

/** {@linkcode DrainOptions} with the defaults filled in. */
export interface DrainSettings {
  readonly drainDelayMs: number;
  readonly drainDeadlineMs: number;
  readonly signals: boolean;
}

/** The options that `serve` has on Deno and on Node, besides the runtime's own. */
export interface ServeOptions extends DrainOptions {
  /** The port; 0 for any free one. @default 8000 */
  readonly port?: number | undefined;
  /** The address to listen on. @default "0.0.0.0" */
  readonly hostname?: string | undefined;
  /** Closes the server and its connections at once when it aborts. */
  readonly signal?: AbortSignal | undefined;
  /**
   * Answers when the handler throws. The request is recorded with the status of the answer, and with
   * the error from 500 on. @default a bare 500
   */
  readonly onError?: ((error: unknown) => Response | Promise<Response>) | undefined;
  /** Moves the admin paths to a listener of their own, which closes after the server. */
  readonly admin?: AdminOptions | undefined;
}

/** The parts of a `Telltale` that a drain needs. */
export interface Drained {
  /** Turns not ready at once. */
  readonly health: { drain(): void };
  /** Logs requests that were cut off. */
  readonly log: { warn(message: string, fields?: Readonly<Record<string, unknown>>): void };
  /** Aborts what would never end by itself, such as event streams. */
  stop(): void;
  /** Sends all telemetry that is still held. */
  shutdown(): Promise<void>;
}

/** The parts of a `Telltale` that `serve` needs on Deno and on Node. */
export interface ServedTelltale extends Drained {
  /** Wraps the handler; with `endpoints: false` it answers no admin path. */
  instrument(handler: Handler, options?: { readonly endpoints?: false | undefined }): Handler;
  /** Answers the admin paths on a listener of their own. */
  readonly endpoints: AdminEndpoints;
  /** Logs errors that no handler threw. */
  readonly log: Drained["log"] & {
    error(message: string, fields?: Readonly<Record<string, unknown>>): void;
  };
}

/** The names of {@linkcode DrainOptions}. */
export const DRAIN_OPTIONS: readonly (keyof DrainOptions)[] = [
  "drainDelayMs",
  "drainDeadlineMs",
  "signals",
];

/** The names of {@linkcode ServeOptions}. */
export const SERVE_OPTIONS: readonly (keyof ServeOptions)[] = [
  ...DRAIN_OPTIONS,
  "port",
  "hostname",
  "signal",
  "onError",
  "admin",
];

/**
 * Throws a `TypeError` for options that are missing or misspelt, and for a handler that is no function.
 *
 * @param known the names of the options that are read here
 * @param others similar names that the runtime has
 */
export function checkArguments(
  options: object,
  handler: unknown,
  known: readonly string[],
  others: readonly string[] = [],
): void {
  requireGiven("serve", options);
  refuseMisspelt("serve", options, known, others);
  checkFunction("serve", "handler", handler);
}

/** Separates the drain options, with defaults filled in, from those of the runtime. */
export function splitDrainOptions<Options extends DrainOptions>(
  options: Options,
  env: (name: string) => string | undefined = environment,
): { drain: DrainSettings; runtime: Omit<Options, keyof DrainOptions> } {
  const {
    drainDelayMs = env("KUBERNETES_SERVICE_HOST") === undefined ? 0 : 5000,
    drainDeadlineMs = 10_000,
    signals = true,
    ...runtime
  } = options;
  checkNumber("serve", "drainDelayMs", drainDelayMs, 0, MAX_TIMER_MS);
  checkNumber("serve", "drainDeadlineMs", drainDeadlineMs, 0, MAX_TIMER_MS);
  return { drain: { drainDelayMs, drainDeadlineMs, signals }, runtime };
}
