/**
 * One log record, as plain data: the only thing that crosses from the logger to what writes it.
 *
 * @module
 */
import { clip } from "../../core/text.ts";
import { levelName } from "./level.ts";

/** What a log line says besides its message. */
export type Fields = Readonly<Record<string, unknown>>;

/** Fields that a logger is bound to. */
export interface BoundFields {
  /** The fields by name. */
  readonly fields: Fields;
  /** Kept by the JSON encoder, so that bound fields are encoded once and not once a line. */
  json: string | undefined;
}

/** What one log call left behind. Its fields are copies: nobody can change them afterwards. */
export interface LogRecord {
  /** Milliseconds since the Unix epoch. */
  readonly time: number;
  /** Severity as OTLP counts it: 9 is info. */
  readonly level: number;
  /** The name of a level of the application's own; empty for the six. */
  readonly levelName: string;
  /** What happened, in words; at most 16 384 UTF-16 units. */
  readonly message: string;
  /** The service that speaks; may be empty. */
  readonly service: string;
  /** The category of its logger, such as `db.pool`; empty for the root. */
  readonly category: string;
  /** 32 hex digits; empty outside a trace. */
  readonly traceId: string;
  /** 16 hex digits; empty outside a trace. */
  readonly spanId: string;
  /** Empty outside a request. */
  readonly requestId: string;
  /** The fields of this call: scalars as they came, everything else as plain data. */
  readonly fields: Fields;
  /** The fields of its logger; of the same key in both, `fields` holds the valid one. */
  readonly bound: BoundFields | undefined;
  /** About what the record occupies in memory. */
  readonly sizeBytes: number;
  /** When it was seen first, where that is not `time`: of a record that came from elsewhere. */
  readonly observedTime?: number | undefined;
  /** Its severity in the words of who wrote it; undefined for a record of ours. */
  readonly severityText?: string | undefined;
}

/** What a record brings along that was not written here, or not now: for bridges. */
export interface LogOrigin {
  /** When it happened, in milliseconds since the Unix epoch; when it was seen when not given. */
  readonly time?: number | undefined;
  /** When it was seen first; now when not given. */
  readonly observedTime?: number | undefined;
  /** Its severity in the words of who wrote it; at most 64 UTF-16 units are kept. */
  readonly severityText?: string | undefined;
}

/** A record with the time and the words it brought along. */
export function withOrigin(record: LogRecord, origin: LogOrigin): LogRecord {
  const { severityText } = origin;
  const observedTime = finite(origin.observedTime) ?? record.time;
  return {
    ...record,
    time: finite(origin.time) ?? observedTime,
    observedTime,
    severityText: typeof severityText === "string" ? clip(severityText, 64) : undefined,
  };
}

function finite(time: number | undefined): number | undefined {
  return Number.isFinite(time) ? time : undefined;
}

/** The fields of a record and of its logger, together. */
export function allFields(record: LogRecord): Fields {
  if (record.bound === undefined) return record.fields;
  return { ...record.bound.fields, ...record.fields };
}

/** The name of a record's level. */
export function levelOf(record: LogRecord): string {
  return record.levelName === "" ? levelName(record.level) : record.levelName;
}
