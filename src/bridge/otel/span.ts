/**
 * Our spans as `@opentelemetry/api` sees them, and the other way round.
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

/** What the bridge asks of a span that it did not make. */
export interface OtelSpanShape {
  /** Its identity. */
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
/** One face a span, so that the API's `getActiveSpan()` gives the same object every time. */
const faces = new WeakMap<Context, OtelSpan>();

/** One of our spans, or a context that came over the wire, with the verbs of the API. */
export class OtelSpan implements OtelSpanShape {
  readonly #context: Context;
  readonly #tracer: Tracer;

  /** Made by {@linkcode OtelSpan.of}. */
  constructor(context: Context, tracer: Tracer) {
    this.#context = context;
    this.#tracer = tracer;
  }

  /** The face of a context. */
  static of(context: Context, tracer: Tracer): OtelSpan {
    const span = context.span ?? context;
    let face = faces.get(span);
    if (face === undefined) faces.set(span, face = new OtelSpan(span, tracer));
    return face;
  }

  /** What is behind the face. */
  get context(): Context {
    return this.#context;
  }

  /** Its identity. */
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

  /** Whether what is said about it is kept. */
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

  /** Notes that something happened. */
  addEvent(name: string, attributesOrTime?: OtelAttributes | OtelTime, time?: OtelTime): this {
    return this.#say((span) => {
      const isTime = typeof attributesOrTime === "number" || Array.isArray(attributesOrTime) ||
        attributesOrTime instanceof Date;
      const attributes = isTime ? undefined : attributesOf(attributesOrTime as OtelAttributes);
      span.event(name, attributes, this.#ms(span, isTime ? attributesOrTime as OtelTime : time));
    });
  }

  /** Links another span. */
  addLink(link: OtelLink): this {
    return this.#say((span) => span.link(contextOf(link.context), attributesOf(link.attributes)));
  }

  /** Links other spans. */
  addLinks(links: OtelLink[]): this {
    return this.#say(() => {
      for (const link of links) this.addLink(link);
    });
  }

  /** Sets the status; its codes are 0 unset, 1 ok, 2 error. */
  setStatus(status: { code: number; message?: string }): this {
    return this.#say((span) => span.setStatus(STATUSES[status.code] ?? "unset", status.message));
  }

  /** Gives it a better name. */
  updateName(name: string): this {
    return this.#say((span) => {
      if (typeof name === "string") span.rename(name);
    });
  }

  /** Ends it. */
  end(time?: OtelTime): void {
    this.#say((span) => span.end(this.#ms(span, time)));
  }

  /** As the API has it: an event; the status stays as it is. */
  recordException(exception: unknown, time?: OtelTime): void {
    this.#say((span) =>
      span.event(
        "exception",
        exceptionAttributes(describeException(exception, this.#tracer.redactor)),
        this.#ms(span, time),
      )
    );
  }

  /** No verb of the API may throw, whatever a library hands in. */
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

/** Whether `value` is a span of the API, whoever made it. */
export function isOtelSpan(value: unknown): value is OtelSpanShape {
  return typeof value === "object" && value !== null &&
    typeof (value as Partial<OtelSpanShape>).spanContext === "function";
}

/** The context of a span: the very span when it is one of ours. */
export function contextOfSpan(span: OtelSpanShape): Context {
  return span instanceof OtelSpan ? span.context : contextOf(span.spanContext());
}

/** A span context as ours; without valid ids it begins nothing. */
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

/** The API's attributes as ours. */
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
  // Of a list without any value nobody knows the kind.
  if (Array.isArray(value) && value.length > 0 && value.every(isEmpty)) return value.map(() => "");
  return (value ?? undefined) as AttributeValue | undefined;
}

function isEmpty(value: unknown): boolean {
  return value === null || value === undefined;
}
