/**
 * Finished spans as plain data: what encoders, exporters, the console and tests read.
 *
 * @module
 */
import type { Attributes, AttributeValue } from "../../core/attributes.ts";
import type { SpanKind, SpanStatus } from "./span.ts";

/**
 * The attribute of a local root (a trace's first span in this process) that tells which share of
 * such traces is recorded, from 0 to 1: it stands for `1 / ratio` of them. Not there when all are.
 */
export const SAMPLING_RATIO = "sampling.ratio";

/** Something that happened while a span was open. */
export interface SpanEvent {
  /** What happened. */
  readonly name: string;
  /** Milliseconds since the Unix epoch, with a fraction. */
  readonly timeMs: number;
  /** What is known about it. */
  readonly attributes: Attributes;
  /** Attributes that were over a limit, or of no attribute type. */
  readonly droppedAttributes: number;
}

/** A span that belongs with this one. */
export interface SpanLink {
  /** The linked span's trace. */
  readonly traceId: string;
  /** The linked span. */
  readonly spanId: string;
  /** Its trace flags. */
  readonly flags: number;
  /** Its tracestate; empty when there was none. */
  readonly tracestate: string;
  /** Whether it came over the wire. */
  readonly remote: boolean;
  /** What the link means. */
  readonly attributes: Attributes;
  /** Attributes that were over a limit, or of no attribute type. */
  readonly droppedAttributes: number;
}

/** A span that has ended. */
export interface SpanRecord {
  /** 32 lower-case hex digits. */
  readonly traceId: string;
  /** 16 lower-case hex digits. */
  readonly spanId: string;
  /** The parent's span id; empty for the root of a trace. */
  readonly parentSpanId: string;
  /** Whether the parent is a span of another process. */
  readonly parentRemote: boolean;
  /** What kind of work it is. */
  readonly name: string;
  /** What the work is to its caller. */
  readonly kind: SpanKind;
  /** Milliseconds since the Unix epoch, with a fraction. */
  readonly startTimeMs: number;
  /** Milliseconds by the monotonic clock; never negative. */
  readonly durationMs: number;
  /** How the work ended. */
  readonly status: SpanStatus;
  /** Why the status is `error`; empty when it is not, or nobody said. */
  readonly statusMessage: string;
  /** What is known about the work. */
  readonly attributes: Attributes;
  /** What happened meanwhile, oldest first. */
  readonly events: readonly SpanEvent[];
  /** Spans that belong with it. */
  readonly links: readonly SpanLink[];
  /** Trace flags of the context that the span was. */
  readonly flags: number;
  /** Tracestate of the context that the span was; empty when there was none. */
  readonly tracestate: string;
  /** The request it served; empty outside one. */
  readonly requestId: string;
  /** Attributes that were over a limit, or of no attribute type. */
  readonly droppedAttributes: number;
  /** Events that were over the limit. */
  readonly droppedEvents: number;
  /** Links that were over the limit. */
  readonly droppedLinks: number;
}

/** A span that has ended, for encoders: attributes as pairs are not put into an object and out again. */
export interface FlatSpan extends Omit<SpanRecord, "attributes"> {
  /** Keys and values by turns; undefined where there is room. */
  readonly pairs: readonly (string | AttributeValue | undefined)[];
}
