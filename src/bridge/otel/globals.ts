/**
 * The places where the copies of the OpenTelemetry API in a process meet.
 *
 * @module
 */

/** An entry of the API to one signal. */
export interface OtelEntry {
  /** Forgets the provider, and what was handed out before there was one. */
  disable(): void;
}

/** A namespace of `@opentelemetry/api`: `import * as api from "@opentelemetry/api"`. */
export interface OtelApi {
  /** Its entry to traces. */
  readonly trace: OtelEntry & {
    setGlobalTracerProvider(provider: object): boolean;
    getTracerProvider?(): object;
  };
  /** Its entry to metrics. */
  readonly metrics: OtelEntry & {
    setGlobalMeterProvider(provider: object): boolean;
    getMeterProvider?(): object;
  };
  /** Its entry to contexts. */
  readonly context: OtelEntry & { setGlobalContextManager(manager: object): boolean };
  /** Its entry to propagation. */
  readonly propagation: OtelEntry & { setGlobalPropagator(propagator: object): boolean };
  /** Its entry to logs, from 1.10 on. */
  readonly logs?: OtelEntry & {
    setGlobalLoggerProvider(provider: object): boolean;
    getLoggerProvider?(): object;
  };
}

/** A namespace of `@opentelemetry/api-logs`. */
export interface OtelLogsApi {
  /** Its entry to logs. */
  readonly logs: OtelEntry & { setGlobalLoggerProvider(provider: object): unknown };
}

/** What each entry is registered as. */
export type Signal = keyof OtelApi;

const API = Symbol.for("opentelemetry.js.api.1");
const LOGS_API = Symbol.for("io.opentelemetry.js.api.logs");
/** A copy takes what a later minor version registered, never what an earlier one did. */
const ANY_VERSION = "1.999.999";
/** What `@opentelemetry/api-logs` asks for. */
const LOGS_VERSION = 1;

type Shared = Partial<Record<Signal, unknown>>;
const globals = globalThis as unknown as {
  [API]?: Shared;
  [LOGS_API]?: (version: number) => unknown;
};

/** Whether copies have a place to meet already. */
export function isShared(): boolean {
  return globals[API] !== undefined;
}

/** Whether nobody else has a signal. */
export function isFree(signal: Signal, own: object): boolean {
  const registered = globals[API]?.[signal];
  return registered === undefined || isOrLeadsTo(registered, own);
}

/**
 * Takes a signal that is free. A copy refuses where another version of it, or Deno, was first: what
 * it finds there counts all the same, when that one is the later. False when it does not.
 */
export function take(signal: Signal, own: object, api: OtelApi | undefined): boolean {
  if (globals[API]?.[signal] === undefined && (api === undefined || !register(signal, own, api))) {
    (globals[API] ??= { version: ANY_VERSION } as Shared)[signal] = own;
  }
  const found = api === undefined ? own : read(signal, api);
  return found === undefined || isOrLeadsTo(found, own);
}

/** Gives a signal up, when it is ours. */
export function giveUp(signal: Signal, own: object, api: OtelApi | undefined): void {
  const shared = globals[API];
  if (shared === undefined || !isOrLeadsTo(shared[signal], own)) return;
  api?.[signal]?.disable();
  delete shared[signal];
}

/** Takes the place away when nothing is left there. */
export function unshare(): void {
  if (Object.keys(globals[API] ?? {}).every((key) => key === "version")) delete globals[API];
}

/** Takes the place of `@opentelemetry/api-logs`, unless another provider has it. */
export function takeLogs(own: object, api: OtelLogsApi | undefined): boolean {
  const known = globals[LOGS_API]?.(LOGS_VERSION);
  if (known !== undefined) return known === own;
  if (api !== undefined) api.logs.setGlobalLoggerProvider(own);
  else globals[LOGS_API] = (version) => version === LOGS_VERSION ? own : undefined;
  return true;
}

/** Gives it up again, when it is ours. */
export function giveUpLogs(own: object, api: OtelLogsApi | undefined): void {
  if (globals[LOGS_API]?.(LOGS_VERSION) !== own) return;
  api?.logs.disable();
  delete globals[LOGS_API];
}

function register(signal: Signal, own: object, api: OtelApi): boolean {
  switch (signal) {
    case "trace":
      return api.trace.setGlobalTracerProvider(own);
    case "context":
      return api.context.setGlobalContextManager(own);
    case "propagation":
      return api.propagation.setGlobalPropagator(own);
    case "metrics":
      return api.metrics.setGlobalMeterProvider(own);
    case "logs":
      return api.logs?.setGlobalLoggerProvider(own) ?? false;
  }
}

/** What the user's copy has; undefined where it does not say. */
function read(signal: Signal, api: OtelApi): unknown {
  switch (signal) {
    case "trace":
      return api.trace.getTracerProvider?.();
    case "metrics":
      return api.metrics.getMeterProvider?.();
    case "logs":
      return api.logs?.getLoggerProvider?.();
    default:
      return undefined;
  }
}

/** The API registers a proxy of its own for tracers. */
function isOrLeadsTo(registered: unknown, own: object): boolean {
  if (registered === own) return true;
  const { getDelegate } = (registered ?? {}) as { getDelegate?: () => unknown };
  return typeof getDelegate === "function" && getDelegate.call(registered) === own;
}
