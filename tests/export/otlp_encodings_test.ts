import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { ManualClock } from "../manual_clock.ts";
import { run } from "../../src/core/context.ts";
import { Faults } from "../../src/core/faults.ts";
import { Redactor } from "../../src/core/redact/redactor.ts";
import { JsonOtlp } from "../../src/export/otlp/wire/json.ts";
import { ProtobufOtlp } from "../../src/export/otlp/wire/protobuf.ts";
import { writeTraces } from "../../src/export/otlp/wire/traces.ts";
import { Logger } from "../../src/log/logger.ts";
import type { LogRecord } from "../../src/log/record/record.ts";
import type { SpanKind, SpanStatus } from "../../src/trace/span/span.ts";
import { Tracer } from "../../src/trace/tracer.ts";
import { decodeProtobuf, encodedLogs, encodedSpans } from "./decode.ts";
import { spanRecord } from "./span_record.ts";

/** Arguments of a caller without types. */
const key = fc.oneof(
  fc.string(),
  fc.constantFrom("__proto__", "constructor", "request_id", "error", "event.name", "a", "password"),
);
const scalar = fc.oneof(
  fc.string({ unit: "binary" }),
  fc.constantFrom("a", "request_id", "\ud800", ""),
  fc.double(),
  fc.bigInt(),
  fc.boolean(),
);
const value = fc.oneof(
  scalar,
  fc.array(fc.string(), { maxLength: 3 }),
  fc.array(fc.double(), { maxLength: 3 }),
);
const time = fc.oneof(fc.double(), fc.double({ min: 0, max: 2 ** 64 / 1e6, noNaN: true }));

function agrees(signal: "traces" | "logs", [protobuf, json]: [Uint8Array, unknown]): void {
  assert.deepEqual(decodeProtobuf(signal, protobuf), json);
}

test("both encodings are equal for any span", () => {
  fc.assert(
    fc.property(
      fc.array(fc.tuple(key, value), { maxLength: 8 }),
      key,
      time,
      time,
      fc.constantFrom("client", "SERVER", "", 7),
      fc.constantFrom("ok", "error", "failed", 2),
      (attributes, text, startTimeMs, durationMs, kind, status) => {
        const tracer = new Tracer({ clock: new ManualClock(), faults: new Faults(() => {}) });
        const span = tracer.start(text, { kind: kind as SpanKind, requestId: text });
        for (const [key, value] of attributes) span.set(key, value);
        span.event(text, Object.fromEntries(attributes)).setStatus(status as SpanStatus, text);
        span.link(span, Object.fromEntries(attributes)).end();
        const [record] = tracer.finished.since(0);
        agrees("traces", encodedSpans([record!, { ...record!, startTimeMs, durationMs }]));
      },
    ),
  );
});

test("both encodings are equal for any log record", () => {
  const field = fc.oneof(value, fc.jsonValue({ maxDepth: 3 }), fc.constant(new Error("no")));
  fc.assert(
    fc.property(
      fc.array(fc.tuple(key, field), { maxLength: 8 }),
      fc.string({ unit: "binary" }),
      time,
      (fields, text, ms) => {
        const records: LogRecord[] = [];
        const log = new Logger({
          sinks: [{ write: (record) => void records.push(record) }],
          faults: new Faults(() => {}),
        });
        const context = { traceId: text, spanId: text, flags: 1, tracestate: "", requestId: text };
        run(context, () => log.info(text, Object.fromEntries(fields)));
        void log.flush(); // Hands over before it returns.
        const [record] = records as [LogRecord], { fields: own } = record;
        const elsewhere = { ...record, fields: own, timeMs: ms, observedTimeMs: ms };
        agrees("logs", encodedLogs([record, elsewhere]));
      },
    ),
  );
});

test("a redacted value is in neither form of a span, even if another has its name", () => {
  const redactor = new Redactor({ keys: ["secret"], by: "remove" });
  const tracer = new Tracer({ redactor });
  const span = tracer.start("work", { requestId: "r" });
  span.set("kept", "secret").set("secret", "kept").set("__proto__", 1).set("request_id", "mine");
  span.event("seen", { secret: 1, kept: 2 }).end();
  const [record] = tracer.finished.since(0);
  assert.deepEqual(Object.entries(record!.attributes), [
    ["kept", "secret"],
    ["__proto__", 1],
    ["request_id", "mine"],
  ]);
  assert.deepEqual(record!.events[0]!.attributes, { kept: 2 });
  const json = new JsonOtlp(), protobuf = new ProtobufOtlp();
  // As an exporter takes it: pairs, which are no record in between.
  for (const writer of [json, protobuf]) writeTraces(writer, [span as never], {});
  const said = JSON.parse(new TextDecoder().decode(json.finish()));
  agrees("traces", [protobuf.finish(), said]);
  const [{ attributes }] = said.resourceSpans[0].scopeSpans[0].spans;
  assert.deepEqual(attributes, [
    { key: "kept", value: { stringValue: "secret" } },
    { key: "__proto__", value: { intValue: "1" } },
    { key: "request_id", value: { stringValue: "mine" } },
  ]);
});

test("a kind, a status and ids that are not valid don't cost the whole request", () => {
  const odd = { kind: "SERVER" as SpanKind, status: "failed" as SpanStatus };
  const [protobuf, json] = encodedSpans([{ ...spanRecord("a"), ...odd }]);
  agrees("traces", [protobuf, json]);
  const [span] = json.resourceSpans[0].scopeSpans[0].spans;
  assert.deepEqual([span.kind, span.status], [0, { code: 0 }]);

  const records: LogRecord[] = [];
  const log = new Logger({ sinks: [{ write: (record) => void records.push(record) }] });
  const foreign = { flags: 1, tracestate: "", requestId: "" };
  const ids = [
    { traceId: crypto.randomUUID(), spanId: "7" },
    { traceId: "z".repeat(32), spanId: "y".repeat(16) },
    { traceId: "", spanId: "" },
  ];
  for (const { traceId, spanId } of ids) run({ ...foreign, traceId, spanId }, () => log.info("x"));
  void log.flush();
  const [, said] = encodedLogs(records);
  for (const record of said.resourceLogs[0].scopeLogs[0].logRecords) {
    assert.deepEqual([record.traceId, record.spanId], [undefined, undefined]);
  }
});
