/**
 * A bridge for libraries that are instrumented with the OpenTelemetry API: what they make lands in
 * Telltale, with the right parents.
 *
 * @module
 */
import type { Logger } from "../log/logger.ts";
import type { Registry } from "../metrics/registry.ts";
import type { Tracer } from "../trace/tracer.ts";
import { environment } from "../core/platform.ts";
import { OtelContextManager } from "./otel_context.ts";
import { OtelLoggerProvider } from "./otel_logger.ts";
import { OtelMeterProvider } from "./otel_meter.ts";
import type { OtelMeterOptions } from "./otel_meter_store.ts";
import { OtelPropagator } from "./otel_propagator.ts";
import { OtelTracerProvider } from "./otel_tracer.ts";

export type { Clock } from "../core/clock.ts";
export type { OtelContextManager } from "./otel_context.ts";
export type { OtelLogger, OtelLoggerProvider } from "./otel_logger.ts";
export type { OtelInstrument, OtelMeter, OtelMeterProvider } from "./otel_meter.ts";
export type { MeterStore, OtelInstrumentKind, OtelMeterOptions } from "./otel_meter_store.ts";
export type { MetricType } from "./otel_names.ts";
export type { Write } from "./otel_shards.ts";
export type { OtelPropagator } from "./otel_propagator.ts";
export type { OtelSpan, OtelSpanShape } from "./otel_span.ts";
export type { OtelTracer, OtelTracerProvider } from "./otel_tracer.ts";
export type * from "./otel_shapes.ts";

/** What the bridge leads to; a `Telltale` has them all. */
export interface OtelParts {
  /** Takes spans. */
  readonly tracer: Tracer;
  /** Takes metrics. */
  readonly metrics: Registry;
  /** Takes log records. */
  readonly log: Logger;
}

/** A namespace of `@opentelemetry/api`: `import * as api from "@opentelemetry/api"`. */
export interface OtelApi {
  /** Its entry to traces. */
  readonly trace: { setGlobalTracerProvider(provider: object): boolean; disable(): void };
  /** Its entry to metrics. */
  readonly metrics: { setGlobalMeterProvider(provider: object): boolean; disable(): void };
  /** Its entry to contexts. */
  readonly context: { setGlobalContextManager(manager: object): boolean; disable(): void };
  /** Its entry to propagation. */
  readonly propagation: { setGlobalPropagator(propagator: object): boolean; disable(): void };
}

/** A namespace of `@opentelemetry/api-logs`. */
export interface OtelLogsApi {
  /** Its entry to logs. */
  readonly logs: { setGlobalLoggerProvider(provider: object): object; disable(): void };
}

/** Who has which signal after {@linkcode OtelBridge.register}. */
export interface OtelRegistration {
  /** Whether spans come here, and contexts and headers are ours. */
  readonly traces: boolean;
  /** Whether metrics come here. */
  readonly metrics: boolean;
  /** Whether log records come here. */
  readonly logs: boolean;
  /** What was left to another provider, and what to do about it; empty when all is ours. */
  readonly notes: readonly string[];
}

/** Where the copies of the API in a process meet. */
const API = Symbol.for("opentelemetry.js.api.1");
const LOGS_API = Symbol.for("io.opentelemetry.js.api.logs");
/** A copy takes what a later minor version registered, never what an earlier one did. */
const ANY_VERSION = "1.999.999";
/** What `@opentelemetry/api-logs` asks for. */
const LOGS_VERSION = 1;

const SIGNALS = ["trace", "context", "propagation", "metrics"] as const;

type Globals = Record<symbol, unknown>;
type ApiGlobal = Record<string, unknown>;

/**
 * Providers for the OpenTelemetry API over the parts of Telltale.
 *
 * A signal that another provider has already is left to it, so that nothing is recorded twice:
 * under `OTEL_DENO=true` that is Deno itself. `register` says so in its notes and in a warning.
 *
 * @example Register with the application's copy of the API, or with whichever is there
 * ```ts
 * import { OtelBridge } from "@telltale/telltale/otel";
 * import { telltale } from "@telltale/telltale";
 * import { deepEqual } from "node:assert/strict";
 *
 * await using t = telltale({ service: "orders", log: { sinks: [] } });
 * const bridge = new OtelBridge(t);
 *
 * // bridge.register(api, logsApi), or bridge.register() at the very start of the program. And by hand:
 * const library = bridge.tracerProvider.getTracer("some-library", "1.0.0");
 * t.tracer.span("request", () => library.startSpan("query").end());
 *
 * const [query, request] = t.tracer.finished.since(0);
 * deepEqual([query?.name, query?.parentSpanId], ["query", request?.spanId]);
 * ```
 */
export class OtelBridge {
  /** For `api.trace`. */
  readonly tracerProvider: OtelTracerProvider;
  /** For `api.metrics`. */
  readonly meterProvider: OtelMeterProvider;
  /** For `logs` of `@opentelemetry/api-logs`. */
  readonly loggerProvider: OtelLoggerProvider;
  /** For `api.context`. */
  readonly contextManager: OtelContextManager;
  /** For `api.propagation`. */
  readonly propagator: OtelPropagator;
  readonly #log: Logger;
  /** The copy of the API that was registered with, which must forget us too. */
  #api: OtelApi | undefined;
  #logsApi: OtelLogsApi | undefined;

  /** Registers nothing yet; metrics of its meter provider are collected from now on. */
  constructor(parts: OtelParts, options: OtelMeterOptions = {}) {
    const { tracer, metrics, log } = parts;
    this.contextManager = new OtelContextManager(tracer);
    this.tracerProvider = new OtelTracerProvider(tracer, this.contextManager);
    this.meterProvider = new OtelMeterProvider(metrics, options);
    this.loggerProvider = new OtelLoggerProvider(log, tracer.faults, tracer);
    this.propagator = new OtelPropagator(tracer);
    this.#log = log;
  }

  /**
   * Registers every provider whose place is free.
   *
   * Without the API's namespaces it does so under the symbols by which all copies of the API find
   * each other; that must be done before any library asks for a tracer, and `setGlobal…` of a copy
   * will refuse afterwards.
   */
  register(api?: OtelApi, logsApi?: OtelLogsApi): OtelRegistration {
    this.#api = api;
    this.#logsApi = logsApi;
    const notes: string[] = [];
    const known = (globalThis as unknown as Globals)[API] as ApiGlobal | undefined;
    const traces = this.#isFree(known, ["trace", "context", "propagation"]);
    const metrics = this.#isFree(known, ["metrics"]);
    if (traces) this.#registerTraces(api);
    else notes.push(note("Spans", "trace"));
    if (metrics) this.#registerMetrics(api);
    else notes.push(note("Metrics", "metrics"));
    const logs = this.#registerLogs(logsApi);
    if (!logs) notes.push(note("Log records", "logs"));
    for (const text of notes) this.#log.warn(text);
    return { traces, metrics, logs, notes };
  }

  /** Gives up what this bridge registered, and takes its metrics out of the registry. */
  unregister(): void {
    const globals = globalThis as unknown as Globals,
      shared = globals[API] as ApiGlobal | undefined;
    for (const name of SIGNALS) {
      if (shared === undefined || !isOrLeadsTo(shared[name], this.#own[name])) continue;
      this.#api?.[name].disable();
      delete shared[name];
    }
    if (readLogs(globals) === this.loggerProvider) {
      this.#logsApi?.logs.disable();
      delete globals[LOGS_API];
    }
    this.meterProvider.close();
  }

  get #own(): Record<keyof OtelApi, object> {
    return {
      trace: this.tracerProvider,
      context: this.contextManager,
      propagation: this.propagator,
      metrics: this.meterProvider,
    };
  }

  #isFree(api: ApiGlobal | undefined, names: readonly (keyof OtelApi)[]): boolean {
    const own = this.#own;
    return names.every((name) => api?.[name] === undefined || isOrLeadsTo(api[name], own[name]));
  }

  #registerTraces(api: OtelApi | undefined): void {
    if (api === undefined) {
      const { trace, context, propagation } = this.#own;
      Object.assign(sharedApi(), { trace, context, propagation });
      return;
    }
    api.trace.setGlobalTracerProvider(this.tracerProvider);
    api.context.setGlobalContextManager(this.contextManager);
    api.propagation.setGlobalPropagator(this.propagator);
  }

  #registerMetrics(api: OtelApi | undefined): void {
    if (api === undefined) sharedApi().metrics = this.meterProvider;
    else api.metrics.setGlobalMeterProvider(this.meterProvider);
  }

  #registerLogs(api: OtelLogsApi | undefined): boolean {
    const globals = globalThis as unknown as Globals;
    const known = readLogs(globals);
    if (known !== undefined) return known === this.loggerProvider;
    if (api !== undefined) api.logs.setGlobalLoggerProvider(this.loggerProvider);
    else {
      const provider = this.loggerProvider;
      globals[LOGS_API] = (version: number) => version === LOGS_VERSION ? provider : undefined;
    }
    return true;
  }
}

function sharedApi(): ApiGlobal {
  const globals = globalThis as unknown as Globals;
  return (globals[API] ??= { version: ANY_VERSION }) as ApiGlobal;
}

function readLogs(globals: Globals): unknown {
  const get = globals[LOGS_API] as ((version: number) => unknown) | undefined;
  return get?.(LOGS_VERSION);
}

/** The API registers a proxy of its own for tracers. */
function isOrLeadsTo(registered: unknown, own: object): boolean {
  if (registered === own) return true;
  const { getDelegate } = (registered ?? {}) as { getDelegate?: () => unknown };
  return typeof getDelegate === "function" && getDelegate.call(registered) === own;
}

function note(what: string, signal: string): string {
  return environment("OTEL_DENO") === "true" && signal !== "logs"
    ? `${what} that libraries make through the OpenTelemetry API stay with Deno (OTEL_DENO=true) ` +
      "and are not in Telltale; unset OTEL_DENO to have them here"
    : `${what} that libraries make through the OpenTelemetry API stay with the provider that was ` +
      "registered before, and are not in Telltale";
}
