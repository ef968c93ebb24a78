/**
 * The propagator of `@opentelemetry/api` over ours.
 *
 * @module
 */
import type { Tracer } from "../../trace/tracer.ts";
import { activeOf, withActive } from "./context.ts";
import type { OtelContext, OtelGetter, OtelSetter } from "./shapes.ts";

/** Writes and reads contexts as the tracer does. */
export class OtelPropagator {
  readonly #tracer: Tracer;

  /** Does as `tracer` does. */
  constructor(tracer: Tracer) {
    this.#tracer = tracer;
  }

  /** Writes a context. */
  inject(context: OtelContext, carrier: unknown, setter: OtelSetter): void {
    const fields = new Map<string, string>();
    this.#tracer.faults.guard("otel inject", () => {
      const active = activeOf(context);
      if (active === undefined) return;
      this.#tracer.inject(fields, undefined, active);
      for (const [name, value] of fields) setter.set(carrier, name, value);
    });
  }

  /** `context` with what the carrier holds. */
  extract(context: OtelContext, carrier: unknown, getter: OtelGetter): OtelContext {
    const found = this.#tracer.extract({
      get: (name: string) => joined(getter.get(carrier, name)),
      set() {},
    });
    return found === undefined ? context : withActive(context, found, this.#tracer);
  }

  /** The fields that `inject` may write. */
  fields(): string[] {
    return ["traceparent", "tracestate", "baggage"];
  }
}

function joined(value: string | string[] | undefined): string | undefined {
  return Array.isArray(value) ? value.join(",") : value;
}
