/** Compares what a real OpenTelemetry Collector received with what was recorded. */
import assert from "node:assert/strict";
import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { Faults } from "../../src/core/faults.ts";
import { OtlpExporter } from "../../src/export/otlp/exporter.ts";
import type { OtlpOptions } from "../../src/export/otlp/options.ts";
import { Registry } from "../../src/metrics/registry.ts";
import type { SpanRecord } from "../../src/trace/span/record.ts";
import { Tracer } from "../../src/trace/tracer.ts";
import { until } from "../e2e/wait.ts";
import { lackingBuilt } from "../peers/built.ts";
import { Collector, itemsOf } from "./collector.ts";
import { type Decoded, encodedMetrics } from "./decode.ts";
import { spanRecord } from "./span_record.ts";
import { HANG_MS } from "../tool.ts";

const OPTIONS = { timeout: HANG_MS, skip: lackingBuilt("peers/collector") };
const COMBINATIONS = (["http/protobuf", "http/json"] as const).flatMap((protocol) =>
  (["none", "gzip"] as const).map((compression) => ({ protocol, compression }))
);

async function withCollector(work: (collector: Collector) => Promise<void>): Promise<void> {
  const collector = await Collector.start();
  try {
    await work(collector);
  } finally {
    await collector.stop();
  }
}

/** A span as the collector wrote it, in the terms of the record it came from. */
function recordOf(span: Decoded): Partial<SpanRecord> {
  // A double of today's milliseconds has steps of 244 ns: the nearest span is the one recorded.
  const ms = (ns: string) => Number(BigInt(ns) / 1_000_000n) + Number(ns.slice(-6)) / 1e6;
  const kinds = ["", "internal", "server", "client", "producer", "consumer"] as const;
  return {
    traceId: span.traceId,
    spanId: span.spanId,
    parentSpanId: span.parentSpanId,
    parentRemote: (span.flags & 0x200) !== 0,
    name: span.name,
    kind: kinds[span.kind] as SpanRecord["kind"],
    startTimeMs: ms(span.startTimeUnixNano),
    durationMs: Number(BigInt(span.endTimeUnixNano) - BigInt(span.startTimeUnixNano)) / 1e6,
    status: (["unset", "ok", "error"] as const)[span.status.code ?? 0]!,
    statusMessage: span.status.message ?? "",
    attributes: plain(span.attributes) as SpanRecord["attributes"],
    events: (span.events ?? []).map((event: Decoded) => ({
      name: event.name,
      timeMs: ms(event.timeUnixNano),
      attributes: plain(event.attributes),
      droppedAttributes: event.droppedAttributesCount ?? 0,
    })),
    links: (span.links ?? []).map((link: Decoded) => ({
      traceId: link.traceId,
      spanId: link.spanId,
      flags: link.flags & 0xff,
      tracestate: link.traceState ?? "",
      remote: (link.flags & 0x200) !== 0,
      attributes: plain(link.attributes),
      droppedAttributes: link.droppedAttributesCount ?? 0,
    })),
    flags: span.flags & 0xff,
    tracestate: span.traceState ?? "",
    droppedAttributes: span.droppedAttributesCount ?? 0,
    droppedEvents: span.droppedEventsCount ?? 0,
    droppedLinks: span.droppedLinksCount ?? 0,
  };
}

function plain(pairs: Decoded[] = []): Record<string, unknown> {
  return Object.fromEntries(pairs.map(({ key, value }) => [key, plainValue(value)]));
}

function plainValue(value: Decoded): unknown {
  if ("intValue" in value) return Number(value.intValue);
  if ("arrayValue" in value) return (value.arrayValue.values ?? []).map(plainValue);
  if ("kvlistValue" in value) return plain(value.kvlistValue.values);
  return Object.values(value)[0];
}

/** A record as it is sent: durations in nanoseconds, the request's id as an attribute. */
function sentPart({ requestId, ...record }: SpanRecord): Partial<SpanRecord> {
  return {
    ...record,
    attributes: { ...record.attributes, ...(requestId === "" ? {} : { request_id: requestId }) },
    durationMs: Math.round(record.durationMs * 1e6) / 1e6,
  };
}

function recordSpans(tracer: Tracer): void {
  tracer.span("POST /orders", { kind: "server", parent: null }, (span) => {
    span.set("text", "grün").set("whole", 42).set("half", 0.5).set("yes", true);
    span.set("texts", ["a", "b"]).set("numbers", [1, 2.5]);
    span.event("stock checked", { left: 3 });
    tracer.span("insert order", { kind: "client" }, (child) => {
      const { traceId, spanId, requestId } = span;
      const linked = { traceId, spanId, requestId, flags: 1, tracestate: "a=b", remote: true };
      child.link(linked, { why: "test" });
    });
  });
  try {
    tracer.span("charge", { kind: "producer" }, () => {
      throw new TypeError("no stock", { cause: new Error("timeout") });
    });
  } catch {
    // It is on the span.
  }
  tracer.start("noted", { kind: "consumer" }).setStatus("ok").end();
}

for (const { protocol, compression } of COMBINATIONS) {
  test(
    `the collector has each span as recorded: ${protocol}, ${compression}`,
    OPTIONS,
    async () => {
      await withCollector(async (collector) => {
        const faults = new Faults();
        const exporter = new OtlpExporter({
          endpoint: collector.url,
          protocol,
          compression,
          resource: { "service.name": "orders", "process.pid": 7 },
          faults,
        });
        const tracer = new Tracer();
        tracer.onEnd((span) => exporter.span(span));
        recordSpans(tracer);
        await exporter.flush();
        exporter.close();
        const arrived = await until("the spans", () => {
          const resources = collector.received("traces");
          return itemsOf(resources).length >= 4 ? resources : undefined;
        });
        assert.deepEqual(arrived.map(({ resource }) => plain(resource.attributes)), [
          { "service.name": "orders", "process.pid": 7 },
        ]);
        const recorded = tracer.finished.since(0);
        assert.deepEqual(itemsOf(arrived).map(recordOf), recorded.map(sentPart));
        assert.equal(faults.counts().size, 0);
      });
    },
  );

  test(
    `the collector has each metric as collected: ${protocol}, ${compression}`,
    OPTIONS,
    async () => {
      await withCollector(async (collector) => {
        for (const histograms of ["explicit", "exponential"] as const) {
          for (const temporality of ["cumulative", "delta"] as const) {
            const before = collector.received("metrics").length;
            const resource = { "service.name": `${histograms} ${temporality}` };
            const options: OtlpOptions = {
              endpoint: collector.url,
              protocol,
              compression,
              metrics: { histograms, temporality },
            };
            const exporter = new OtlpExporter({ ...options, resource });
            const registry = registryOfAllTypes();
            const collected = await registry.collect({ native: histograms === "exponential" });
            exporter.metrics(() => Promise.resolve(collected));
            await exporter.flush();
            exporter.close();
            const [arrived] = await until("the metrics", () => {
              const resources = collector.received("metrics").slice(before);
              return resources.length > 0 ? resources : undefined;
            });
            const [, sent] = encodedMetrics(collected, {
              resource,
              timeMs: Number(BigInt(timeOf(arrived)) / 1_000_000n),
              startMs: 0,
              temporality,
            });
            if (protocol === "http/json") {
              // This version of the collector does not read it from JSON.
              for (const point of exponentialPoints(sent)) delete point.zeroThreshold;
            }
            assert.deepEqual(essence(arrived), essence(sent.resourceMetrics[0]));
          }
        }
      });
    },
  );
}

function registryOfAllTypes(): Registry {
  const registry = new Registry();
  const tracer = new Tracer();
  tracer.span("request", () => {
    registry.counter("orders_total", "Orders", ["status"], { exemplars: true })
      .inc({ status: "paid" });
    const wait = registry.histogram("wait_seconds", "Waiting", ["queue"], { unit: "seconds" });
    for (const seconds of [0, 0.01, 0.5, 3, 70]) wait.observe(seconds, { queue: "mail" });
  });
  registry.gauge("temperature_celsius", "Outside", [], { unit: "celsius" }).set(-3.5);
  registry.gauge("unknown_ratio", "").set(NaN);
  registry.summary("size_bytes", "Sizes").observe(100);
  registry.info("build_info", "Build", ["version"]).set({ version: "2" });
  registry.stateSet("mode", "Mode", ["on", "off"]).set("on");
  return registry;
}

function timeOf(resource: Decoded): string {
  const [metric] = itemsOf([resource]);
  return (metric.sum ?? metric.gauge ?? metric.histogram).dataPoints[0].timeUnixNano;
}

function exponentialPoints(request: Decoded): Decoded[] {
  return itemsOf(request.resourceMetrics)
    .flatMap((metric) => metric.exponentialHistogram?.dataPoints ?? []);
}

/** Without fields that one side leaves out because they are empty, zero or of no scope. */
function essence(value: Decoded): Decoded {
  if (Array.isArray(value)) return value.map(essence);
  if (typeof value !== "object" || value === null) return value;
  const kept = Object.entries(value).map(([key, inner]) => [key, essence(inner)]);
  return Object.fromEntries(kept.filter(([, inner]) => {
    if (inner === 0 || inner === "0" || inner === undefined) return false;
    return typeof inner !== "object" || Object.keys(inner).length > 0;
  }));
}

test("nothing is missing when the collector is killed and started again", OPTIONS, async () => {
  await withCollector(async (collector) => {
    const spool = mkdtempSync(join(tmpdir(), "telltale-spool-"));
    for (const options of [{}, { spool }]) {
      const faults = new Faults();
      const exporter = new OtlpExporter({
        endpoint: collector.url,
        traces: { delayMs: 20, maxItems: 1000 },
        ...options,
        faults,
        resource: { "service.name": JSON.stringify(options) },
      });
      const names = Array.from({ length: 60 }, (_, i) => `span ${i}`);
      const mine = () =>
        itemsOf(
          collector.received("traces").filter(({ resource }) =>
            plain(resource.attributes)["service.name"] === JSON.stringify(options)
          ),
        );
      for (const name of names.slice(0, 20)) exporter.span(spanRecord(name));
      await until("the first spans", () => mine().length === 20);
      await collector.kill();
      for (const name of names.slice(20, 40)) exporter.span(spanRecord(name));
      await until("a failed try", () => exporter.counts("traces")!.queued === 20);
      for (const name of names.slice(40)) exporter.span(spanRecord(name));
      await collector.restart();
      await exporter.flush();
      await until("all spans", () => mine().length >= names.length);
      assert.deepEqual(mine().map(({ name }) => name).sort(), [...names].sort());
      const { accepted, exported, dropped, queued } = exporter.counts("traces")!;
      assert.deepEqual([accepted, exported, dropped.size, queued], [60, 60, 0, 0]);
      exporter.close();
    }
    assert.deepEqual(readdirSync(spool), []);
    rmSync(spool, { recursive: true });
  });
});
