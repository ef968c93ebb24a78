/**
 * The context manager and the propagator of `@opentelemetry/api`. Telltale's context holds the active
 * span; OpenTelemetry's carries the other values that libraries store.
 *
 * @module
 */
import { AsyncLocalStorage } from "node:async_hooks";
import { type Baggage, type Context, current, run, UNTRACED } from "../../core/context.ts";
import type { Tracer } from "../../trace/tracer.ts";
import { OtelBaggage } from "./baggage.ts";
import { bindEmitter, isEmitter } from "./emitter.ts";
import type { OtelContext, OtelGetter, OtelSetter } from "./shapes.ts";
import { contextOfSpan, isOtelSpan, OtelSpan, type OtelSpanShape } from "./span.ts";

// The keys of `@opentelemetry/api`, which registers them by these names.
const SPAN = Symbol.for("OpenTelemetry Context Key SPAN");
const BAGGAGE = Symbol.for("OpenTelemetry Baggage Key");
const SUPPRESSED = Symbol.for("OpenTelemetry SDK Context Key SUPPRESS_TRACING");

/** An immutable map from symbols to values. */
class Values implements OtelContext {
  readonly #values: ReadonlyMap<symbol, unknown>;

  constructor(values: ReadonlyMap<symbol, unknown>) {
    this.#values = values;
  }

  getValue(key: symbol): unknown {
    return this.#values.get(key);
  }

  setValue(key: symbol, value: unknown): OtelContext {
    return new Values(new Map(this.#values).set(key, value));
  }

  deleteValue(key: symbol): OtelContext {
    const values = new Map(this.#values);
    values.delete(key);
    return new Values(values);
  }
}

/** The context in which nothing is active. */
export const ROOT: OtelContext = new Values(new Map());

/** Whether a value is a context of the API, from any copy of it. */
export function isContext(context: unknown): context is OtelContext {
  try {
    const { getValue, setValue, deleteValue } = context as Partial<OtelContext>;
    return [getValue, setValue, deleteValue].every((verb) => typeof verb === "function");
  } catch {
    return false;
  }
}

/** Whether the context suppresses spans, as exporters do for their own requests. */
export function isSuppressed(context: OtelContext): boolean {
  return context.getValue(SUPPRESSED) === true;
}

/** A copy of `context` with another active span and its baggage. */
export function withActive(
  context: OtelContext,
  active: Context | undefined,
  tracer: Tracer,
): OtelContext {
  if (active === undefined) {
    return context === ROOT ? ROOT : context.deleteValue(SPAN).deleteValue(BAGGAGE);
  }
  if (active === UNTRACED) return context.deleteValue(SPAN).setValue(SUPPRESSED, true);
  const baggage = active.baggage;
  const withBaggage = baggage === undefined
    ? context.deleteValue(BAGGAGE)
    : context.setValue(BAGGAGE, new OtelBaggage(baggage));
  return active.traceId === ""
    ? withBaggage.deleteValue(SPAN)
    : withBaggage.setValue(SPAN, OtelSpan.of(active, tracer));
}

/** The span and baggage of an OpenTelemetry context as Telltale's; undefined without either. */
export function activeOf(context: OtelContext): Context | undefined {
  const found = context.getValue(SPAN);
  const active = isOtelSpan(found) ? contextOfSpan(found as OtelSpanShape) : undefined;
  const baggage = OtelBaggage.read(context.getValue(BAGGAGE));
  if (active === undefined) return baggage === undefined ? undefined : carrying(baggage);
  if (baggage === active.baggage) return active;
  const { traceId, spanId, flags, tracestate, requestId, fields, remote } = active;
  const span = active.span ?? active;
  return { traceId, spanId, flags, tracestate, requestId, fields, remote, baggage, span };
}

function carrying(baggage: Baggage): Context {
  return { traceId: "", spanId: "", flags: 0, tracestate: "", requestId: "", baggage };
}

interface Held {
  readonly context: OtelContext;
  /** Telltale's context when this one became active; if it differs by now, it is newer. */
  readonly active: Context | undefined;
}

/**
 * The context manager. Telltale's own slot decides which span is active; the other values of an
 * OpenTelemetry context are in a second slot, used only through the API.
 */
export class OtelContextManager {
  readonly #slot = new AsyncLocalStorage<Held | undefined>();
  readonly #tracer: Tracer;

  /** Spans in its contexts take their times from the tracer's clock. */
  constructor(tracer: Tracer) {
    this.#tracer = tracer;
  }

  /** The active context. */
  active(): OtelContext {
    const held = this.#slot.getStore(), active = current();
    if (held !== undefined && held.active === active) return held.context;
    return withActive(held?.context ?? ROOT, active, this.#tracer);
  }

  /** Runs `fn` with `context` active. */
  with<A extends unknown[], F extends (...args: A) => ReturnType<F>>(
    context: OtelContext,
    fn: F,
    thisArg?: ThisParameterType<F>,
    ...args: A
  ): ReturnType<F> {
    const given = isContext(context) ? context : ROOT, active = activeOf(given);
    return this.#slot.run(
      { context: given, active },
      () => run(active, () => fn.call(thisArg as ThisParameterType<F>, ...args)),
    );
  }

  /**
   * Binds a function to `context`, or an event emitter, whose listeners added from now on run with it.
   * Returns any other value as it is.
   */
  bind<T>(context: OtelContext, target: T): T {
    if (typeof target === "function") return this.#bound(context, target);
    this.#tracer.faults.guard("otel context", () => {
      if (isEmitter(target)) bindEmitter(target, (listener) => this.#bound(context, listener));
    });
    return target;
  }

  #bound<T>(context: OtelContext, target: T): T {
    const fn = target as unknown as (...args: unknown[]) => unknown, runWith = this.with.bind(this);
    const bound = function (this: unknown, ...args: unknown[]): unknown {
      return runWith(context, fn, this, ...args);
    };
    Object.defineProperty(bound, "length", { value: fn.length, configurable: true });
    return bound as unknown as T;
  }

  /** Does nothing: the API requires it. */
  enable(): this {
    return this;
  }

  /** Does nothing: the API requires it. */
  disable(): this {
    return this;
  }
}

/** Propagates contexts with the tracer's propagator. */
export class OtelPropagator {
  readonly #tracer: Tracer;

  /** Uses the propagator of `tracer`. */
  constructor(tracer: Tracer) {
    this.#tracer = tracer;
  }

  /** Writes a context into a carrier. */
  inject(context: OtelContext, carrier: unknown, setter: OtelSetter): void {
    const fields = new Map<string, string>();
    this.#tracer.faults.guard("otel inject", () => {
      const active = activeOf(context);
      if (active === undefined) return;
      this.#tracer.inject(fields, undefined, active);
      for (const [name, value] of fields) setter.set(carrier, name, value);
    });
  }

  /** A copy of `context` with the span and baggage of the carrier. */
  extract(context: OtelContext, carrier: unknown, getter: OtelGetter): OtelContext {
    const found = this.#tracer.extract({
      get: (name: string) => joined(getter.get(carrier, name)),
      set() {},
    });
    return found === undefined ? context : withActive(context, found, this.#tracer);
  }

  /** The names that `inject` may write. */
  fields(): string[] {
    return ["traceparent", "tracestate", "baggage"];
  }
}

function joined(value: string | string[] | undefined): string | undefined {
  return Array.isArray(value) ? value.join(",") : value;
}
