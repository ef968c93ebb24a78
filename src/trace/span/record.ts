/**
 * Finished spans as plain data, for encoders, exporters, the console and tests.
 *
 * @module
 */
import type { Attributes, AttributeValue } from "../../core/attributes.ts";
import type { SpanKind, SpanStatus } from "./span.ts";

/**
 * The attribute of a local root (a trace's first span in this process) with the share of such traces
 * that is recorded, from 0 to 1: it stands for `1 / ratio` of them. Absent when all are recorded.
 */
export const SAMPLING_RATIO = "sampling.ratio";

/** An event of a span. */
export interface SpanEvent {
  /** The name of the event. */
  readonly name: string;
  /** Milliseconds since the Unix epoch, with a fraction. */
  readonly timeMs: number;
  /** Its attributes. */
  readonly attributes: Attributes;
  /** Attributes that exceeded a limit, or had a value of another type. */
  readonly droppedAttributes: number;
}

/** A related span. */
export interface SpanLink {
  /** The linked span's trace. */
  readonly traceId: string;
  /** The linked span. */
  readonly spanId: string;
  /** Its trace flags. */
  readonly flags: number;
  /** Its tracestate; empty without one. */
  readonly tracestate: string;
  /** Whether it is of another process. */
  readonly remote: boolean;
  /** What the link means. */
  readonly attributes: Attributes;
  /** Attributes that exceeded a limit, or had a value of another type. */
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
  /** The name of the operation. */
  readonly name: string;
  /** The role of the operation. */
  readonly kind: SpanKind;
  /** Milliseconds since the Unix epoch, with a fraction. */
  readonly startTimeMs: number;
  /** Milliseconds by the monotonic clock; never negative. */
  readonly durationMs: number;
  /** The outcome of the operation. */
  readonly status: SpanStatus;
  /** Why the status is `error`; empty for another status, or without a message. */
  readonly statusMessage: string;
  /** Its attributes. */
  readonly attributes: Attributes;
  /** Its events, oldest first. */
  readonly events: readonly SpanEvent[];
  /** Related spans. */
  readonly links: readonly SpanLink[];
  /** Its trace flags. */
  readonly flags: number;
  /** Its tracestate; empty without one. */
  readonly tracestate: string;
  /** The request it served; empty outside one. */
  readonly requestId: string;
  /** Attributes that exceeded a limit, or had a value of another type. */
  readonly droppedAttributes: number;
  /** Events that exceeded a limit. */
  readonly droppedEvents: number;
  /** Links that exceeded a limit. */
  readonly droppedLinks: number;
}

/** A finished span for encoders, with attributes as they are stored: an object of them would cost a copy. */
export interface RawSpan extends Omit<SpanRecord, "attributes"> {
  /** Keys and values alternating; undefined in unused slots. Secrets among them are not hidden yet. */
  readonly pairs: readonly (string | AttributeValue | undefined)[];
  /**
   * The value of a key without secrets, undefined when it is left out: the same function for all spans of
   * a tracer. Undefined where nothing is to be hidden.
   */
  readonly shown: ((key: string, value: AttributeValue) => AttributeValue | undefined) | undefined;
}

/** A span that has ended. Its record is made when it is read: to store the span is many times cheaper. */
export interface FinishedSpan {
  /** Its trace. */
  readonly traceId: string;
  /** Whether it is the first span of its trace in this process. */
  readonly isLocalRoot: boolean;
  /** About what it occupies, in UTF-16 units. */
  readonly size: number;
  /** When it ended, on the tracer's monotonic clock. */
  readonly endedMs: number;
  /** The span as plain data. */
  record(): SpanRecord;
  /** The span for encoders: its attributes are pairs, in which secrets are not hidden yet. */
  raw(): RawSpan;
}
