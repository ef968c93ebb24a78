import type { SpanRecord } from "../../src/trace/span/record.ts";

/** A finished span in which nothing matters but its name. */
export function spanRecord(name: string, more: Partial<SpanRecord> = {}): SpanRecord {
  return {
    traceId: "0af7651916cd43dd8448eb211c80319c",
    spanId: "b7ad6b7169203331",
    parentSpanId: "",
    parentRemote: false,
    name,
    kind: "internal",
    startTimeMs: 1767225600000,
    durationMs: 1,
    status: "unset",
    statusMessage: "",
    attributes: {},
    events: [],
    links: [],
    flags: 1,
    tracestate: "",
    requestId: "",
    droppedAttributes: 0,
    droppedEvents: 0,
    droppedLinks: 0,
    ...more,
  };
}
