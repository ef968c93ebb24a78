import assert from "node:assert/strict";
import { test } from "node:test";
import { ProtobufLogsSerializer } from "@opentelemetry/otlp-transformer";
import type { LogRecord } from "../../src/log/record/record.ts";
import { decodeProtobuf, encodedLogs } from "./decode.ts";

const RECORD: LogRecord = {
  timeMs: 1767225600000.125,
  severity: 9,
  level: "info",
  message: "placed",
  service: "orders",
  category: "",
  traceId: "0af7651916cd43dd8448eb211c80319c",
  spanId: "b7ad6b7169203331",
  requestId: "req-1",
  fields: { component: "cart", order_id: 7, nested: { a: [1, null, "x"] }, nothing: undefined },
  sizeBytes: 100,
};
const BARE: LogRecord = {
  ...RECORD,
  traceId: "",
  spanId: "",
  requestId: "",
  fields: {},
};
const TIMES = {
  timeUnixNano: "1767225600000125000",
  observedTimeUnixNano: "1767225600000125000",
};

/** The scopes of a request, which must be the same in both encodings. */
function scopesOf(records: readonly LogRecord[]) {
  const [protobuf, json] = encodedLogs(records);
  assert.deepEqual(decodeProtobuf("logs", protobuf), json);
  return json.resourceLogs[0].scopeLogs;
}

test("writeLogs() writes whole records, bound and own fields together", () => {
  assert.deepEqual(scopesOf([RECORD]), [{
    scope: { name: "@telltale/telltale", version: "0.1.0" },
    schemaUrl: "https://opentelemetry.io/schemas/1.44.0",
    logRecords: [{
      ...TIMES,
      severityNumber: 9,
      severityText: "info",
      body: { stringValue: "placed" },
      attributes: [
        { key: "component", value: { stringValue: "cart" } },
        { key: "order_id", value: { intValue: "7" } },
        {
          key: "nested",
          value: {
            kvlistValue: {
              values: [{
                key: "a",
                value: { arrayValue: { values: [{ intValue: "1" }, {}, { stringValue: "x" }] } },
              }],
            },
          },
        },
        { key: "request_id", value: { stringValue: "req-1" } },
      ],
      traceId: "0af7651916cd43dd8448eb211c80319c",
      spanId: "b7ad6b7169203331",
    }],
  }]);
});

test("writeLogs() makes a category a scope and event.name the event's name", () => {
  const records = [
    { ...BARE, category: "db", level: "notice", severity: 10, fields: {} },
    { ...BARE, fields: { "event.name": "cart.opened", "event.id": 1 } },
    { ...BARE, category: "db", message: "", fields: {} },
  ];
  // In the order of the lines, whatever logger they are of.
  const later = (ns: number) => {
    const time = String(BigInt(TIMES.timeUnixNano) + BigInt(ns));
    return { timeUnixNano: time, observedTimeUnixNano: time };
  };
  const record = {
    ...TIMES,
    severityNumber: 9,
    severityText: "info",
    body: { stringValue: "placed" },
  };
  assert.deepEqual(scopesOf(records), [
    {
      scope: { name: "db" },
      logRecords: [
        { ...record, severityNumber: 10, severityText: "notice" },
        { ...record, ...later(2), body: { stringValue: "" } },
      ],
    },
    {
      scope: { name: "@telltale/telltale", version: "0.1.0" },
      schemaUrl: "https://opentelemetry.io/schemas/1.44.0",
      logRecords: [{
        ...record,
        ...later(1),
        eventName: "cart.opened",
        attributes: [{ key: "event.id", value: { intValue: "1" } }],
      }],
    },
  ]);
});

test("writeLogs() gives a field without a name one: receivers take such a key for the message", () => {
  const [{ logRecords }] = scopesOf([{ ...BARE, fields: { "": "fake", _: true, a: { "": 1 } } }]);
  const inner = { values: [{ key: "", value: { intValue: "1" } }] };
  assert.deepEqual(logRecords[0].attributes, [
    { key: "_", value: { stringValue: "fake" } },
    { key: "__", value: { boolValue: true } },
    { key: "a", value: { kvlistValue: inner } },
  ]);
});

test("writeLogs() writes errors under the names of the semantic conventions", () => {
  const error = {
    type: "TypeError",
    message: "no stock",
    stack: "at a",
    cause: { type: "Error", message: "timeout" },
  };
  const [{ logRecords }] = scopesOf([
    { ...BARE, fields: { error } },
    { ...BARE, fields: { error: "just text" } },
    { ...BARE, fields: { error: { type: "A", message: "b" }, "exception.type": "own" } },
  ]);
  const text = (key: string, stringValue: string) => ({ key, value: { stringValue } });
  assert.deepEqual(logRecords.map((record: { attributes: unknown }) => record.attributes), [
    [
      {
        key: "error",
        value: {
          kvlistValue: {
            values: [{
              key: "cause",
              value: {
                kvlistValue: { values: [text("type", "Error"), text("message", "timeout")] },
              },
            }],
          },
        },
      },
      text("exception.type", "TypeError"),
      text("exception.message", "no stock"),
      text("exception.stacktrace", "at a"),
    ],
    [text("error", "just text")],
    [text("exception.message", "b"), text("exception.type", "own")],
  ]);
});

test("writeLogs() takes times that are not valid and levels of an application", () => {
  const [{ logRecords }] = scopesOf([{
    ...BARE,
    fields: {},
    timeMs: NaN,
    severity: 22,
    level: "fatal",
  }]);
  assert.equal(logRecords[0].timeUnixNano, "0");
  assert.equal(logRecords[0].severityText, "fatal");
});

test("writeLogs() equals the reference encoder", () => {
  const resource = { attributes: {}, asyncAttributesPending: false };
  const reference = {
    hrTime: [1767225600, 125000],
    hrTimeObserved: [1767225600, 125000],
    spanContext: { traceId: RECORD.traceId, spanId: RECORD.spanId, traceFlags: 0 },
    severityNumber: 9,
    severityText: "info",
    body: "placed",
    eventName: "cart.opened",
    attributes: { text: "a", whole: 1, list: ["a", 1.5], nested: { yes: true } },
    droppedAttributesCount: 0,
    resource,
    instrumentationScope: {
      name: "@telltale/telltale",
      version: "0.1.0",
      schemaUrl: "https://opentelemetry.io/schemas/1.44.0",
    },
  };
  // deno-lint-ignore no-explicit-any
  const bytes = ProtobufLogsSerializer.serializeRequest([reference as any])!;
  const [theirs] = decodeProtobuf("logs", bytes).resourceLogs[0].scopeLogs;
  delete theirs.logRecords[0].droppedAttributesCount;
  delete theirs.logRecords[0].flags;
  const fields = { ...reference.attributes, "event.name": "cart.opened" };
  const [ours] = scopesOf([{ ...RECORD, requestId: "", fields }]);
  assert.deepEqual(ours, theirs);
});
