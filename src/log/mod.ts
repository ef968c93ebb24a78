/**
 * Logging: a bounded ring of records, correlated with requests and traces, written in batches.
 *
 * @module
 */
export type { Clock } from "../core/clock.ts";
export type { Baggage, BaggageEntry, Context } from "../core/context.ts";
export { describeError, type ErrorDescription } from "../core/error.ts";
export { type FaultListener, Faults } from "../core/faults.ts";
export type { OutputCounts, Writer } from "../core/output.ts";
export { DEFAULT_REDACTED_KEYS, REDACTED, Redactor } from "../core/redact.ts";
export { RecordRing } from "./buffer.ts";
export { JsonEncoder } from "./json.ts";
export {
  DEBUG,
  ERROR,
  FATAL,
  INFO,
  type LevelName,
  levelName,
  LEVELS,
  parseLevel,
  type Threshold,
  TRACE,
  WARN,
} from "./level.ts";
export { Logger, type LoggerCounts } from "./logger.ts";
export type { LoggerOptions } from "./pipeline.ts";
export { PrettyEncoder, type PrettyOptions } from "./pretty.ts";
export { allFields, type BoundFields, type Fields, type LogRecord } from "./record.ts";
export { type LogSink, type Sink, type StdoutOptions, StdoutSink } from "./sink.ts";
