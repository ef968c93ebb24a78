/**
 * The global objects that all copies of the OpenTelemetry API in a process share.
 *
 * @module
 */

/** The API of one signal. */
export interface OtelEntry {
  /** Forgets the provider, and the proxies handed out before there was one. */
  disable(): void;
}

/** A namespace of `@opentelemetry/api`: `import * as api from "@opentelemetry/api"`. */
export interface OtelApi {
  /** The trace API. */
  readonly trace: OtelEntry & {
    setGlobalTracerProvider(provider: object): boolean;
    getTracerProvider?(): object;
  };
  /** The metrics API. */
  readonly metrics: OtelEntry & {
    setGlobalMeterProvider(provider: object): boolean;
    getMeterProvider?(): object;
  };
  /** The context API. */
  readonly context: OtelEntry & { setGlobalContextManager(manager: object): boolean };
  /** The propagation API. */
  readonly propagation: OtelEntry & { setGlobalPropagator(propagator: object): boolean };
  /** The logs API, from 1.10 on. */
  readonly logs?: OtelEntry & {
    setGlobalLoggerProvider(provider: object): boolean;
    getLoggerProvider?(): object;
  };
}

/** A namespace of `@opentelemetry/api-logs`. */
export interface OtelLogsApi {
  /** The logs API. */
  readonly logs: OtelEntry & { setGlobalLoggerProvider(provider: object): unknown };
}

/** The name under which each API is registered. */
export type Signal = keyof OtelApi;

const API = Symbol.for("opentelemetry.js.api.1");
const LOGS_API = Symbol.for("io.opentelemetry.js.api.logs");
/** A copy accepts providers registered by a later minor version, never by an earlier one. */
const ANY_VERSION = "1.999.999";
/** The version that `@opentelemetry/api-logs` asks for. */
const LOGS_VERSION = 1;

type Shared = Partial<Record<Signal, unknown>>;
const globals = globalThis as unknown as {
  [API]?: Shared;
  [LOGS_API]?: (version: number) => unknown;
};

/** Whether the shared object exists. */
export function isShared(): boolean {
  return globals[API] !== undefined;
}

/** Whether a signal has no other provider. */
export function isFree(signal: Signal, own: object): boolean {
  const registered = globals[API]?.[signal];
  return registered === undefined || isOrLeadsTo(registered, own);
}

/**
 * Registers a provider for a signal that is free. A copy refuses where another version of the API, or
 * Deno, registered first; if that version is later, the copy finds this provider nevertheless. False
 * when it does not.
 */
export function registerProvider(signal: Signal, own: object, api: OtelApi | undefined): boolean {
  if (globals[API]?.[signal] === undefined && (api === undefined || !register(signal, own, api))) {
    (globals[API] ??= { version: ANY_VERSION } as Shared)[signal] = own;
  }
  const found = api === undefined ? own : read(signal, api);
  return found === undefined || isOrLeadsTo(found, own);
}

/** Removes this provider of a signal. */
export function removeProvider(signal: Signal, own: object, api: OtelApi | undefined): void {
  const shared = globals[API];
  if (shared === undefined || !isOrLeadsTo(shared[signal], own)) return;
  api?.[signal]?.disable();
  delete shared[signal];
}

/** Removes the shared object when no provider is left in it. */
export function unshare(): void {
  if (Object.keys(globals[API] ?? {}).every((key) => key === "version")) delete globals[API];
}

/** Registers with `@opentelemetry/api-logs`, unless another provider has. */
export function registerLogs(own: object, api: OtelLogsApi | undefined): boolean {
  const known = globals[LOGS_API]?.(LOGS_VERSION);
  if (known !== undefined) return known === own;
  if (api !== undefined) api.logs.setGlobalLoggerProvider(own);
  else globals[LOGS_API] = (version) => version === LOGS_VERSION ? own : undefined;
  return true;
}

/** Removes this provider from `@opentelemetry/api-logs`. */
export function removeLogs(own: object, api: OtelLogsApi | undefined): void {
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

/** The provider that the user's copy finds; undefined where it does not tell. */
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

/** Whether a registered provider is this one, or the API's proxy for it. */
function isOrLeadsTo(registered: unknown, own: object): boolean {
  if (registered === own) return true;
  const { getDelegate } = (registered ?? {}) as { getDelegate?: () => unknown };
  return typeof getDelegate === "function" && getDelegate.call(registered) === own;
}
