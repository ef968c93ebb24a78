/**
 * Deno's own tracing (`OTEL_DENO=true`), which writes a `traceparent` into each request.
 *
 * @module
 */
import type { Context } from "../../core/context.ts";
import { deno } from "../../core/platform.ts";

/** Tracing of the runtime's own that writes the trace of whoever is active in it. */
export interface ForeignTracing {
  /** Runs `fn` as part of a span of ours, whose ids are written. */
  as<T>(span: Context, fn: () => T): T;
}

interface OtelContext {
  getValue(key: symbol): unknown;
  setValue(key: symbol, value: unknown): OtelContext;
  deleteValue(key: symbol): OtelContext;
}

interface ContextManager {
  active(): OtelContext;
  with<T>(context: OtelContext, fn: () => T): T;
}

// Where `@opentelemetry/api`, and Deno in its name, keep what is registered and the active span.
const API = Symbol.for("opentelemetry.js.api.1");
const SPAN = Symbol.for("OpenTelemetry Context Key SPAN");

/**
 * Deno's tracing when it is on and sends the trace on (`OTEL_PROPAGATORS` has `tracecontext`). Its
 * `fetch` appends a `traceparent`, whatever header there is: with two of them the next service has
 * to start anew (W3C Trace Context §3.2.2). So ours is left out there and Deno writes our ids.
 */
export function denoTracing(): ForeignTracing | undefined {
  try {
    const api =
      (globalThis as { [API]?: { trace?: object; propagation?: { fields(): string[] } } })[
        API
      ];
    if (deno === undefined || api?.trace === undefined) return undefined;
    const { tracerProvider, contextManager } = deno.telemetry ?? {};
    const writes = api.propagation?.fields().includes("traceparent");
    if (api.trace !== tracerProvider || !writes) return undefined;
    const manager = contextManager as ContextManager;
    return { as: (span, fn) => manager.with(new Within(manager.active(), span), fn) };
  } catch {
    return undefined; // Another version of Deno, with another shape.
  }
}

/**
 * A context of Deno's in which our span is active, and stays so: Deno enters its own span for the
 * request before it writes the active one, and that one is unknown to whoever reads our spans.
 */
class Within implements OtelContext {
  readonly #outer: OtelContext;
  readonly #span: Context;

  constructor(outer: OtelContext, span: Context) {
    this.#outer = outer;
    this.#span = span;
  }

  getValue(key: symbol): unknown {
    if (key !== SPAN) return this.#outer.getValue(key);
    const { traceId, spanId, flags } = this.#span;
    return { spanContext: () => ({ traceId, spanId, traceFlags: flags, isRemote: false }) };
  }

  setValue(key: symbol, value: unknown): OtelContext {
    return key === SPAN ? this : new Within(this.#outer.setValue(key, value), this.#span);
  }

  deleteValue(key: symbol): OtelContext {
    return key === SPAN ? this : new Within(this.#outer.deleteValue(key), this.#span);
  }
}
