/**
 * Logging: a bounded ring of records, correlated with requests and traces, written in batches.
 *
 * @module
 */
export { ASYNC_DISPOSE, type AsyncDispose, type noAsyncDispose } from "../core/dispose.ts";
export type { Clock } from "../core/clock.ts";
export type { Baggage, BaggageEntry, Context } from "../core/context.ts";
export type { Calls, NoteValue, Tally } from "../core/tally.ts";
export { Duration } from "../core/plain/duration.ts";
export { describeError, type ErrorDescription } from "../core/redact/error.ts";
export { type FaultListener, Faults } from "../core/faults.ts";
export type { OutputCounts } from "./sink/line_queue.ts";
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
export { type FlightHost, type FlightOptions, FlightRecorder } from "./gate/flight.ts";
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
export { type LogRateLimitOptions, RateLimit, type ReportSuppressed } from "./gate/rate_limit.ts";
export type { ThresholdOptions } from "./gate/thresholds.ts";
export { LineSink } from "./sink/line.ts";
export type { LineSinkOptions, WhenFull } from "./sink/line_options.ts";
export { type StdoutOptions, StdoutSink } from "./sink/stdout.ts";
export { LogfmtEncoder } from "./format/logfmt.ts";
export { Logger } from "./logger.ts";
export type { LoggerOptions } from "./options.ts";
export { PrettyEncoder, type PrettyOptions } from "./format/pretty.ts";
export { type Fields, type GivenFields, type LogOrigin, LogRecord } from "./record/record.ts";
export {
  type BurstOptions,
  burstSampler,
  everyNthSampler,
  type LogSampler,
  randomSampler,
} from "./gate/sample.ts";
export type { LogSink, Sink, SinkHost } from "./sink/sink.ts";
export { type StreamOptions, StreamSink } from "./sink/stream.ts";
