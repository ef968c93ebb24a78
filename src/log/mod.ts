/**
 * Logging: a bounded ring of records, correlated with requests and traces, written in batches.
 *
 * @module
 */
export type { Clock } from "../core/clock.ts";
export type { Baggage, BaggageEntry, Context } from "../core/context.ts";
export { Duration, milliseconds, seconds } from "../core/duration.ts";
export { describeError, type ErrorDescription } from "../core/error.ts";
export { type FaultListener, Faults } from "../core/faults.ts";
export type { WhenFull } from "../core/output.ts";
export type { OutputCounts } from "../core/output_counts.ts";
export { DEFAULT_REDACTED_KEYS, REDACTED, Redactor } from "../core/redact.ts";
export type { RedactOptions } from "../core/redact_options.ts";
export {
  BEARER_TOKENS,
  CARD_NUMBERS,
  EMAILS,
  JWTS,
  type RedactPattern,
} from "../core/redact_pattern.ts";
export type { Writer } from "../core/writer.ts";
export { RecordRing } from "./record_ring.ts";
export { captureConsole } from "./capture.ts";
export type { LoggerCounts } from "./counts.ts";
export { EcsEncoder } from "./ecs.ts";
export { type FileOptions, FileSink } from "./file_sink.ts";
export { type FlightOptions, FlightRecorder } from "./flight.ts";
export type { LogEncoder, LogFormat } from "./format.ts";
export { FunctionSink, type FunctionSinkOptions } from "./function_sink.ts";
export { GelfEncoder, type GelfOptions } from "./gelf.ts";
export { JsonEncoder } from "./json.ts";
export {
  DEBUG,
  ERROR,
  FATAL,
  INFO,
  type LevelName,
  levelName,
  LEVELS,
  LevelTable,
  parseLevel,
  type Threshold,
  TRACE,
  WARN,
} from "./level.ts";
export type { LimitOptions } from "./limit.ts";
export { LineSink, type LineSinkOptions, type StdoutOptions, StdoutSink } from "./line_sink.ts";
export { LogfmtEncoder } from "./logfmt.ts";
export { Logger } from "./logger.ts";
export type { LoggerOptions } from "./options.ts";
export { PrettyEncoder, type PrettyOptions } from "./pretty.ts";
export {
  allFields,
  type BoundFields,
  type Fields,
  levelOf,
  type LogOrigin,
  type LogRecord,
} from "./record.ts";
export { burst, type BurstOptions, everyNth, type LogSampler, randomly } from "./sample.ts";
export type { LogSink, Sink, SinkHost } from "./sink.ts";
export { type StreamOptions, StreamSink } from "./stream_sink.ts";
