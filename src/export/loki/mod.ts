/**
 * Log records to Grafana Loki.
 *
 * @module
 */
export { type LokiOptions, LokiSink } from "./sink.ts";
export type { Clock } from "../../core/clock.ts";
export { type FaultListener, Faults } from "../../core/faults.ts";
export type { OutputCounts } from "../../log/sink/line_queue.ts";
export type { LogEncoder, LogFormat } from "../../log/format/format.ts";
export type { LevelName, Threshold } from "../../log/record/level.ts";
export type { Fields, GivenFields, LogRecord } from "../../log/record/record.ts";
export type { LogSink, SinkHost } from "../../log/sink/sink.ts";
