/**
 * The types of `@opentelemetry/api` that the bridge uses, by shape, as the published package has no
 * dependency. Tests assign the bridge to the real types.
 *
 * @module
 */

/** OpenTelemetry's context: an immutable map that follows the running code. */
export interface OtelContext {
  /** The value under a key. */
  getValue(key: symbol): unknown;
  /** A copy in which a key has this value. */
  setValue(key: symbol, value: unknown): OtelContext;
  /** A copy without a key. */
  deleteValue(key: symbol): OtelContext;
}

/** A time: seconds and nanoseconds, milliseconds of the wall or monotonic clock, or a date. */
export type OtelTime = [number, number] | number | Date;

/** The value of an attribute; empty items of a list keep their place, as "", 0 or false. */
export type OtelAttributeValue =
  | string
  | number
  | boolean
  | (string | null | undefined)[]
  | (number | null | undefined)[]
  | (boolean | null | undefined)[];

/** Attributes by name. */
export interface OtelAttributes {
  /** The value; undefined for none. */
  [key: string]: OtelAttributeValue | undefined;
}

/** `tracestate` as an object. */
export interface OtelTraceState {
  /** A copy in which a key is set. */
  set(key: string, value: string): OtelTraceState;
  /** A copy without a key. */
  unset(key: string): OtelTraceState;
  /** The value of a key. */
  get(key: string): string | undefined;
  /** The header. */
  serialize(): string;
}

/** The identity of a span. */
export interface OtelSpanContext {
  /** 32 lower-case hex digits. */
  traceId: string;
  /** 16 lower-case hex digits. */
  spanId: string;
  /** Whether it comes from another process. */
  isRemote?: boolean;
  /** Trace flags. */
  traceFlags: number;
  /** The tracestate. */
  traceState?: OtelTraceState;
}

/** A link to another span. */
export interface OtelLink {
  /** The linked span. */
  context: OtelSpanContext;
  /** The attributes of the link. */
  attributes?: OtelAttributes;
}

/** How a span starts. */
export interface OtelSpanOptions {
  /** 0 internal, 1 server, 2 client, 3 producer, 4 consumer. */
  kind?: number;
  /** The initial attributes. */
  attributes?: OtelAttributes;
  /** Links to related spans. */
  links?: OtelLink[];
  /** The start of the span. */
  startTime?: OtelTime;
  /** Whether it starts a new trace. */
  root?: boolean;
}

/** The options of an instrument. */
export interface OtelMetricOptions {
  /** The help text. */
  description?: string;
  /** A UCUM unit such as `ms` or `By`. */
  unit?: string;
  /** Hints for the aggregation. */
  advice?: {
    /** Upper bounds of a histogram's buckets. */
    explicitBucketBoundaries?: number[];
  };
}

/** An instrument whose callbacks are called when metrics are collected. */
export interface OtelObservable {
  /** Adds a callback. */
  addCallback(callback: OtelObservableCallback): void;
  /** Removes a callback. */
  removeCallback(callback: OtelObservableCallback): void;
}

/** Reports values of observable instruments. */
export type OtelObservableCallback = (
  // deno-lint-ignore no-explicit-any -- the API's own type has `this` and a type parameter here
  result: any,
) => void | Promise<void>;

/** The options of a logger. */
export interface OtelLoggerOptions {
  /** Attributes of all its records. */
  attributes?: Record<string, unknown>;
  /** The name of `attributes` in earlier versions of the API. */
  scopeAttributes?: Record<string, unknown>;
  /** In earlier versions of the API: false for records that belong to no span. */
  includeTraceContext?: boolean;
}

/** A log record as instrumentation emits it. */
export interface OtelLogRecord {
  /** The kind of event. */
  eventName?: string;
  /** The time of the event. */
  timestamp?: OtelTime;
  /** The time when the event was first observed. */
  observedTimestamp?: OtelTime;
  /** The severity, 1 to 24. */
  severityNumber?: number;
  /** The library's own name of the level. */
  severityText?: string;
  /** The message. */
  body?: unknown;
  /** The attributes of the record. */
  attributes?: Record<string, unknown>;
  /** The error of the record. */
  exception?: unknown;
  /** The context in which it was emitted. */
  context?: OtelContext;
}

/** Writes fields of a carrier. */
export interface OtelSetter {
  /** Sets a field. */
  // deno-lint-ignore no-explicit-any -- a carrier is whatever the caller's getter understands
  set(carrier: any, key: string, value: string): void;
}

/** Reads fields of a carrier. */
export interface OtelGetter {
  /** The value of a field. */
  // deno-lint-ignore no-explicit-any -- a carrier is whatever the caller's getter understands
  get(carrier: any, key: string): undefined | string | string[];
}
