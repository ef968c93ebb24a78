/**
 * OpenTelemetry's context on top of ours: one says who is active, the other carries what libraries
 * put beside it.
 *
 * @module
 */
import { AsyncLocalStorage } from "node:async_hooks";
import { type Baggage, type Context, current, run, UNTRACED } from "../../core/context.ts";
import type { Tracer } from "../../trace/tracer.ts";
import { OtelBaggage } from "./baggage.ts";
import { bindEmitter, isEmitter } from "./emitter.ts";
import type { OtelContext } from "./shapes.ts";
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

/** Whether it is a context of the API, whoever made it; a caller without types may hand in anything. */
export function isContext(context: unknown): context is OtelContext {
  try {
    const { getValue, setValue, deleteValue } = context as Partial<OtelContext>;
    return [getValue, setValue, deleteValue].every((verb) => typeof verb === "function");
  } catch {
    return false;
  }
}

/** Whether the context asks for no spans, as exporters do for their own requests. */
export function isSuppressed(context: OtelContext): boolean {
  return context.getValue(SUPPRESSED) === true;
}

/** `context` with another span and its baggage. */
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
  const within = baggage === undefined
    ? context.deleteValue(BAGGAGE)
    : context.setValue(BAGGAGE, new OtelBaggage(baggage));
  return active.traceId === ""
    ? within.deleteValue(SPAN)
    : within.setValue(SPAN, OtelSpan.of(active, tracer));
}

/** What an OpenTelemetry context means to us; undefined when it holds neither span nor baggage. */
export function activeOf(context: OtelContext): Context | undefined {
  const span = context.getValue(SPAN);
  const active = isOtelSpan(span) ? contextOfSpan(span as OtelSpanShape) : undefined;
  const baggage = OtelBaggage.read(context.getValue(BAGGAGE));
  if (active === undefined) return baggage === undefined ? undefined : carrying(baggage);
  if (baggage === active.baggage) return active;
  const { traceId, spanId, flags, tracestate, requestId, fields, remote } = active;
  const of = active.span ?? active;
  return { traceId, spanId, flags, tracestate, requestId, fields, remote, baggage, span: of };
}

function carrying(baggage: Baggage): Context {
  return { traceId: "", spanId: "", flags: 0, tracestate: "", requestId: "", baggage };
}

interface Held {
  readonly context: OtelContext;
  /** What our slot held when the context became active; another means that ours is newer. */
  readonly active: Context | undefined;
}

/**
 * The context manager. Our slot stays the truth about the active span; beside it goes what else an
 * OpenTelemetry context holds, in a slot that is only used by those who use the API.
 */
export class OtelContextManager {
  readonly #slot = new AsyncLocalStorage<Held | undefined>();
  readonly #tracer: Tracer;

  /** Spans that it shows take their times by the tracer's clock. */
  constructor(tracer: Tracer) {
    this.#tracer = tracer;
  }

  /** The context of the code that runs now. */
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
   * A function that runs with `context` active, or the event emitter that was given: listeners that
   * are added to it from now on run so. Anything else is given back as it is.
   */
  bind<T>(context: OtelContext, target: T): T {
    if (typeof target === "function") return this.#bound(context, target);
    this.#tracer.faults.guard("otel context", () => {
      if (isEmitter(target)) bindEmitter(target, (listener) => this.#bound(context, listener));
    });
    return target;
  }

  #bound<T>(context: OtelContext, target: T): T {
    const fn = target as unknown as (...args: unknown[]) => unknown, with_ = this.with.bind(this);
    const bound = function (this: unknown, ...args: unknown[]): unknown {
      return with_(context, fn, this, ...args);
    };
    Object.defineProperty(bound, "length", { value: fn.length, configurable: true });
    return bound as unknown as T;
  }

  /** For the API: there is nothing to switch on. */
  enable(): this {
    return this;
  }

  /** For the API: there is nothing to switch off. */
  disable(): this {
    return this;
  }
}
