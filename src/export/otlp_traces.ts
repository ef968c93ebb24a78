/**
 * Finished spans as an OTLP request.
 *
 * @see {@link https://github.com/open-telemetry/opentelemetry-proto/blob/main/opentelemetry/proto/trace/v1/trace.proto}
 * @module
 */
import type { Attributes } from "../core/attributes.ts";
import type { SpanEvent, SpanLink, SpanRecord } from "../trace/record.ts";
import { SCOPE, writeEnvelope, writePairs } from "./otlp_common.ts";
import { nanoseconds, type OtlpWriter } from "./otlp_writer.ts";

const KINDS = { internal: 1, server: 2, client: 3, producer: 4, consumer: 5 } as const;
const STATUSES = { unset: 0, ok: 1, error: 2 } as const;

/** Bits of `flags` above the W3C trace flags: it is known whether the parent is remote, and it is. */
const HAS_IS_REMOTE = 0x100, IS_REMOTE = 0x200;

/** `ExportTraceServiceRequest`. */
export function writeTraces(
  writer: OtlpWriter,
  spans: readonly SpanRecord[],
  resource: Attributes,
): void {
  writeEnvelope(writer, "Spans", resource, new Map([[SCOPE, spans]]), (items) => {
    writer.list(2, "spans", items, (span) => writeSpan(writer, span));
  });
}

function writeSpan(writer: OtlpWriter, span: SpanRecord): void {
  const startNs = nanoseconds(span.startTimeMs);
  writer.id(1, "traceId", span.traceId);
  writer.id(2, "spanId", span.spanId);
  if (span.tracestate !== "") writer.text(3, "traceState", span.tracestate);
  if (span.parentSpanId !== "") writer.id(4, "parentSpanId", span.parentSpanId);
  writer.fixed32(16, "flags", remoteFlags(span.flags, span.parentRemote));
  writer.text(5, "name", span.name);
  writer.uint32(6, "kind", KINDS[span.kind]);
  writer.fixed64(7, "startTimeUnixNano", startNs);
  // The duration has more digits than the sum of two times would keep.
  const durationNs = BigInt(Math.round(span.durationMs * 1e6));
  writer.fixed64(8, "endTimeUnixNano", startNs + durationNs);
  writePairs(writer, 9, "attributes", pairsOf(span));
  writeCount(writer, 10, "droppedAttributesCount", span.droppedAttributes);
  if (span.events.length > 0) {
    writer.list(11, "events", span.events, (event) => writeEvent(writer, event));
  }
  writeCount(writer, 12, "droppedEventsCount", span.droppedEvents);
  if (span.links.length > 0) {
    writer.list(13, "links", span.links, (link) => writeLink(writer, link));
  }
  writeCount(writer, 14, "droppedLinksCount", span.droppedLinks);
  if (span.status === "unset") return;
  writer.message(15, "status", () => {
    if (span.statusMessage !== "") writer.text(2, "message", span.statusMessage);
    writer.uint32(3, "code", STATUSES[span.status]);
  });
}

/** The request's id is an attribute, under the name it has in a log line. */
function pairsOf({ attributes, requestId }: SpanRecord): [string, unknown][] {
  const pairs: [string, unknown][] = Object.entries(attributes);
  if (requestId !== "" && !Object.hasOwn(attributes, "request_id")) {
    pairs.push(["request_id", requestId]);
  }
  return pairs;
}

function writeEvent(writer: OtlpWriter, event: SpanEvent): void {
  writer.fixed64(1, "timeUnixNano", nanoseconds(event.timeMs));
  writer.text(2, "name", event.name);
  writePairs(writer, 3, "attributes", Object.entries(event.attributes));
  writeCount(writer, 4, "droppedAttributesCount", event.droppedAttributes);
}

function writeLink(writer: OtlpWriter, link: SpanLink): void {
  writer.id(1, "traceId", link.traceId);
  writer.id(2, "spanId", link.spanId);
  if (link.tracestate !== "") writer.text(3, "traceState", link.tracestate);
  writePairs(writer, 4, "attributes", Object.entries(link.attributes));
  writeCount(writer, 5, "droppedAttributesCount", link.droppedAttributes);
  writer.fixed32(6, "flags", remoteFlags(link.flags, link.remote));
}

function remoteFlags(flags: number, remote: boolean): number {
  return (flags & 0xff) | HAS_IS_REMOTE | (remote ? IS_REMOTE : 0);
}

function writeCount(writer: OtlpWriter, field: number, name: string, count: number): void {
  if (count > 0) writer.uint32(field, name, count);
}
