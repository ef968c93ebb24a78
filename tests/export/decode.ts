import root from "@opentelemetry/otlp-transformer/build/src/generated/root.js";
import type { Attributes } from "../../src/core/attributes.ts";
import type { Family } from "../../src/metrics/data/family.ts";
import type { LogRecord } from "../../src/log/record/record.ts";
import type { SpanRecord } from "../../src/trace/span/record.ts";
import { JsonOtlp } from "../../src/export/otlp/wire/json.ts";
import { writeLogs } from "../../src/export/otlp/wire/logs.ts";
import { type MetricsFrame, writeMetrics } from "../../src/export/otlp/wire/metrics.ts";
import { ProtobufOtlp } from "../../src/export/otlp/wire/protobuf.ts";
import { writeTraces } from "../../src/export/otlp/wire/traces.ts";
import type { OtlpWriter } from "../../src/export/otlp/wire/writer.ts";

// deno-lint-ignore no-explicit-any
export type Decoded = any;

const { trace, metrics, logs } = (root as Decoded).opentelemetry.proto.collector;
const TYPES: Record<string, Decoded> = {
  traces: trace.v1.ExportTraceServiceRequest,
  metrics: metrics.v1.ExportMetricsServiceRequest,
  logs: logs.v1.ExportLogsServiceRequest,
};

/** Reads a protobuf request by the code generated from the official `.proto` files. */
export function decodeProtobuf(signal: string, body: Uint8Array): Decoded {
  const type = TYPES[signal];
  const object = type.toObject(type.decode(body), { longs: String, bytes: Array, defaults: false });
  return named(object);
}

/** Ids as hex and other numbers as JSON has them, so that both encodings compare. */
function named(value: Decoded, key = ""): Decoded {
  if (Array.isArray(value)) {
    if (/(?:I|^i)d$/.test(key)) {
      return value.map((byte) => byte.toString(16).padStart(2, "0")).join("");
    }
    return value.map((element) => named(element));
  }
  if (typeof value === "number" && !Number.isFinite(value)) return String(value);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, inner]) => [name, named(inner, name)]),
  );
}

/** A request, decoded from protobuf and from JSON; the two must agree. */
export function encoded(write: (writer: OtlpWriter) => void): [Uint8Array, Decoded] {
  const protobuf = new ProtobufOtlp(), json = new JsonOtlp();
  write(protobuf);
  write(json);
  return [protobuf.finish(), JSON.parse(new TextDecoder().decode(json.finish()))];
}

export function encodedSpans(spans: readonly SpanRecord[], resource: Attributes = {}) {
  return encoded((writer) => writeTraces(writer, spans, resource));
}

export function encodedLogs(records: readonly LogRecord[], resource: Attributes = {}) {
  return encoded((writer) => writeLogs(writer, records, resource));
}

export function encodedMetrics(families: readonly Family[], frame: MetricsFrame) {
  return encoded((writer) => writeMetrics(writer, families, frame));
}
