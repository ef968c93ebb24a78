/**
 * Log records as an OTLP request.
 *
 * @see {@link https://github.com/open-telemetry/opentelemetry-proto/blob/main/opentelemetry/proto/logs/v1/logs.proto}
 * @module
 */
import type { Attributes } from "../core/attributes.ts";
import { allFields, levelOf, type LogRecord } from "../log/record.ts";
import { type Pair, SCOPE, writeEnvelope, writePairs } from "./otlp_common.ts";
import { nanoseconds, type OtlpWriter } from "./otlp_writer.ts";

/** `ExportLogsServiceRequest`: a category is the name of a scope, which is OpenTelemetry's logger. */
export function writeLogs(
  writer: OtlpWriter,
  records: readonly LogRecord[],
  resource: Attributes,
): void {
  const scopes = Map.groupBy(records, ({ category }) => category === "" ? SCOPE : category);
  writeEnvelope(writer, "Logs", resource, scopes, (items) => {
    writer.list(2, "logRecords", items, (record) => writeRecord(writer, record));
  });
}

function writeRecord(writer: OtlpWriter, record: LogRecord): void {
  const { "event.name": eventName, ...fields } = allFields(record);
  const timeNs = Number.isFinite(record.time) ? nanoseconds(record.time) : 0n;
  writer.fixed64(1, "timeUnixNano", timeNs);
  writer.fixed64(11, "observedTimeUnixNano", timeNs);
  writer.uint32(2, "severityNumber", record.level);
  writer.text(3, "severityText", levelOf(record));
  writer.message(5, "body", () => writer.text(1, "stringValue", record.message));
  const pairs = pairsOf(fields);
  if (record.requestId !== "" && fields.request_id === undefined) {
    pairs.push(["request_id", record.requestId]);
  }
  if (typeof eventName === "string") writer.text(12, "eventName", eventName);
  else pairs.push(["event.name", eventName]);
  writePairs(writer, 6, "attributes", pairs);
  if (record.traceId === "") return;
  writer.id(9, "traceId", record.traceId);
  writer.id(10, "spanId", record.spanId);
}

/** The fields; what was thrown also under the names that the semantic conventions have for it. */
function pairsOf(fields: Readonly<Record<string, unknown>>): Pair[] {
  const pairs: Pair[] = Object.entries(fields);
  const { error } = fields;
  if (typeof error !== "object" || error === null || !("type" in error && "message" in error)) {
    return pairs;
  }
  const { type, message, stack, ...rest } = error as Record<string, unknown>;
  const described: Pair[] = pairs.filter(([key]) => key !== "error");
  if (Object.keys(rest).length > 0) described.push(["error", rest]);
  for (
    const [key, value] of [
      ["exception.type", type],
      ["exception.message", message],
      ["exception.stacktrace", stack],
    ] as const
  ) {
    if (!Object.hasOwn(fields, key)) described.push([key, value]);
  }
  return described;
}
