/**
 * One log record: the only thing that crosses from the logger to the sinks.
 *
 * @module
 */
import type { Context } from "../../core/context.ts";
import { clip } from "../../core/text.ts";

/** What a log line says besides its message. */
export type Fields = Readonly<Record<string, unknown>>;

/**
 * What a call may be given besides its message. An object gives its own fields, an error is put under
 * `error`, and a function, which runs only when the level is enabled, returns one of these.
 */
export type GivenFields = object | Error | (() => unknown);

/** Fields that a logger is bound to. */
export interface BoundFields {
  /** The fields by name. */
  readonly fields: Fields;
  /** Set by the JSON encoder, so that bound fields are encoded once and not once a line. */
  json: string | undefined;
}

/**
 * What one log call recorded. Its fields are copies: nobody can change them afterwards.
 *
 * `fields` is a getter: for a changed copy, or one for another thread, write
 * `{ ...record, fields: record.fields }`.
 */
export abstract class LogRecord {
  /** When it happened, in milliseconds since the Unix epoch. */
  declare readonly timeMs: number;
  /** Severity from 1 to 24, as OTLP counts it: 9 is info. */
  declare readonly severity: number;
  /** The level's name: `info`, or a level of the application's own. */
  declare readonly level: string;
  /** What happened, in words; at most 16 384 UTF-16 units. */
  declare readonly message: string;
  /** The service that wrote it; may be empty. */
  declare readonly service: string;
  /** The category of its logger, such as `db.pool`; empty for the root. */
  declare readonly category: string;
  /** 32 hex digits; empty outside a trace. */
  declare readonly traceId: string;
  /** 16 hex digits; empty outside a trace. */
  declare readonly spanId: string;
  /** Empty outside a request. */
  declare readonly requestId: string;
  /**
   * About what the record occupies in memory, with its ids and fields: measured on both engines. A UTF-16
   * unit counts as one byte; texts beyond Latin-1 take two.
   */
  declare readonly sizeBytes: number;
  /** When it was first seen, if that is not `timeMs`: for a record that came from elsewhere. */
  declare readonly observedTimeMs?: number | undefined;
  /** Its severity in the words of its source; undefined for a record of ours. */
  declare readonly severityText?: string | undefined;
  /**
   * All fields, in the order of the output: those of the context and of the logger, then those of the
   * call, which win. Scalars are as they came, everything else is plain data.
   */
  abstract get fields(): Fields;

  /** Whether a logger made it. */
  static [Symbol.hasInstance](value: unknown): boolean {
    return value instanceof Entry;
  }
}

/** Where a record comes from that was not written here, or not now: for bridges. */
export interface LogOrigin {
  /** When it happened, in milliseconds since the Unix epoch. @default `observedTimeMs` */
  readonly timeMs?: number | undefined;
  /** When it was first seen. @default now */
  readonly observedTimeMs?: number | undefined;
  /** Its severity in the words of its source; at most 64 UTF-16 units are kept. */
  readonly severityText?: string | undefined;
}

/**
 * A {@linkcode LogRecord} that keeps the fields of its logger apart: they are encoded once.
 *
 * Its members are declared only, and it does not extend: to define a field before it is assigned, or to
 * call `super()`, costs a third of the making.
 */
export class Entry implements LogRecord {
  declare readonly timeMs: number;
  declare readonly severity: number;
  declare readonly level: string;
  declare readonly message: string;
  declare readonly service: string;
  declare readonly category: string;
  declare readonly traceId: string;
  declare readonly spanId: string;
  declare readonly requestId: string;
  declare readonly sizeBytes: number;
  readonly #own: Fields;
  readonly #bound: BoundFields | undefined;

  /** Many arguments rather than an object of them, which each log call would pay for. */
  constructor(
    timeMs: number,
    severity: number,
    level: string,
    message: string,
    service: string,
    category: string,
    context: Context | undefined,
    own: Fields,
    bound: BoundFields | undefined,
    sizeBytes: number,
  ) {
    const known = context !== undefined;
    this.timeMs = timeMs;
    this.severity = severity;
    this.level = level;
    this.message = message;
    this.service = service;
    this.category = category;
    this.traceId = known ? context.traceId : "";
    this.spanId = known ? context.spanId : "";
    this.requestId = known ? context.requestId : "";
    this.sizeBytes = sizeBytes;
    this.#own = own;
    this.#bound = bound;
  }

  get fields(): Fields {
    return this.#bound === undefined ? this.#own : { ...this.#bound.fields, ...this.#own };
  }

  /** The fields of its logger; undefined when `fields` is all there is, as in another's record. */
  static boundOf(record: LogRecord): BoundFields | undefined {
    return #bound in record ? record.#bound : undefined;
  }

  /** The fields of the call; of a key that is also in the bound ones, these hold the valid value. */
  static ownOf(record: LogRecord): Fields {
    return #own in record ? record.#own : record.fields;
  }

  /** Gives the record the time and the words that it brought along; before anybody has it. */
  originate(origin: LogOrigin): void {
    const { severityText } = origin;
    const observedTimeMs = finite(origin.observedTimeMs) ?? this.timeMs;
    Object.assign(this, {
      timeMs: finite(origin.timeMs) ?? observedTimeMs,
      observedTimeMs,
      severityText: typeof severityText === "string" ? clip(severityText, 64) : undefined,
    });
  }

  toJSON(): object {
    return { ...this, fields: this.fields };
  }
}

function finite(time: number | undefined): number | undefined {
  return Number.isFinite(time) ? time : undefined;
}
