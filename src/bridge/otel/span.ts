/**
 * Telltale's spans in the form of `@opentelemetry/api`, and the reverse.
 *
 * @module
 */
import type { Attributes, AttributeValue } from "../../core/attributes.ts";
import type { Context } from "../../core/context.ts";
import { describeException, exceptionAttributes } from "../../trace/span/redact.ts";
import { Span, type SpanStatus } from "../../trace/span/span.ts";
import type { Tracer } from "../../trace/tracer.ts";
import {
  deleteTracestate,
  parseTracestate,
  setTracestate,
  tracestateValue,
} from "../../trace/propagation/tracestate.ts";
import type {
  OtelAttributes,
  OtelAttributeValue,
  OtelLink,
  OtelSpanContext,
  OtelTime,
  OtelTraceState,
} from "./shapes.ts";
import { spanMsOf } from "./time.ts";

/** A span of any provider, by shape. */
export interface OtelSpanShape {
  /** The identity of the span. */
  spanContext(): OtelSpanContext;
}

/** `tracestate` as the API's immutable object. */
export class TraceState implements OtelTraceState {
  readonly #text: string;

  constructor(text: string) {
    this.#text = text;
  }

  set(key: string, value: string): TraceState {
    return new TraceState(setTracestate(this.#text, key, value));
  }

  unset(key: string): TraceState {
    return new TraceState(deleteTracestate(this.#text, key));
  }

  get(key: string): string | undefined {
    return tracestateValue(this.#text, key);
  }

  serialize(): string {
    return this.#text;
  }
}

const STATUSES: readonly SpanStatus[] = ["unset", "ok", "error"];
const INVALID_TRACE_ID = "0".repeat(32), INVALID_SPAN_ID = "0".repeat(16);
/** One wrapper per span, so that the API's `getActiveSpan()` returns the same object every time. */
const wrappers = new WeakMap<Context, OtelSpan>();

/** Wraps one of Telltale's spans, or a remote context, with the methods of the API. */
export class OtelSpan implements OtelSpanShape {
  readonly #context: Context;
  readonly #tracer: Tracer;

  /** Made by {@linkcode OtelSpan.of}. */
  constructor(context: Context, tracer: Tracer) {
    this.#context = context;
    this.#tracer = tracer;
  }

  /** The wrapper of a context. */
  static of(context: Context, tracer: Tracer): OtelSpan {
    const span = context.span ?? context;
    let wrapper = wrappers.get(span);
    if (wrapper === undefined) wrappers.set(span, wrapper = new OtelSpan(span, tracer));
    return wrapper;
  }

  /** The wrapped span or context. */
  get context(): Context {
    return this.#context;
  }

  /** The identity of the span. */
  spanContext(): OtelSpanContext {
    const { traceId, spanId, flags, tracestate, remote } = this.#context;
    const context: OtelSpanContext = {
      traceId: traceId || INVALID_TRACE_ID,
      spanId: spanId || INVALID_SPAN_ID,
      traceFlags: flags,
    };
    if (remote === true) context.isRemote = true;
    if (tracestate !== "") context.traceState = new TraceState(tracestate);
    return context;
  }

  /** Whether attributes and events are recorded. */
  isRecording(): boolean {
    return this.#span?.recording ?? false;
  }

  /** Sets an attribute. */
  setAttribute(key: string, value: OtelAttributeValue): this {
    return this.#say((span) => span.set(key, attributeOf(value)));
  }

  /** Sets attributes. */
  setAttributes(attributes: OtelAttributes): this {
    return this.#say((span) => {
      for (const key in attributes) span.set(key, attributeOf(attributes[key]));
    });
  }

  /** Adds an event. */
  addEvent(name: string, attributesOrTime?: OtelAttributes | OtelTime, time?: OtelTime): this {
    return this.#say((span) => {
      const isTime = typeof attributesOrTime === "number" || Array.isArray(attributesOrTime) ||
        attributesOrTime instanceof Date;
      const attributes = isTime ? undefined : attributesOf(attributesOrTime as OtelAttributes);
      span.event(name, attributes, this.#ms(span, isTime ? attributesOrTime as OtelTime : time));
    });
  }

  /** Adds a link to another span. */
  addLink(link: OtelLink): this {
    return this.#say((span) => span.link(contextOf(link.context), attributesOf(link.attributes)));
  }

  /** Adds links to other spans. */
  addLinks(links: OtelLink[]): this {
    return this.#say(() => {
      for (const link of links) this.addLink(link);
    });
  }

  /** Sets the status; its codes are 0 unset, 1 ok, 2 error. */
  setStatus(status: { code: number; message?: string }): this {
    return this.#say((span) => span.setStatus(STATUSES[status.code] ?? "unset", status.message));
  }

  /** Renames the span. */
  updateName(name: string): this {
    return this.#say((span) => {
      if (typeof name === "string") span.rename(name);
    });
  }

  /** Ends the span. */
  end(time?: OtelTime): void {
    this.#say((span) => span.end(this.#ms(span, time)));
  }

  /** Adds an exception as an event; as the API specifies, the status does not change. */
  recordException(exception: unknown, time?: OtelTime): void {
    this.#say((span) =>
      span.event(
        "exception",
        exceptionAttributes(describeException(exception, this.#tracer.redactor)),
        this.#ms(span, time),
      )
    );
  }

  /** Calls `fn` with the span: no method of the API may throw, whatever its arguments. */
  #say(fn: (span: Span) => void): this {
    const span = this.#span;
    if (span === undefined) return this;
    try {
      fn(span);
    } catch (error) {
      this.#tracer.faults.record("otel span", error);
    }
    return this;
  }

  get #span(): Span | undefined {
    return this.#context instanceof Span ? this.#context : undefined;
  }

  #ms(span: Span, time: OtelTime | undefined): number | undefined {
    return spanMsOf(time, span, this.#tracer);
  }
}

/** Whether a value is a span of the API, from any provider. */
export function isOtelSpan(value: unknown): value is OtelSpanShape {
  return typeof value === "object" && value !== null &&
    typeof (value as Partial<OtelSpanShape>).spanContext === "function";
}

/** The context of a span; for one of Telltale's it is the span itself. */
export function contextOfSpan(span: OtelSpanShape): Context {
  return span instanceof OtelSpan ? span.context : contextOf(span.spanContext());
}

/** A span context in Telltale's form; with invalid ids it is no parent. */
export function contextOf(context: OtelSpanContext): Context {
  const { traceId, spanId, traceFlags, traceState, isRemote } = context;
  const valid = /^(?!0+$)[0-9a-f]{32}$/.test(traceId) && /^(?!0+$)[0-9a-f]{16}$/.test(spanId);
  return {
    traceId: valid ? traceId : "",
    spanId: valid ? spanId : "",
    flags: traceFlags,
    tracestate: traceState === undefined ? "" : parseTracestate(traceState.serialize()),
    requestId: "",
    remote: isRemote === true,
  };
}

/** The API's attributes in Telltale's form. */
export function attributesOf(attributes: OtelAttributes | undefined): Attributes | undefined {
  if (attributes === undefined || attributes === null) return undefined;
  const kept: Record<string, AttributeValue> = {};
  for (const key in attributes) {
    const value = attributeOf(attributes[key]);
    if (value !== undefined) kept[key] = value;
  }
  return kept;
}

function attributeOf(value: OtelAttributeValue | undefined): AttributeValue | undefined {
  // The kind of a list without any value is unknown.
  if (Array.isArray(value) && value.length > 0 && value.every(isEmpty)) return value.map(() => "");
  return (value ?? undefined) as AttributeValue | undefined;
}

function isEmpty(value: unknown): boolean {
  return value === null || value === undefined;
}
