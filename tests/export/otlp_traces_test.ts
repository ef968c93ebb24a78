import assert from "node:assert/strict";
import { test } from "node:test";
import { JsonTraceSerializer, ProtobufTraceSerializer } from "@opentelemetry/otlp-transformer";
import fc from "fast-check";
import type { AttributeValue } from "../../src/core/attributes.ts";
import { JsonOtlp } from "../../src/export/otlp/wire/json.ts";
import { ProtobufOtlp } from "../../src/export/otlp/wire/protobuf.ts";
import { writeTraces } from "../../src/export/otlp/wire/traces.ts";
import type { SpanRecord } from "../../src/trace/span/record.ts";
import { type Decoded, decodeProtobuf, encodedSpans } from "./decode.ts";

const SPAN: SpanRecord = {
  traceId: "0af7651916cd43dd8448eb211c80319c",
  spanId: "b7ad6b7169203331",
  parentSpanId: "00f067aa0ba902b7",
  parentRemote: true,
  name: "POST /orders",
  kind: "server",
  startTimeMs: 1767225600000.25,
  durationMs: 12.000001,
  status: "error",
  statusMessage: "no stock",
  attributes: {
    text: 'grün "quoted"\n',
    whole: 42,
    negative: -7,
    fraction: 0.5,
    huge: 2 ** 60,
    yes: true,
    big: 9007199254740993n,
    texts: ["a", "b"],
    numbers: [1, 2.5],
    none: [],
  },
  events: [{
    name: "exception",
    timeMs: 1767225600001.5,
    attributes: { "exception.type": "Error" },
    droppedAttributes: 1,
  }],
  links: [{
    traceId: "11111111111111111111111111111111",
    spanId: "2222222222222222",
    flags: 1,
    tracestate: "a=b",
    remote: true,
    attributes: { why: "batch" },
    droppedAttributes: 2,
  }],
  flags: 3,
  tracestate: "vendor=1",
  requestId: "",
  droppedAttributes: 3,
  droppedEvents: 4,
  droppedLinks: 5,
};
const RESOURCE = { "service.name": "orders", "process.pid": 7 };

test("writeTraces() writes the whole request, the same in both encodings", () => {
  const [protobuf, json] = encodedSpans([SPAN], RESOURCE);
  const expected = {
    resourceSpans: [{
      resource: {
        attributes: [
          { key: "service.name", value: { stringValue: "orders" } },
          { key: "process.pid", value: { intValue: "7" } },
        ],
      },
      scopeSpans: [{
        scope: { name: "@telltale/telltale", version: "0.1.0" },
        schemaUrl: "https://opentelemetry.io/schemas/1.44.0",
        spans: [{
          traceId: "0af7651916cd43dd8448eb211c80319c",
          spanId: "b7ad6b7169203331",
          traceState: "vendor=1",
          parentSpanId: "00f067aa0ba902b7",
          flags: 0x303,
          name: "POST /orders",
          kind: 2,
          startTimeUnixNano: "1767225600000250000",
          endTimeUnixNano: "1767225600012250001",
          attributes: [
            { key: "text", value: { stringValue: 'grün "quoted"\n' } },
            { key: "whole", value: { intValue: "42" } },
            { key: "negative", value: { intValue: "-7" } },
            { key: "fraction", value: { doubleValue: 0.5 } },
            { key: "huge", value: { doubleValue: 2 ** 60 } },
            { key: "yes", value: { boolValue: true } },
            { key: "big", value: { intValue: "9007199254740993" } },
            {
              key: "texts",
              value: { arrayValue: { values: [{ stringValue: "a" }, { stringValue: "b" }] } },
            },
            {
              key: "numbers",
              value: { arrayValue: { values: [{ intValue: "1" }, { doubleValue: 2.5 }] } },
            },
            { key: "none", value: { arrayValue: {} } },
          ],
          droppedAttributesCount: 3,
          events: [{
            timeUnixNano: "1767225600001500000",
            name: "exception",
            attributes: [{ key: "exception.type", value: { stringValue: "Error" } }],
            droppedAttributesCount: 1,
          }],
          droppedEventsCount: 4,
          links: [{
            traceId: "11111111111111111111111111111111",
            spanId: "2222222222222222",
            traceState: "a=b",
            attributes: [{ key: "why", value: { stringValue: "batch" } }],
            droppedAttributesCount: 2,
            flags: 0x301,
          }],
          droppedLinksCount: 5,
          status: { message: "no stock", code: 2 },
        }],
      }],
    }],
  };
  assert.deepEqual(json, expected);
  assert.deepEqual(decodeProtobuf("traces", protobuf), expected);
});

test("writeTraces() adds the request id unless an attribute has it", () => {
  const spans: SpanRecord[] = [
    { ...SPAN, attributes: {}, requestId: "req-1" },
    { ...SPAN, attributes: { request_id: "own" }, requestId: "req-1" },
  ];
  const [, json] = encodedSpans(spans);
  const attributes = json.resourceSpans[0].scopeSpans[0].spans.map((s: Decoded) => s.attributes);
  assert.deepEqual(attributes, [
    [{ key: "request_id", value: { stringValue: "req-1" } }],
    [{ key: "request_id", value: { stringValue: "own" } }],
  ]);
});

/** The span as the reference SDK would hold it. */
function readableSpan(span: SpanRecord): Decoded {
  const time = (ms: number): [number, number] => {
    const seconds = Math.floor(ms / 1000);
    return [seconds, Math.round((ms - seconds * 1000) * 1e6)];
  };
  const context = { traceId: span.traceId, spanId: span.spanId, traceFlags: span.flags };
  return {
    name: span.name,
    kind: ["internal", "server", "client", "producer", "consumer"].indexOf(span.kind),
    spanContext: () => context,
    parentSpanContext: {
      traceId: span.traceId,
      spanId: span.parentSpanId,
      traceFlags: 1,
      isRemote: span.parentRemote,
    },
    startTime: time(span.startTimeMs),
    endTime: time(span.startTimeMs + span.durationMs),
    status: { code: ["unset", "ok", "error"].indexOf(span.status), message: span.statusMessage },
    attributes: span.attributes,
    links: [],
    events: [],
    resource: { attributes: RESOURCE, asyncAttributesPending: false },
    instrumentationScope: {
      name: "@telltale/telltale",
      version: "0.1.0",
      schemaUrl: "https://opentelemetry.io/schemas/1.44.0",
    },
    droppedAttributesCount: 0,
    droppedEventsCount: 0,
    droppedLinksCount: 0,
  };
}

const value: fc.Arbitrary<AttributeValue> = fc.oneof(
  fc.string({ unit: "binary" }),
  fc.integer(),
  fc.double({ noNaN: true, noDefaultInfinity: true, min: -1e6, max: 1e6 }),
  fc.boolean(),
  fc.array(fc.string({ unit: "grapheme" }), { minLength: 1, maxLength: 4 }),
  fc.array(fc.integer(), { minLength: 1, maxLength: 4 }),
);

test("writeTraces() equals the reference encoder, in both encodings", () => {
  fc.assert(
    fc.property(
      fc.dictionary(fc.string({ minLength: 1 }), value, { maxKeys: 8 }),
      fc.string(),
      fc.integer({ min: 0, max: 1e9 }),
      (attributes, name, durationMicros) => {
        const span: SpanRecord = {
          ...SPAN,
          name,
          attributes,
          startTimeMs: 1767225600000,
          // Whole milliseconds: the reference keeps no more of a sum.
          durationMs: Math.floor(durationMicros / 1000),
          events: [],
          links: [],
          tracestate: "",
          droppedAttributes: 0,
          droppedEvents: 0,
          droppedLinks: 0,
        };
        const [protobuf, json] = encodedSpans([span], RESOURCE);
        const reference = [readableSpan(span)];
        const theirs = decodeProtobuf(
          "traces",
          ProtobufTraceSerializer.serializeRequest(reference)!,
        );
        const bytes = JsonTraceSerializer.serializeRequest(reference)!;
        const theirJson = JSON.parse(new TextDecoder().decode(bytes));
        assert.deepEqual(decodeProtobuf("traces", protobuf), essence(theirs));
        assert.deepEqual(essence(json), essence(theirJson));
      },
    ),
    { numRuns: 200 },
  );
});

/** Without the empty parts that one encoder writes and another leaves out, and 64 bits as text. */
function essence(value: Decoded): Decoded {
  if (Array.isArray(value)) return value.map(essence);
  if (typeof value !== "object" || value === null) return value;
  const kept = Object.entries(value).filter(([key, inner]) =>
    inner !== undefined && !(Array.isArray(inner) && inner.length === 0) &&
    !(inner === 0 && /^dropped/.test(key))
  );
  return Object.fromEntries(
    kept.map(([key, inner]) => [key, key === "intValue" ? String(inner) : essence(inner)]),
  );
}

test("writeTraces() replaces lone surrogates in both encodings: receivers refuse them", () => {
  const span = { ...SPAN, name: "half \ud800", attributes: { "k\udc00": "v\ud800" } };
  for (const writer of [new JsonOtlp(), new ProtobufOtlp()]) {
    writeTraces(writer, [span], {});
    const text = new TextDecoder().decode(writer.finish());
    assert.deepEqual([
      text.includes("half \ufffd"),
      text.includes("v\ufffd"),
      /\\ud[89a-f]/.test(text),
    ], [
      true,
      true,
      false,
    ]);
  }
});
