/**
 * Writes finished spans as an OTLP request.
 *
 * @see {@link https://github.com/open-telemetry/opentelemetry-proto/blob/main/opentelemetry/proto/trace/v1/trace.proto}
 * @module
 */
import { type Attributes, type Pairs, placeOf } from "../../../core/attributes.ts";
import type { RawSpan, SpanEvent, SpanLink, SpanRecord } from "../../../trace/span/record.ts";
import { SCOPE, toPairs, writeEnvelope } from "./envelope.ts";
import type { OtlpWriter, Shown } from "./writer.ts";

const KINDS = { internal: 1, server: 2, client: 3, producer: 4, consumer: 5 } as const;
const STATUSES = { unset: 0, ok: 1, error: 2 } as const;

/** A span as an exporter takes it: its record, or an object that makes it when it is sent. */
export type ExportedSpan =
  | SpanRecord
  | { record(): SpanRecord; raw?(): RawSpan; readonly size?: number };

/** Bits of `flags` above the W3C trace flags: whether the parent is remote is known; it is remote. */
const HAS_IS_REMOTE = 0x100, IS_REMOTE = 0x200;

/** Writes an `ExportTraceServiceRequest`. */
export function writeTraces(
  writer: OtlpWriter,
  spans: readonly ExportedSpan[],
  resource: Attributes,
): void {
  writeEnvelope(writer, "Spans", resource, new Map([[SCOPE, spans]]), (writer, items) => {
    writer.list(2, "spans", items, writeSpan);
  });
}

function rawOf(span: ExportedSpan): RawSpan {
  if ("raw" in span && span.raw !== undefined) return span.raw();
  const { attributes, ...rest } = "record" in span ? span.record() : span;
  return { ...rest, pairs: toPairs(attributes) as Pairs, shown: undefined };
}

function writeSpan(writer: OtlpWriter, ended: ExportedSpan): void {
  const span = rawOf(ended);
  writer.id(1, "traceId", span.traceId);
  writer.id(2, "spanId", span.spanId);
  if (span.tracestate !== "") writer.text(3, "traceState", span.tracestate);
  if (span.parentSpanId !== "") writer.id(4, "parentSpanId", span.parentSpanId);
  writer.fixed32(16, "flags", remoteFlags(span.flags, span.parentRemote));
  writer.text(5, "name", span.name);
  // A kind or status that is not valid must not cost the whole request.
  writer.uint32(6, "kind", KINDS[span.kind] ?? 0);
  writer.unixNano(7, "startTimeUnixNano", span.startTimeMs);
  writer.unixNano(8, "endTimeUnixNano", span.startTimeMs, span.durationMs);
  writer.pairs(9, "attributes", span.pairs, span.shown as Shown | undefined, requestIdOf(span));
  writeCount(writer, 10, "droppedAttributesCount", span.droppedAttributes);
  if (span.events.length > 0) {
    writer.list(11, "events", span.events, writeEvent);
  }
  writeCount(writer, 12, "droppedEventsCount", span.droppedEvents);
  if (span.links.length > 0) {
    writer.list(13, "links", span.links, writeLink);
  }
  writeCount(writer, 14, "droppedLinksCount", span.droppedLinks);
  if (span.status !== "unset") writer.message(15, "status", span, writeStatus);
}

function writeStatus(writer: OtlpWriter, { status, statusMessage }: RawSpan): void {
  if (statusMessage !== "") writer.text(2, "message", statusMessage);
  writer.uint32(3, "code", STATUSES[status] ?? 0);
}

/** The request's id is an attribute, under the name it has in a log line. */
function requestIdOf({ pairs, requestId }: RawSpan): readonly unknown[] | undefined {
  return requestId === "" || placeOf(pairs, "request_id") >= 0
    ? undefined
    : ["request_id", requestId];
}

function writeEvent(writer: OtlpWriter, event: SpanEvent): void {
  writer.unixNano(1, "timeUnixNano", event.timeMs);
  writer.text(2, "name", event.name);
  writer.pairs(3, "attributes", toPairs(event.attributes));
  writeCount(writer, 4, "droppedAttributesCount", event.droppedAttributes);
}

function writeLink(writer: OtlpWriter, link: SpanLink): void {
  writer.id(1, "traceId", link.traceId);
  writer.id(2, "spanId", link.spanId);
  if (link.tracestate !== "") writer.text(3, "traceState", link.tracestate);
  writer.pairs(4, "attributes", toPairs(link.attributes));
  writeCount(writer, 5, "droppedAttributesCount", link.droppedAttributes);
  writer.fixed32(6, "flags", remoteFlags(link.flags, link.remote));
}

function remoteFlags(flags: number, remote: boolean): number {
  return (flags & 0xff) | HAS_IS_REMOTE | (remote ? IS_REMOTE : 0);
}

function writeCount(writer: OtlpWriter, field: number, name: string, count: number): void {
  if (count > 0) writer.uint32(field, name, count);
}
