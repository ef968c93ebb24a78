/**
 * Writes log records as an OTLP request.
 *
 * @see {@link https://github.com/open-telemetry/opentelemetry-proto/blob/main/opentelemetry/proto/logs/v1/logs.proto}
 * @module
 */
import type { Attributes } from "../../../core/attributes.ts";
import { isSpanId, isTraceId } from "../../../core/ids.ts";
import type { Fields, LogRecord } from "../../../log/record/record.ts";
import { GrowingTimes } from "../../batch/growing_times.ts";
import { SCOPE, writeEnvelope, writeValue } from "./envelope.ts";
import type { OtlpWriter } from "./writer.ts";

/**
 * Writes an `ExportLogsServiceRequest`. The category of a record is the name of its scope, which is
 * OpenTelemetry's logger.
 *
 * @param times those of earlier records
 */
export function writeLogs(
  writer: OtlpWriter,
  records: readonly LogRecord[],
  resource: Attributes,
  times: GrowingTimes = new GrowingTimes(),
): void {
  const laterMs = new Float64Array(records.length), scopes = new Map<string, number[]>();
  for (let i = 0; i < records.length; i++) {
    const { category, observedTimeMs, timeMs } = records[i]!;
    // Before they are grouped, because records of all loggers have one order. A record that came with
    // times of its own, such as a library's, keeps them.
    if (observedTimeMs === undefined) laterMs[i] = times.laterNs(timeMs) / 1e6;
    const name = category === "" ? SCOPE : category, scope = scopes.get(name);
    if (scope === undefined) scopes.set(name, [i]);
    else scope.push(i);
  }
  const write = (writer: OtlpWriter, i: number) => writeRecord(writer, records[i]!, laterMs[i]!);
  writeEnvelope(writer, "Logs", resource, scopes, (writer, items) => {
    writer.list(2, "logRecords", items, write);
  });
}

function writeRecord(writer: OtlpWriter, record: LogRecord, laterMs: number): void {
  const { fields } = record, eventName = fields["event.name"];
  writer.unixNano(1, "timeUnixNano", record.timeMs, laterMs);
  if (record.observedTimeMs === undefined) {
    writer.unixNano(11, "observedTimeUnixNano", record.timeMs, laterMs);
  } else writer.unixNano(11, "observedTimeUnixNano", record.observedTimeMs);
  writer.uint32(2, "severityNumber", record.severity);
  writer.text(3, "severityText", record.severityText ?? record.level);
  writer.message(5, "body", record.message, writeValue);
  const { requestId } = record;
  const more = requestId !== "" && fields.request_id === undefined
    ? ["request_id", requestId]
    : undefined;
  if (typeof eventName === "string") writer.text(12, "eventName", eventName);
  writer.pairs(6, "attributes", pairsOf(fields), undefined, more);
  const { traceId, spanId } = record;
  // A context that the application made may have ids that cost the whole request.
  if (isTraceId(traceId)) writer.id(9, "traceId", traceId);
  if (isSpanId(spanId)) writer.id(10, "spanId", spanId);
}

/** No name, and the names that such fields get. */
const UNNAMED = /^_*$/;

/**
 * Names and values of the fields by turns. The event's name is a field of the record, and an error is
 * also under the names of the semantic conventions.
 */
function pairsOf(fields: Fields): unknown[] {
  const pairs: unknown[] = [];
  for (const key of Object.keys(fields)) {
    const value = fields[key];
    if (key === "error" && isDescribed(value)) describe(value, fields, pairs);
    else if (key !== "event.name" || typeof value !== "string") {
      // A key must not be empty; VictoriaLogs takes such a one for the message. As in lines of JSON.
      pairs.push(UNNAMED.test(key) ? key + "_" : key, value);
    }
  }
  return pairs;
}

function isDescribed(error: unknown): error is Record<string, unknown> {
  return typeof error === "object" && error !== null && "type" in error && "message" in error;
}

function describe(error: Record<string, unknown>, fields: Fields, pairs: unknown[]): void {
  const { type, message, stack, ...rest } = error;
  if (Object.keys(rest).length > 0) pairs.push("error", rest);
  const known = {
    "exception.type": type,
    "exception.message": message,
    "exception.stacktrace": stack,
  };
  for (const [key, value] of Object.entries(known)) {
    if (!Object.hasOwn(fields, key)) pairs.push(key, value);
  }
}
