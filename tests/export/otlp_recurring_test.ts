import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { EMAILS } from "../../src/core/redact/pattern.ts";
import { Redactor } from "../../src/core/redact/redactor.ts";
import { ProtobufOtlp } from "../../src/export/otlp/wire/protobuf.ts";
import type { ExportedSpan } from "../../src/export/otlp/wire/traces.ts";
import { writeTraces } from "../../src/export/otlp/wire/traces.ts";
import type { FinishedSpan } from "../../src/trace/span/finished.ts";
import { Tracer } from "../../src/trace/tracer.ts";
import { ManualClock } from "../manual_clock.ts";
import { type Decoded, decodeProtobuf, encoded } from "./decode.ts";

/** Few keys and values, so that most of them recur; some are secrets by key, some by what they hold. */
const pair = fc.tuple(
  fc.constantFrom("http.route", "url.path", "user.password", "n", "list", "k".repeat(140)),
  fc.oneof(
    fc.constantFrom<string | number | boolean | bigint>("/orders/:id", "ada@example.org", "é", ""),
    fc.constantFrom<string | number | boolean | bigint>(0, -0, 200, "200", NaN, 0.5, true, 7n, 7),
    fc.constantFrom("token=hush&a=1", "v".repeat(129), ["a", "b"], [1, 2]),
    fc.nat(100).map((n) => `/orders/${n}`),
  ),
);

/** A tracer and the spans that it kept, as exporters take them. */
function recording(redactor: Redactor): { tracer: Tracer; spans: FinishedSpan[] } {
  const tracer = new Tracer({ clock: new ManualClock(), redactor }), spans: FinishedSpan[] = [];
  tracer.onEnd((span) => spans.push(span));
  return { tracer, spans };
}

function bytesOf(spans: readonly ExportedSpan[]): Uint8Array {
  const writer = new ProtobufOtlp();
  writeTraces(writer, spans, { "http.route": "of the resource", n: 1 });
  return writer.finish();
}

test("values that recur are written as if each were the first, in both encodings", () => {
  fc.assert(
    fc.property(
      fc.array(fc.array(pair, { maxLength: 6 }), { minLength: 1, maxLength: 150 }),
      (lists) => {
        const { tracer, spans } = recording(new Redactor({ patterns: [EMAILS] }));
        for (const list of lists) {
          const span = tracer.start("work", { requestId: "r" });
          for (const [key, value] of list) span.set(key, value as string);
          // The same keys and values in another field, which are hidden at another time.
          span.event("again", Object.fromEntries(list) as Record<string, string>);
          span.end();
        }
        const raw = bytesOf(spans);
        assert.deepEqual(raw, bytesOf(spans.map((span) => span.record())));
        const [, json] = encoded((writer) =>
          writeTraces(writer, spans, { "http.route": "of the resource", n: 1 })
        );
        assert.deepEqual(decodeProtobuf("traces", raw), json);
      },
    ),
    { numRuns: 60 },
  );
});

test("a value that is a secret for one tracer and none for another is hidden for the first only", () => {
  const strict = recording(new Redactor({ alsoKeys: ["route"] })), open = recording(new Redactor());
  for (const { tracer } of [strict, open]) {
    tracer.start("work").set("http.route", "/orders/:id").end();
  }
  const [[hidden], [shown]] = [strict.spans, open.spans];
  const decoded = decodeProtobuf("traces", bytesOf([shown!, hidden!, shown!, hidden!]));
  const values = decoded.resourceSpans[0].scopeSpans[0].spans.map((span: Decoded) =>
    span.attributes[0].value.stringValue
  );
  assert.deepEqual(values, ["/orders/:id", "[REDACTED]", "/orders/:id", "[REDACTED]"]);
});

test("a value that recurs is looked at once for secrets, and one that does not recur each time", () => {
  const { tracer, spans } = recording(new Redactor());
  for (let i = 0; i < 200; i++) {
    tracer.start("work").set("http.route", "/orders/:id").set("url.path", `/orders/${i}`).end();
  }
  const looks = new Map<string, number>();
  const shown = (key: string, value: unknown) => {
    looks.set(key, (looks.get(key) ?? 0) + 1);
    return value as string;
  };
  bytesOf(spans.map((span) => ({
    record: () => span.record(),
    raw: () => ({ ...span.raw(), shown }),
  })));
  assert.deepEqual([...looks], [["http.route", 1], ["url.path", 200]]);
});
