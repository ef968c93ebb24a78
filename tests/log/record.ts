import type { LogRecord } from "../../src/log/record/record.ts";

/** A record of a message alone. */
export function recordOf(message: string, sizeBytes = 1): LogRecord {
  return {
    timeMs: 0,
    severity: 9,
    level: "info",
    message,
    service: "",
    category: "",
    traceId: "",
    spanId: "",
    requestId: "",
    fields: {},
    sizeBytes,
  };
}

/** What a sink reads of a record, as plain data. */
export function plainOf(record: LogRecord): object {
  return { ...record, fields: record.fields };
}
