/**
 * Logging: a bounded ring of records, correlated with requests and traces, written in batches.
 *
 * @module
 */
export type { Clock } from "../core/clock.ts";
export type { Baggage, BaggageEntry, Context } from "../core/context.ts";
export { Duration, milliseconds, seconds } from "../core/plain/duration.ts";
export { describeError, type ErrorDescription } from "../core/redact/error.ts";
export { type FaultListener, Faults } from "../core/faults.ts";
export type { WhenFull } from "./sink/output.ts";
export type { OutputCounts } from "./sink/output_queue.ts";
export { REDACTED, Redactor } from "../core/redact/redactor.ts";
export { DEFAULT_REDACTED_KEYS } from "../core/redact/words.ts";
export type { RedactOptions } from "../core/redact/options.ts";
export {
  BEARER_TOKENS,
  CARD_NUMBERS,
  EMAILS,
  JWTS,
  type RedactPattern,
} from "../core/redact/pattern.ts";
export type { Writer } from "./sink/writer.ts";
export { RecordRing } from "./record/ring.ts";
export { captureConsole } from "./console.ts";
export type { LoggerCounts } from "./options.ts";
export { EcsEncoder } from "./format/ecs.ts";
export { type FileOptions, FileSink } from "./sink/file.ts";
export { type FlightOptions, FlightRecorder } from "./gate/flight.ts";
export type { LogEncoder, LogFormat } from "./format/format.ts";
export { FunctionSink, type FunctionSinkOptions } from "./sink/function.ts";
export { GelfEncoder, type GelfOptions } from "./format/gelf.ts";
export { JsonEncoder } from "./format/json.ts";
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
} from "./record/level.ts";
export type { LimitOptions } from "./gate/limit.ts";
export { LineSink, type LineSinkOptions, type StdoutOptions, StdoutSink } from "./sink/line.ts";
export { LogfmtEncoder } from "./format/logfmt.ts";
export { Logger } from "./logger.ts";
export type { LoggerOptions } from "./options.ts";
export { PrettyEncoder, type PrettyOptions } from "./format/pretty.ts";
export {
  allFields,
  type BoundFields,
  type Fields,
  levelOf,
  type LogOrigin,
  type LogRecord,
} from "./record/record.ts";
export { burst, type BurstOptions, everyNth, type LogSampler, randomly } from "./gate/sample.ts";
export type { LogSink, Sink, SinkHost } from "./sink/sink.ts";
export { type StreamOptions, StreamSink } from "./sink/stream.ts";
