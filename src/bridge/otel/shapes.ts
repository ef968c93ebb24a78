/**
 * The parts of `@opentelemetry/api` that the bridge meets, by shape: the published package lists no
 * dependency, and tests assign the bridge to the real types.
 *
 * @module
 */

/** An immutable map that OpenTelemetry carries along with the code that runs. */
export interface OtelContext {
  /** The value under a key. */
  getValue(key: symbol): unknown;
  /** A copy in which a key has this value. */
  setValue(key: symbol, value: unknown): OtelContext;
  /** A copy without a key. */
  deleteValue(key: symbol): OtelContext;
}

/** A time: seconds and nanoseconds, milliseconds of either clock, or a date. */
export type OtelTime = [number, number] | number | Date;

/** A value of an attribute; what is empty in a list keeps its place, as "", 0 or false. */
export type OtelAttributeValue =
  | string
  | number
  | boolean
  | (string | null | undefined)[]
  | (number | null | undefined)[]
  | (boolean | null | undefined)[];

/** Attributes by name. */
export interface OtelAttributes {
  /** A value, if there is one. */
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
  /** Whether it came over the wire. */
  isRemote?: boolean;
  /** Trace flags. */
  traceFlags: number;
  /** Its tracestate. */
  traceState?: OtelTraceState;
}

/** A link to another span. */
export interface OtelLink {
  /** The linked span. */
  context: OtelSpanContext;
  /** What the link means. */
  attributes?: OtelAttributes;
}

/** How a span starts. */
export interface OtelSpanOptions {
  /** 0 internal, 1 server, 2 client, 3 producer, 4 consumer. */
  kind?: number;
  /** First attributes. */
  attributes?: OtelAttributes;
  /** Spans that belong with it. */
  links?: OtelLink[];
  /** When it began. */
  startTime?: OtelTime;
  /** Whether it begins a trace. */
  root?: boolean;
}

/** What makes an instrument. */
export interface OtelMetricOptions {
  /** What a person reads. */
  description?: string;
  /** A UCUM unit such as `ms` or `By`. */
  unit?: string;
  /** How to keep it best. */
  advice?: {
    /** Upper bounds of a histogram's buckets. */
    explicitBucketBoundaries?: number[];
  };
}

/** An instrument that is asked when metrics are collected. */
export interface OtelObservable {
  /** Adds what is asked. */
  addCallback(callback: OtelObservableCallback): void;
  /** Removes what is asked. */
  removeCallback(callback: OtelObservableCallback): void;
}

/** Tells the value of one instrument. */
export type OtelObservableCallback = (
  // deno-lint-ignore no-explicit-any -- the API's own type has `this` and a type parameter here
  result: any,
) => void | Promise<void>;

/** What a library says of its logger. */
export interface OtelLoggerOptions {
  /** What is known about all its records. */
  attributes?: Record<string, unknown>;
  /** The same, as earlier versions of the API call it. */
  scopeAttributes?: Record<string, unknown>;
  /** Of earlier versions of the API: false for records that belong to no span. */
  includeTraceContext?: boolean;
}

/** A log record as instrumentation emits it. */
export interface OtelLogRecord {
  /** What kind of event it is. */
  eventName?: string;
  /** When it happened. */
  timestamp?: OtelTime;
  /** When it was seen first. */
  observedTimestamp?: OtelTime;
  /** 1 to 24. */
  severityNumber?: number;
  /** The level in the words of the library. */
  severityText?: string;
  /** What happened. */
  body?: unknown;
  /** What is known about it. */
  attributes?: Record<string, unknown>;
  /** What was thrown. */
  exception?: unknown;
  /** Where it happened. */
  context?: OtelContext;
}

/** Writes one field of a carrier. */
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
