import { systemClock } from "../../src/core/clock.ts";
import { Batcher } from "../../src/export/batch/batcher.ts";
import { JsonOtlp } from "../../src/export/otlp/wire/json.ts";
import { writeLogs } from "../../src/export/otlp/wire/logs.ts";
import { writeMetrics } from "../../src/export/otlp/wire/metrics.ts";
import { ProtobufOtlp } from "../../src/export/otlp/wire/protobuf.ts";
import { writeTraces } from "../../src/export/otlp/wire/traces.ts";
import type { OtlpWriter } from "../../src/export/otlp/wire/writer.ts";
import { Logger } from "../../src/log/logger.ts";
import { Registry } from "../../src/metrics/registry.ts";
import type { FinishedSpan } from "../../src/trace/span/finished.ts";
import { Tracer } from "../../src/trace/tracer.ts";

const RESOURCE = { "service.name": "orders", "service.instance.id": "1" };
const tracer = new Tracer(), log = new Logger({ sinks: [] }), registry = new Registry();
const seconds = registry.histogram("wait_seconds", "", ["queue", "status"], { unit: "seconds" });
const spans: FinishedSpan[] = [];
tracer.onEnd((span) => spans.push(span));
for (let i = 0; i < 512; i++) {
  tracer.span("GET /orders/:id", { kind: "server" }, (span) => {
    span.set("http.request.method", "GET").set("http.route", "/orders/:id");
    span.set("http.response.status_code", 200).set("url.path", "/orders/1");
    log.info("request completed", { method: "GET", status: 200, duration_ms: 1.25 });
  });
  seconds.observe(i / 100, { queue: String(i % 64), status: "ok" });
}
const records = log.ring.since(0);
const families = await registry.collect();
const frame = { resource: RESOURCE, timeMs: 2, startMs: 1, temporality: "cumulative" } as const;

const WORK: Record<string, (writer: OtlpWriter) => void> = {
  "512 spans": (writer) => writeTraces(writer, spans, RESOURCE),
  "512 log records": (writer) => writeLogs(writer, records, RESOURCE),
  "64 histogram series": (writer) => writeMetrics(writer, families, frame),
};
for (const [name, write] of Object.entries(WORK)) {
  for (const [encoding, Writer] of [["protobuf", ProtobufOtlp], ["json", JsonOtlp]] as const) {
    Deno.bench(`encode ${name} as ${encoding}`, { group: name }, () => {
      const writer = new Writer();
      write(writer);
      writer.finish();
    });
  }
}

const batcher = new Batcher<FinishedSpan>(
  { delayMs: 5000, maxItems: 2048, maxBatchItems: 512 },
  () => 1024,
  systemClock,
);
const [span] = spans;
let waiting = 0;
Deno.bench("hand over a span, without its encoding", () => {
  batcher.add(span!);
  if (++waiting < 512) return;
  waiting = 0;
  batcher.take();
});
