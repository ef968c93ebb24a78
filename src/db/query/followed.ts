/**
 * A span whose end is also somebody else's: the one that a function runs in.
 *
 * @module
 */
import type { Attributes, AttributeValue } from "../../core/attributes.ts";
import type { Context } from "../../core/context.ts";
import type { Ids } from "../../core/ids.ts";
import { Span } from "../../trace/span/span.ts";

/** How a call ended: with an error, if it failed. */
export type CallEnd = (hasFailed: boolean, error: unknown) => void;

/** Stands for a span: passes everything on, but calls back at its end instead of ending. */
export class FollowedSpan extends Span {
  readonly span: Span;
  readonly #end: CallEnd;
  #hasEnded = false;
  #hasFailed = false;
  #error: unknown;

  constructor(span: Span, end: CallEnd) {
    // It draws no id of its own.
    const ids = undefined as unknown as Ids;
    const { traceId, flags, tracestate, requestId, baggage, fields, tally } = span;
    super(ids, traceId, flags, tracestate, requestId, baggage, fields, tally);
    this.span = span;
    this.#end = end;
  }

  override get spanId(): string {
    return this.span.spanId;
  }

  override get recording(): boolean {
    return !this.#hasEnded;
  }

  override set(key: string, value: AttributeValue | undefined): this {
    this.span.set(key, value);
    return this;
  }

  override event(name: string, attributes?: Attributes, atMs?: number): this {
    this.span.event(name, attributes, atMs);
    return this;
  }

  override link(context: Context, attributes?: Attributes): this {
    this.span.link(context, attributes);
    return this;
  }

  override fail(error: unknown): this {
    this.#hasFailed = true;
    this.#error = error;
    return this;
  }

  override end(): void {
    if (this.#hasEnded) return;
    this.#hasEnded = true;
    this.#end(this.#hasFailed, this.#error);
  }
}
