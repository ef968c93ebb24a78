/**
 * How the items of each signal become OTLP requests.
 *
 * @module
 */
import type { Attributes } from "../../../core/attributes.ts";
import type { LogRecord } from "../../../log/record/record.ts";
import type { Family } from "../../../metrics/data/family.ts";
import type { Encoding } from "../../batch/batch.ts";
import { GrowingTimes } from "../../batch/growing_times.ts";
import { JsonOtlp } from "./json.ts";
import { writeLogs } from "./logs.ts";
import { type MetricsFrame, writeMetrics } from "./metrics.ts";
import { ProtobufOtlp } from "./protobuf.ts";
import { type ExportedSpan, writeTraces } from "./traces.ts";
import type { OtlpWriter } from "./writer.ts";

/** The largest buffer that a request is begun with; it grows. */
const MAX_FIRST_BYTES = 1024 * 1024;

/** Of spans. */
export function spanEncoding(json: boolean, resource: Attributes): Encoding<ExportedSpan> {
  return encoding(json, (writer, spans) => writeTraces(writer, spans, resource), () => 1);
}

/** Of log records. */
export function logEncoding(json: boolean, resource: Attributes): Encoding<LogRecord> {
  const times = new GrowingTimes();
  return encoding(json, (writer, records) => writeLogs(writer, records, resource, times), () => 1);
}

/** Of metrics; `frame` is asked once a request. */
export function metricEncoding(json: boolean, frame: () => MetricsFrame): Encoding<Family> {
  return encoding(
    json,
    (writer, families) => writeMetrics(writer, families, frame()),
    ({ samples }) => samples.length,
  );
}

function encoding<T>(
  json: boolean,
  write: (writer: OtlpWriter, items: readonly T[]) => void,
  countOf: (item: T) => number,
): Encoding<T> {
  // A buffer of about the right size need not grow, which copies it.
  let itemBytes = 512;
  const encode = (items: readonly T[]) => {
    const capacity = Math.min(MAX_FIRST_BYTES, 2048 + items.length * itemBytes);
    const writer = json ? new JsonOtlp() : new ProtobufOtlp(capacity);
    write(writer, items);
    const body = writer.finish();
    if (items.length > 0) itemBytes = Math.ceil(body.length / items.length);
    return body;
  };
  return { json, encode, countOf };
}
