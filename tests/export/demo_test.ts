/** The demo with one environment variable set: all of it arrives at a real Collector. */
import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { test } from "node:test";
import { Pair } from "../../examples/demo/pair.ts";
import { until } from "../e2e/wait.ts";
import { lackingBuilt } from "../peers/built.ts";
import { Collector, itemsOf, recordsOf } from "./collector.ts";
import type { Decoded } from "./decode.ts";
import { HANG_MS } from "../tool.ts";

const OPTIONS = { timeout: HANG_MS, skip: lackingBuilt("peers/collector") };
/** The Deno run has orders on Deno and payments on Bun, the Bun run has both on Bun. */
const runtime = "Bun" in globalThis ? "bun" : undefined;

interface Run {
  readonly collector: Collector;
  /** The lines that each service logged to its file. */
  readonly lines: Decoded[];
  /** The last page of `/metrics` of orders. */
  readonly page: string;
}

/** Runs the demo, does `work` with it, and ends it. */
async function demo(
  environment: Record<string, string>,
  work: (pair: Pair, collector: Collector) => Promise<void>,
  look: (run: Run) => Promise<void> | void,
): Promise<void> {
  const collector = await Collector.start();
  const folder = mkdtempSync(join(tmpdir(), "telltale-otlp-"));
  const variables = { OTEL_EXPORTER_OTLP_ENDPOINT: collector.url, ...environment };
  Object.assign(process.env, variables);
  try {
    const pair = await Pair.start({ port: 0, runtime, folder, onStderr: () => {} });
    try {
      await work(pair, collector);
    } catch (error) {
      pair.kill();
      throw error;
    }
    const page = await (await fetch(`${pair.orders.url}/metrics`)).text();
    await pair.stop();
    const lines = (["orders", "payments"] as const).flatMap((name) =>
      readFileSync(pair.logPath(name), "utf8").trim().split("\n").map((line) => JSON.parse(line))
    );
    await until("the last log record", () => {
      return itemsOf(collector.received("logs")).length >= lines.length;
    });
    // The collector writes each signal when it comes to it: the last spans may follow the last lines.
    const logged = new Set(lines.map(({ span_id }) => span_id).filter((id) => id !== undefined));
    await until("the span of every line", () => {
      const ids = new Set(itemsOf(collector.received("traces")).map(({ spanId }) => spanId));
      return [...logged].every((id) => ids.has(id));
    });
    await look({ collector, lines, page });
  } finally {
    for (const name of Object.keys(variables)) delete process.env[name];
    await collector.stop();
    rmSync(folder, { recursive: true, force: true });
  }
}

async function placeOrders(pair: Pair, count: number): Promise<void> {
  for (let i = 0; i < count; i++) {
    const token = ["card_ok", "card_declined", "card_error"][i % 3];
    const response = await fetch(`${pair.orders.url}/orders`, {
      method: "POST",
      body: JSON.stringify({
        items: [{ sku: "lamp", quantity: 1, price_dollars: 20 }],
        payment: { method: "card", token },
      }),
    });
    await response.body?.cancel();
  }
}

function plain(pairs: Decoded[] = []): Record<string, Decoded> {
  return Object.fromEntries(pairs.map(({ key, value }) => [key, plainValue(value)]));
}

function plainValue(value: Decoded): Decoded {
  if ("intValue" in value) return Number(value.intValue);
  if ("arrayValue" in value) return (value.arrayValue.values ?? []).map(plainValue);
  if ("kvlistValue" in value) return plain(value.kvlistValue.values);
  return Object.values(value)[0];
}

/** The log line that a record of the collector was. */
function lineOf(record: Decoded, service: string): Decoded {
  const {
    "exception.type": type,
    "exception.message": message,
    "exception.stacktrace": stack,
    ...fields
  } = plain(record.attributes);
  const { request_id, error, ...rest } = fields;
  return {
    time: new Date(Number(BigInt(record.timeUnixNano) / 1_000_000n)).toISOString(),
    level: record.severityText,
    msg: record.body.stringValue,
    service,
    ...(record.logger === "@telltale/telltale" ? {} : { logger: record.logger }),
    ...(request_id === undefined ? {} : { request_id }),
    ...(record.traceId ? { trace_id: record.traceId, span_id: record.spanId } : {}),
    ...rest,
    ...(type === undefined ? {} : { error: { type, message, stack, ...error } }),
  };
}

function byService(resources: readonly Decoded[]): [string, Decoded][] {
  return resources.flatMap((resource) => {
    const { "service.name": service } = plain(resource.resource.attributes);
    const items = resource.scopeLogs === undefined ? itemsOf([resource]) : recordsOf(resource);
    return items.map((item): [string, Decoded] => [service, item]);
  });
}

/** Equal in any order, ignoring undefined fields. */
function assertSameLines(actual: Decoded[], expected: Decoded[]): void {
  const sorted = (lines: Decoded[]) =>
    lines.map((line) => JSON.stringify(Object.fromEntries(Object.entries(line).sort()))).sort();
  assert.deepEqual(sorted(actual), sorted(expected));
}

for (const protocol of ["http/protobuf", "http/json"]) {
  for (const compression of ["none", "gzip"]) {
    const environment = {
      OTEL_EXPORTER_OTLP_PROTOCOL: protocol,
      OTEL_EXPORTER_OTLP_COMPRESSION: compression,
    };
    test(`all of the demo arrives: ${protocol}, ${compression}`, OPTIONS, async () => {
      await demo(environment, (pair) => placeOrders(pair, 6), ({ collector, lines, page }) => {
        const records = byService(collector.received("logs"));
        assertSameLines(records.map(([service, record]) => lineOf(record, service)), lines);
        const spans = byService(collector.received("traces"));
        assertSpans(spans, lines);
        const traceIds = new Set(spans.map(([, span]) => span.traceId));
        assertMetrics(collector.received("metrics"), page, traceIds);
      });
    });
  }
}

function assertSpans(spans: [string, Decoded][], lines: Decoded[]): void {
  const ids = new Map(spans.map(([service, span]) => [span.spanId, { service, span }]));
  assert.equal(ids.size, spans.length, "a span arrived twice");
  for (const line of lines.filter(({ span_id }) => span_id !== undefined)) {
    assert.equal(ids.get(line.span_id)?.span.traceId, line.trace_id, JSON.stringify(line));
  }
  // Six orders are six traces, each over both services.
  const roots = spans.filter(([service, span]) =>
    service === "orders" && span.name === "POST /orders" && !span.parentSpanId
  );
  assert.equal(roots.length, 6);
  for (const [, root] of roots) {
    // A query has a span only where it was slow.
    const trace = spans.filter(([, span]) =>
      span.traceId === root.traceId && !("db.system.name" in plain(span.attributes))
    );
    const links = trace.map(([service, span]) => {
      const parent = ids.get(span.parentSpanId);
      return [service, span.name, parent?.service ?? "", parent?.span.name ?? ""].join(" < ");
    });
    assert.deepEqual(links.sort(), [
      "orders < POST /orders <  < ",
      "orders < POST < orders < POST /orders",
      "orders < insert order < orders < POST /orders",
      ...plain(root.attributes)["http.response.status_code"] === 201
        ? ["orders < send receipt < orders < POST /orders"]
        : [],
      "orders < update order < orders < POST /orders",
      "payments < POST /charges < orders < POST",
      "payments < authorize < payments < POST /charges",
    ]);
    const charge = trace.find(([, span]) => span.name === "POST /charges")![1];
    assert.equal(charge.flags & 0x300, 0x300, "the parent is remote");
  }
}

/** Names of `/metrics` that OpenTelemetry has another name for, or another way to say. */
const RENAMED: Record<string, string | undefined> = {
  process_resident_memory_bytes: "process.memory.usage",
  process_open_fds: "process.unix.file_descriptor.count",
  process_cpu_user_seconds_total: "process.cpu.time",
  process_cpu_system_seconds_total: "process.cpu.time",
  process_cpu_seconds_total: undefined,
  nodejs_heap_space_size_total_bytes: "v8js.memory.heap.space.size",
  nodejs_heap_space_size_used_bytes: "v8js.memory.heap.used",
  nodejs_heap_space_size_available_bytes: "v8js.memory.heap.space.available_size",
  ...Object.fromEntries(
    ["min", "max", "mean", "stddev", "p50", "p90", "p99"].map((figure) => [
      `nodejs_eventloop_lag_${figure}_seconds`,
      `nodejs.eventloop.delay.${figure}`,
    ]),
  ),
  nodejs_gc_duration_seconds: "v8js.gc.duration",
  http_request_duration_seconds: "http.server.request.duration",
  http_client_request_duration_seconds: "http.client.request.duration",
  db_client_operation_duration_seconds: "db.client.operation.duration",
  http_request_size_bytes: "http.server.request.body.size",
  http_response_size_bytes: "http.server.response.body.size",
  http_requests_in_progress: "http.server.active_requests",
  target_info: undefined,
};

function assertMetrics(
  resources: readonly Decoded[],
  page: string,
  traceIds: ReadonlySet<string>,
): void {
  const metrics = byService(resources);
  const arrived = new Set(metrics.map(([, metric]) => metric.name));
  const families = [...page.matchAll(/^# TYPE (\S+) /gm)].map(([, name]) => name!);
  const withSeries = families.filter((name) => page.includes(`\n${name}`));
  const expected = withSeries
    .filter((name) => !name.startsWith("otel_sdk_"))
    .map((name) => Object.hasOwn(RENAMED, name) ? RENAMED[name] : name)
    .filter((name) => name !== undefined);
  assert.deepEqual(expected.filter((name) => !arrived.has(name)), []);
  for (const name of ["otel.sdk.exporter.span.exported", "otel.sdk.processor.log.queue.size"]) {
    assert.ok(arrived.has(name), name);
  }
  const last = (service: string, name: string) =>
    metrics.findLast(([of, metric]) => of === service && metric.name === name)![1];
  const orders = last("orders", "orders_total").sum;
  assert.equal(orders.isMonotonic, true);
  assert.deepEqual(
    orders.dataPoints.map((point: Decoded) => [plain(point.attributes).status, point.asDouble])
      .sort(),
    [["completed", 2], ["declined", 2], ["failed", 2]],
  );
  const durations = last("orders", "http.server.request.duration");
  assert.equal(durations.unit, "s");
  const placed = durations.histogram.dataPoints.filter((point: Decoded) =>
    plain(point.attributes)["http.route"] === "/orders"
  );
  const statuses = placed.map((
    point: Decoded,
  ) => [plain(point.attributes)["http.response.status_code"], Number(point.count)]);
  assert.deepEqual(statuses.sort(), [[201, 2], [402, 2], [502, 2]]);
  for (const point of placed) {
    const exemplar = point.exemplars.at(-1);
    assert.ok(traceIds.has(exemplar.traceId), `exemplar of ${exemplar.traceId}`);
  }
}

test("nothing of the demo is missing after the collector was away", OPTIONS, async () => {
  const environment = { OTEL_BSP_SCHEDULE_DELAY: "50", OTEL_BLRP_SCHEDULE_DELAY: "50" };
  await demo(environment, async (pair, collector) => {
    await placeOrders(pair, 3);
    await until("the first spans", () => itemsOf(collector.received("traces")).length > 0);
    // Not -9, which would lose what the collector has taken and not yet written.
    await collector.kill("SIGTERM");
    await placeOrders(pair, 6);
    await collector.restart();
    await placeOrders(pair, 3);
  }, ({ collector, lines }) => {
    const records = byService(collector.received("logs"));
    assertSameLines(records.map(([service, record]) => lineOf(record, service)), lines);
  });
});
