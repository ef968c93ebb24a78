/**
 * Registers Telltale as the provider behind the OpenTelemetry API.
 *
 * @module
 */
import type { Logger } from "../../log/logger.ts";
import type { Registry } from "../../metrics/registry.ts";
import type { Tracer } from "../../trace/tracer.ts";
import { requireGiven } from "../../core/check.ts";
import { DISPOSE } from "../../core/dispose.ts";
import { environment } from "../../core/platform.ts";
import { Standing } from "../../core/standing.ts";
import { OtelContextManager, OtelPropagator } from "./context.ts";
import * as shared from "./globals.ts";
import type { OtelApi, OtelLogsApi, Signal } from "./globals.ts";
import { OtelLoggerProvider } from "./logger.ts";
import { type OtelMeterOptions, OtelMeterProvider } from "./meter.ts";
import { OtelTracerProvider } from "./tracer.ts";

/** The parts that receive spans, metrics and log records; a `Telltale` has them all. */
export interface OtelParts {
  /** Takes spans. */
  readonly tracer: Tracer;
  /** Takes metrics. */
  readonly metrics: Registry;
  /** Takes log records. */
  readonly log: Logger;
}

/** The signals that {@linkcode OtelBridge.register} has taken. */
export interface OtelRegistration {
  /** Whether this bridge receives spans, and provides context and propagation. */
  readonly traces: boolean;
  /** Whether this bridge receives metrics. */
  readonly metrics: boolean;
  /** Whether this bridge receives log records. */
  readonly logs: boolean;
  /** For each signal left to another provider: why, and what to do about it. */
  readonly notes: readonly string[];
}

const standing = new Standing(import.meta.url);
const TRACES: readonly Signal[] = ["trace", "context", "propagation"];
const SIGNALS: readonly Signal[] = [...TRACES, "metrics", "logs"];

/**
 * Providers for the OpenTelemetry API: what instrumented libraries record goes to Telltale, with the
 * right parents.
 *
 * A signal that already has another provider is left to it, so that nothing is recorded twice; under
 * `OTEL_DENO=true` that provider is Deno itself. `register` reports it in its notes and in a warning.
 *
 * @example Register with the application's copy of the API, or with any copy
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
 * const [query, request] = t.tracer.finished;
 * deepEqual([query?.name, query?.parentSpanId], ["query", request?.spanId]);
 * ```
 */
export class OtelBridge {
  /** For `api.trace`. */
  readonly tracerProvider: OtelTracerProvider;
  /** For `api.metrics`. */
  readonly meterProvider: OtelMeterProvider;
  /** For `logs` of `@opentelemetry/api` from 1.10 on, and of `@opentelemetry/api-logs`. */
  readonly loggerProvider: OtelLoggerProvider;
  /** For `api.context`. */
  readonly contextManager: OtelContextManager;
  /** For `api.propagation`. */
  readonly propagator: OtelPropagator;
  readonly #log: Logger;
  /** The copy of the API passed to `register`, which must forget this bridge, too. */
  #api: OtelApi | undefined;
  #logsApi: OtelLogsApi | undefined;
  /** Whether this bridge created the object that all copies share. */
  #hasShared = false;
  /** Unregisters, while there is something registered. */
  #takeBack: (() => void) | undefined;

  /** Registers nothing yet; the metrics of its meter provider are collected from now on. */
  constructor(parts: OtelParts, options: OtelMeterOptions = {}) {
    requireGiven("bridge OpenTelemetry", parts, "parts");
    const { tracer, metrics, log } = parts;
    this.contextManager = new OtelContextManager(tracer);
    this.tracerProvider = new OtelTracerProvider(tracer, this.contextManager);
    this.meterProvider = new OtelMeterProvider(metrics, options);
    this.loggerProvider = new OtelLoggerProvider(log, tracer);
    this.propagator = new OtelPropagator(tracer);
    this.#log = log;
  }

  /**
   * Registers a provider for every signal that has none. From 1.10 on, `@opentelemetry/api` contains
   * the log API; libraries may use it or `@opentelemetry/api-logs`, so both are registered.
   *
   * Without namespaces, the providers are registered under the symbols that all copies of the API
   * share. Do so before any library asks for a tracer; `setGlobal…` of a copy fails afterwards. With a
   * namespace, copies of a later minor version don't find the providers.
   *
   * @param api the namespace of `@opentelemetry/api`
   * @param logsApi the namespace of `@opentelemetry/api-logs`
   */
  register(api?: OtelApi, logsApi?: OtelLogsApi): OtelRegistration {
    standing.clear();
    this.#takeBack ??= standing.add(() => this.#unregister());
    this.#api = api;
    this.#logsApi = logsApi?.logs === api?.logs ? undefined : logsApi;
    this.#hasShared ||= !shared.isShared();
    this.meterProvider.attach();
    const notes: string[] = [];
    const traces = this.#registerAll(TRACES, note("Spans", "trace"), notes);
    const metrics = this.#registerAll(["metrics"], note("Metrics", "metrics"), notes);
    const lost = note("Log records", "logs");
    const inApi = this.#hasLogs ? this.#registerAll(["logs"], lost, notes) : true;
    const inLogsApi = shared.registerLogs(this.loggerProvider, this.#logsApi);
    if (!inLogsApi && inApi) notes.push(lost);
    for (const text of new Set(notes)) this.#log.warn(text);
    return { traces, metrics, logs: inApi && inLogsApi, notes: [...new Set(notes)] };
  }

  /**
   * Undoes {@linkcode OtelBridge.register}, and removes the bridge's metrics from the registry. A
   * tracer or logger that a library keeps continues to record. The bridge can register again.
   */
  unregister(): void {
    if (this.#takeBack === undefined) this.#unregister();
    else this.#takeBack();
  }

  /** {@linkcode OtelBridge.unregister}. */
  [DISPOSE](): void {
    this.unregister();
  }

  #unregister(): void {
    this.#takeBack = undefined;
    const own = this.#own;
    for (const signal of SIGNALS) shared.removeProvider(signal, own[signal], this.#api);
    if (this.#hasShared) shared.unshare();
    this.#hasShared = false;
    shared.removeLogs(this.loggerProvider, this.#logsApi);
    this.meterProvider.detach();
  }

  get #own(): Record<Signal, object> {
    return {
      trace: this.tracerProvider,
      context: this.contextManager,
      propagation: this.propagator,
      metrics: this.meterProvider,
      logs: this.loggerProvider,
    };
  }

  get #hasLogs(): boolean {
    return this.#api === undefined || this.#api.logs !== undefined;
  }

  #registerAll(signals: readonly Signal[], lost: string, notes: string[]): boolean {
    const own = this.#own;
    if (!signals.every((signal) => shared.isFree(signal, own[signal]))) notes.push(lost);
    else if (signals.every((signal) => shared.registerProvider(signal, own[signal], this.#api))) {
      return true;
    } else notes.push(ANOTHER_COPY);
    return false;
  }
}

const ANOTHER_COPY =
  "An earlier version of @opentelemetry/api has registered first, and the copy passed to register() " +
  "can't see its providers; call register() without arguments at the start of the program";

function note(what: string, signal: string): string {
  return environment("OTEL_DENO") === "true" && signal !== "logs"
    ? `${what} of the OpenTelemetry API go to Deno (OTEL_DENO=true), not to Telltale; ` +
      "unset OTEL_DENO to change that"
    : `${what} of the OpenTelemetry API go to the provider registered first, not to Telltale`;
}
