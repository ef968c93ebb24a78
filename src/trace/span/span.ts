/**
 * Spans: one operation of a trace each, and the context of the code that runs in it.
 *
 * @module
 */
import type { Attributes, AttributeSource, AttributeValue } from "../../core/attributes.ts";
import type { Baggage, Context } from "../../core/context.ts";
import { DISPOSE } from "../../core/dispose.ts";
import type { Ids } from "../../core/ids.ts";
import type { Tally } from "../../core/tally.ts";

/** The role of a span's operation (OpenTelemetry's SpanKind). */
export type SpanKind = "internal" | "server" | "client" | "producer" | "consumer";

/** The outcome of the operation; `unset` unless it failed or was declared `ok`. */
export type SpanStatus = "unset" | "ok" | "error";

/** A related span that is not the parent. */
export interface SpanLinkOptions {
  /** The linked span: a {@linkcode Span}, or what `extract` gave. */
  readonly context: Context;
  /** What the link means. */
  readonly attributes?: Attributes | undefined;
}

/** How a span starts. */
export interface SpanOptions {
  /**
   * The role of the operation.
   *
   * @default "internal"
   */
  readonly kind?: SpanKind | undefined;
  /** First attributes, which samplers see. */
  readonly attributes?: Attributes | undefined;
  /**
   * Makes further attributes when the span is read; one that is set on the span counts instead of the
   * source's. With a source, `attributes` are for samplers alone and the source has them too: as a
   * getter, they cost nothing unless a sampler reads them.
   *
   * @default none
   */
  readonly source?: AttributeSource | undefined;
  /**
   * The parent; null for none.
   *
   * @default the active context
   */
  readonly parent?: Context | null | undefined;
  /** Related spans. */
  readonly links?: readonly SpanLinkOptions[] | undefined;
  /**
   * When the operation began, on the tracer's monotonic clock.
   *
   * @default now
   */
  readonly startedAtMs?: number | undefined;
  /**
   * The request that it serves.
   *
   * @default the parent's, or for a server span its trace id
   */
  readonly requestId?: string | undefined;
  /**
   * The baggage, which travels with the request.
   *
   * @default the parent's
   */
  readonly baggage?: Baggage | undefined;
  /**
   * Fields of every log line in the span.
   *
   * @default the parent's
   */
  readonly fields?: Readonly<Record<string, unknown>> | undefined;
  /**
   * What the request or job that begins with the span adds up to.
   *
   * @default the parent's
   */
  readonly tally?: Tally | undefined;
}

/**
 * A span, and the {@linkcode Context} of the code that runs in it. `Tracer` makes spans; this base
 * class is an unrecorded span: it has ids to propagate, and its methods do nothing.
 *
 * No method throws. After `end()` a method changes nothing and is counted as misuse.
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
  readonly tally: Tally | undefined;
  readonly #ids: Ids;
  #spanId: string | undefined = undefined;

  /** Called by `Tracer`; elsewhere, start a span. */
  constructor(
    ids: Ids,
    traceId: string,
    flags: number,
    tracestate: string,
    requestId: string,
    baggage: Baggage | undefined,
    fields: Readonly<Record<string, unknown>> | undefined,
    tally: Tally | undefined,
  ) {
    this.traceId = traceId;
    this.#ids = ids;
    this.flags = flags;
    this.tracestate = tracestate;
    this.requestId = requestId;
    this.baggage = baggage;
    this.fields = fields;
    this.tally = tally;
  }

  /** 16 lower-case hex digits, drawn when first read: many spans have neither child nor log line. */
  get spanId(): string {
    return this.#spanId ??= this.#ids.spanId();
  }

  /** Whether the span is recorded. Check it before computing an expensive attribute. */
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

  /** Adds an event, now or at a time of the tracer's monotonic clock. */
  event(_name: string, _attributes?: Attributes, _atMs?: number): this {
    return this;
  }

  /** Records an error with its causes as an `exception` event; the status becomes `error`. */
  fail(_error: unknown): this {
    return this;
  }

  /** Links a related span: that of a message in a batch, or of the request that queued a job. */
  link(_context: Context, _attributes?: Attributes): this {
    return this;
  }

  /** Sets the status without an error to record. `ok` is final; `unset` changes nothing. */
  setStatus(_status: SpanStatus, _message?: string): this {
    return this;
  }

  /** Replaces the name by one that was not known at the start, such as the route of a request. */
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

/** The context's request id; a server span without one starts a request. */
export function requestIdOf(
  context: Context | undefined,
  { kind }: SpanOptions,
  traceId: string,
): string {
  if (context?.requestId) return context.requestId;
  return kind === "server" ? traceId : "";
}
