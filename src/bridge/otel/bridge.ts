/**
 * A bridge for libraries that are instrumented with the OpenTelemetry API: what they make lands in
 * Telltale, with the right parents.
 *
 * @module
 */
import type { Logger } from "../../log/logger.ts";
import type { Registry } from "../../metrics/registry.ts";
import type { Tracer } from "../../trace/tracer.ts";
import { requireGiven } from "../../core/check.ts";
import { environment } from "../../core/platform.ts";
import { Standing } from "../../core/standing.ts";
import { OtelContextManager } from "./context.ts";
import * as shared from "./globals.ts";
import type { OtelApi, OtelLogsApi, Signal } from "./globals.ts";
import { OtelLoggerProvider } from "./logger.ts";
import { OtelMeterProvider } from "./meter.ts";
import type { OtelMeterOptions } from "./meter_store.ts";
import { OtelPropagator } from "./propagator.ts";
import { OtelTracerProvider } from "./tracer.ts";

/** What the bridge leads to; a `Telltale` has them all. */
export interface OtelParts {
  /** Takes spans. */
  readonly tracer: Tracer;
  /** Takes metrics. */
  readonly metrics: Registry;
  /** Takes log records. */
  readonly log: Logger;
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

const standing = new Standing(import.meta.url);
const TRACES: readonly Signal[] = ["trace", "context", "propagation"];
const SIGNALS: readonly Signal[] = [...TRACES, "metrics", "logs"];

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
  /** The copy of the API that was registered with, which must forget us too. */
  #api: OtelApi | undefined;
  #logsApi: OtelLogsApi | undefined;
  /** Whether the place where copies meet was made for us. */
  #hasShared = false;
  /** Unregisters. */
  #takeBack: (() => void) | undefined;

  /** Registers nothing yet; metrics of its meter provider are collected from now on. */
  constructor(parts: OtelParts, options: OtelMeterOptions = {}) {
    requireGiven("bridge OpenTelemetry", parts, "parts");
    const { tracer, metrics, log } = parts;
    this.contextManager = new OtelContextManager(tracer);
    this.tracerProvider = new OtelTracerProvider(tracer, this.contextManager);
    this.meterProvider = new OtelMeterProvider(metrics, options);
    this.loggerProvider = new OtelLoggerProvider(log, tracer.faults, tracer);
    this.propagator = new OtelPropagator(tracer);
    this.#log = log;
  }

  /**
   * Registers every provider whose place is free. `@opentelemetry/api` has the log API in itself
   * from 1.10 on; libraries may use that one or `@opentelemetry/api-logs`, so both are taken.
   *
   * Without the API's namespaces it does so under the symbols by which all copies of the API find
   * each other; that must be done before any library asks for a tracer, and `setGlobal…` of a copy
   * will refuse afterwards. With a namespace, copies of a later minor version see nothing.
   */
  register(api?: OtelApi, logsApi?: OtelLogsApi): OtelRegistration {
    standing.clear();
    this.#takeBack ??= standing.add(() => this.#unregister());
    this.#api = api;
    this.#logsApi = logsApi?.logs === api?.logs ? undefined : logsApi;
    this.#hasShared ||= !shared.isShared();
    this.meterProvider.open();
    const notes: string[] = [];
    const traces = this.#take(TRACES, note("Spans", "trace"), notes);
    const metrics = this.#take(["metrics"], note("Metrics", "metrics"), notes);
    const lost = note("Log records", "logs");
    const inApi = this.#hasLogs ? this.#take(["logs"], lost, notes) : true;
    const inLogsApi = shared.takeLogs(this.loggerProvider, this.#logsApi);
    if (!inLogsApi && inApi) notes.push(lost);
    for (const text of new Set(notes)) this.#log.warn(text);
    return { traces, metrics, logs: inApi && inLogsApi, notes: [...new Set(notes)] };
  }

  /**
   * Gives up what this bridge registered, and takes its metrics out of the registry. A tracer or
   * logger that somebody keeps goes on to record.
   */
  unregister(): void {
    if (this.#takeBack === undefined) this.#unregister();
    else this.#takeBack();
  }

  #unregister(): void {
    this.#takeBack = undefined;
    const own = this.#own;
    for (const signal of SIGNALS) shared.giveUp(signal, own[signal], this.#api);
    if (this.#hasShared) shared.unshare();
    this.#hasShared = false;
    shared.giveUpLogs(this.loggerProvider, this.#logsApi);
    this.meterProvider.close();
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

  #take(signals: readonly Signal[], lost: string, notes: string[]): boolean {
    const own = this.#own;
    if (!signals.every((signal) => shared.isFree(signal, own[signal]))) notes.push(lost);
    else if (signals.every((signal) => shared.take(signal, own[signal], this.#api))) return true;
    else notes.push(ANOTHER_COPY);
    return false;
  }
}

const ANOTHER_COPY =
  "An earlier version of @opentelemetry/api has registered before, and the copy that was given to " +
  "register() can't see what is there; call register() without it at the start of the program";

function note(what: string, signal: string): string {
  return environment("OTEL_DENO") === "true" && signal !== "logs"
    ? `${what} that libraries make through the OpenTelemetry API stay with Deno (OTEL_DENO=true) ` +
      "and are not in Telltale; unset OTEL_DENO to have them here"
    : `${what} that libraries make through the OpenTelemetry API stay with the provider that was ` +
      "registered before, and are not in Telltale";
}
