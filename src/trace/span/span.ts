/**
 * A span: one piece of work of a trace, and the context of the code that does it.
 *
 * @module
 */
import type { Attributes, AttributeValue } from "../../core/attributes.ts";
import type { Baggage, Context } from "../../core/context.ts";
import { DISPOSE } from "../../core/dispose.ts";
import type { Ids } from "../../core/ids.ts";

/** What a span's work is to its caller (OpenTelemetry's SpanKind). */
export type SpanKind = "internal" | "server" | "client" | "producer" | "consumer";

/** How the work ended; `unset` is "as usual". */
export type SpanStatus = "unset" | "ok" | "error";

/** Another span that this one belongs with, though it is not its parent. */
export interface SpanLinkOptions {
  /** The linked span: a {@linkcode Span}, or what `extract` gave. */
  readonly context: Context;
  /** What the link means. */
  readonly attributes?: Attributes | undefined;
}

/** How a span starts. */
export interface SpanOptions {
  /** `internal` when not given. */
  readonly kind?: SpanKind | undefined;
  /** First attributes; samplers see them. */
  readonly attributes?: Attributes | undefined;
  /** The parent; the active context when not given, none at all when null. */
  readonly parent?: Context | null | undefined;
  /** Spans that this one belongs with. */
  readonly links?: readonly SpanLinkOptions[] | undefined;
  /** When the work began, on the tracer's monotonic clock; now when not given. */
  readonly startedAtMs?: number | undefined;
  /** The request that it serves; the parent's when not given, else a server span's trace id. */
  readonly requestId?: string | undefined;
  /** What travels with the request; the parent's when not given. */
  readonly baggage?: Baggage | undefined;
  /** Fields of every log line in the span; the parent's when not given. */
  readonly fields?: Readonly<Record<string, unknown>> | undefined;
}

/**
 * A span, and the {@linkcode Context} of the code that runs in it. `Tracer` makes spans; this base
 * is the one that nobody records: it has ids to send on, and its verbs do nothing.
 *
 * No verb throws. After `end()` a verb changes nothing and is counted as misuse.
 *
 * @example
 * ```ts
 * import { Tracer } from "@telltale/telltale/trace";
 * import { deepEqual } from "node:assert/strict";
 *
 * const tracer = new Tracer();
 * {
 *   using span = tracer.start("charge card", { kind: "client" });
 *   span.set("payment.method", "card").event("accepted");
 * }
 * const [record] = tracer.finished;
 * deepEqual(record?.attributes, { "payment.method": "card" });
 * ```
 */
export class Span implements Context {
  readonly traceId: string;
  readonly flags: number;
  readonly tracestate: string;
  readonly requestId: string;
  readonly baggage: Baggage | undefined;
  readonly fields: Readonly<Record<string, unknown>> | undefined;
  readonly #ids: Ids;
  #spanId: string | undefined = undefined;

  /**
   * Called by `Tracer`; elsewhere, start a span.
   *
   * @param context what the span takes request id, baggage and fields over from
   */
  constructor(
    ids: Ids,
    traceId: string,
    flags: number,
    tracestate: string,
    options: SpanOptions,
    context: Context | undefined,
  ) {
    this.traceId = traceId;
    this.#ids = ids;
    this.flags = flags;
    this.tracestate = tracestate;
    this.requestId = options.requestId ?? requestIdOf(context, options, traceId);
    this.baggage = options.baggage ?? context?.baggage;
    this.fields = options.fields ?? context?.fields;
  }

  /** 16 lower-case hex digits, drawn when somebody asks: many a span has neither child nor log line. */
  get spanId(): string {
    return this.#spanId ??= this.#ids.spanId();
  }

  /** Whether what is said about this span is kept. Ask before working out a dear attribute. */
  get recording(): boolean {
    return false;
  }

  /** Whether its status is `error`. */
  get failed(): boolean {
    return false;
  }

  /** Sets an attribute; the last value of a key counts, `undefined` sets nothing. */
  set(_key: string, _value: AttributeValue | undefined): this {
    return this;
  }

  /** Notes that something happened, now or at a time of the tracer's monotonic clock. */
  event(_name: string, _attributes?: Attributes, _atMs?: number): this {
    return this;
  }

  /** Records what was thrown as an `exception` event with its causes; the status becomes `error`. */
  fail(_error: unknown): this {
    return this;
  }

  /** Links another span: the message a batch took up, the request a job was queued in. */
  link(_context: Context, _attributes?: Attributes): this {
    return this;
  }

  /** Sets the status without an exception. `ok` is final; `unset` changes nothing. */
  setStatus(_status: SpanStatus, _message?: string): this {
    return this;
  }

  /** Gives the span a better name, known only now (a route after routing). */
  rename(_name: string): this {
    return this;
  }

  /** Ends the span, now or at a time of the tracer's monotonic clock. Only the first call counts. */
  end(_endedAtMs?: number): void {}

  /** {@linkcode Span.end}, for `using`. */
  [DISPOSE](): void {
    this.end();
  }
}

/** A request keeps its id; a server span outside one begins a request of its own. */
function requestIdOf(context: Context | undefined, { kind }: SpanOptions, traceId: string): string {
  if (context?.requestId) return context.requestId;
  return kind === "server" ? traceId : "";
}
