import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import process from "node:process";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { type Telltale, telltale } from "../../src/telltale.ts";
import { type Decoded, decodeProtobuf } from "./decode.ts";
import { itemsOf } from "./collector.ts";
import { ManualClock } from "../manual_clock.ts";
import { HANG_MS } from "../tool.ts";

/** A receiver on a port of its own, and its requests by signal. */
async function withReceiver(
  work: (url: string, taken: Record<string, Decoded[]>) => Promise<void>,
  status: number | ((signal: string) => number) = 200,
): Promise<void> {
  const taken: Record<string, Decoded[]> = { traces: [], metrics: [], logs: [] };
  const server = createServer((request, response) => {
    const chunks: Uint8Array[] = [];
    request.on("data", (chunk) => chunks.push(chunk));
    request.on("end", () => {
      const signal = request.url!.split("/").at(-1)!;
      const decoded = decodeProtobuf(signal, Buffer.concat(chunks));
      taken[signal]!.push(decoded);
      response.writeHead(typeof status === "number" ? status : status(signal)).end();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  try {
    await work(`http://127.0.0.1:${(server.address() as AddressInfo).port}`, taken);
  } finally {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  }
}

function resourcesOf(requests: readonly Decoded[]): Decoded[] {
  return requests.flatMap((r) => r.resourceSpans ?? r.resourceMetrics ?? r.resourceLogs);
}

/** The samples of a page whose names begin so. */
async function samples(t: Telltale, prefix: string): Promise<string[]> {
  const page = await (await t.metrics.scrape()).text();
  return page.split("\n").filter((line) => line.startsWith(prefix));
}

test("telltale() exports log records from their own level on", async () => {
  await withReceiver(async (endpoint, taken) => {
    const log = { sinks: [], level: "info" };
    const t = telltale({ log, otlp: { endpoint, traces: false, logs: { level: "warn" } } });
    t.log.info("not this");
    t.log.warn("this");
    await t.shutdown();
    const bodies = itemsOf(resourcesOf(taken.logs!)).map(({ body }) => body.stringValue);
    assert.deepEqual([bodies, t.log.ring.next], [["this"], 2]);
    assert.throws(() => telltale({ log, otlp: { endpoint, logs: { level: "loud" } } }), RangeError);
  });
});

test("telltale() exports all three signals, with what came before the sender was loaded", async () => {
  await withReceiver(async (endpoint, taken) => {
    const t = telltale({
      service: "orders",
      instanceId: "1",
      log: { sinks: [] },
      otlp: { endpoint },
    });
    t.tracer.span("first", () => t.log.info("early"));
    t.metrics.counter("orders_total", "Orders").inc();
    await t.shutdown();
    assert.deepEqual(itemsOf(resourcesOf(taken.traces!)).map(({ name }) => name), ["first"]);
    const [record] = itemsOf(resourcesOf(taken.logs!));
    const [span] = itemsOf(resourcesOf(taken.traces!));
    assert.equal(record.body.stringValue, "early");
    assert.deepEqual([record.traceId, record.spanId], [span.traceId, span.spanId]);
    const names = itemsOf(resourcesOf(taken.metrics!)).map(({ name }) => name);
    assert.ok(names.includes("orders_total") && !names.includes("target_info"));
    for (const signal of ["traces", "metrics", "logs"]) {
      const { attributes } = resourcesOf(taken[signal]!)[0].resource;
      const service = attributes.find(({ key }: Decoded) => key === "service.name");
      assert.equal(service.value.stringValue, "orders");
    }
    // Requests of the export are not measured.
    assert.deepEqual(await samples(t, "http_client_request_duration_seconds_count"), []);
    assert.deepEqual([...t.faults.counts()], []);
  });
});

test("telltale() shows what became of spans and records on /metrics", async () => {
  await withReceiver(async (endpoint) => {
    const t = telltale({
      log: { sinks: [] },
      otlp: { endpoint, metrics: false, traces: { maxItems: 2 } },
      metrics: { runtime: false },
    });
    t.faults.listener = undefined;
    for (let i = 0; i < 3; i++) t.tracer.span("work", () => {});
    t.log.info("refused");
    await t.flush();
    const exporter = (item: string) =>
      `{otel_component_name="otlp_http_${item}_exporter/0",otel_component_type="otlp_http_${item}_exporter"`;
    const processor =
      `{otel_component_name="batching_span_processor/0",otel_component_type="batching_span_processor"`;
    assert.deepEqual(await samples(t, "otel_sdk_exporter_span"), [
      `otel_sdk_exporter_span_inflight${exporter("span")}} 0`,
      `otel_sdk_exporter_span_exported_total${exporter("span")}} 0`,
      `otel_sdk_exporter_span_exported_total${exporter("span")},error_type="refused"} 2`,
    ]);
    assert.deepEqual(await samples(t, "otel_sdk_processor_span"), [
      `otel_sdk_processor_span_queue_size${processor}} 0`,
      `otel_sdk_processor_span_queue_capacity${processor}} 2`,
      `otel_sdk_processor_span_processed_total${processor}} 2`,
      `otel_sdk_processor_span_processed_total${processor},error_type="queue_full"} 1`,
    ]);
    assert.deepEqual(await samples(t, "otel_sdk_exporter_log_exported"), [
      `otel_sdk_exporter_log_exported_total${exporter("log")}} 0`,
      `otel_sdk_exporter_log_exported_total${exporter("log")},error_type="refused"} 1`,
    ]);
    assert.deepEqual(await samples(t, "otel_sdk_exporter_operation_duration_seconds_count"), [
      `otel_sdk_exporter_operation_duration_seconds_count${exporter("span")},error_type="400"} 1`,
      `otel_sdk_exporter_operation_duration_seconds_count${exporter("log")},error_type="400"} 1`,
    ]);
    await t.shutdown();
  }, 400);
});

test("telltale() counts from the first span on, before the sender is loaded", async () => {
  await withReceiver(async (endpoint, taken) => {
    const t = telltale({
      log: { sinks: [], level: "off" },
      otlp: { endpoint, metrics: false },
      metrics: { runtime: false },
    });
    for (let i = 0; i < 2050; i++) t.tracer.span("work", () => {});
    t.log.level = "info";
    for (let i = 0; i < 2051; i++) t.log.info("line");
    const books = async (item: string) =>
      (await samples(t, `otel_sdk_processor_${item}`)).map((line) =>
        line.replace(/\{.*?(error_type="\w+")?\}/, "{$1}")
      );
    await t.log.flush(); // Records reach their sinks a moment later.
    // Not loaded yet, or just now: the books say the same.
    assert.deepEqual(await books("span"), [
      "otel_sdk_processor_span_queue_size{} 2048",
      "otel_sdk_processor_span_queue_capacity{} 2048",
      "otel_sdk_processor_span_processed_total{} 0",
      'otel_sdk_processor_span_processed_total{error_type="queue_full"} 2',
    ]);
    assert.deepEqual(await t.flush(), { queued: 0, retryAfterMs: 0 });
    assert.deepEqual(await books("span"), [
      "otel_sdk_processor_span_queue_size{} 0",
      "otel_sdk_processor_span_queue_capacity{} 2048",
      "otel_sdk_processor_span_processed_total{} 2048",
      'otel_sdk_processor_span_processed_total{error_type="queue_full"} 2',
    ]);
    assert.equal(itemsOf(resourcesOf(taken.traces!)).length, 2048);
    const logs = await books("log");
    const total = logs.slice(2).reduce((sum, line) => sum + Number(line.split(" ")[1]), 0);
    assert.equal(total, 2051);
    assert.deepEqual([...t.faults.counts()], []);
    await t.shutdown();
  });
});

test("telltale() returns what a flush left, and a shutdown does not wait for Retry-After", async () => {
  let tries = 0;
  const server = createServer((_request, response) => {
    tries++;
    response.writeHead(429, { "retry-after": "3600" }).end();
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const t = telltale({
    log: { sinks: [] },
    otlp: { endpoint, metrics: false, logs: false },
    metrics: { runtime: false },
    clock: new ManualClock(),
  });
  t.faults.listener = undefined;
  t.tracer.span("work", () => {});
  assert.deepEqual(await t.flush(), { queued: 1, retryAfterMs: 3_600_000 });
  await t.shutdown(); // The clock stands still: nothing waits for the hour to pass.
  assert.equal(tries, 1);
  const lost = (await samples(t, "otel_sdk_exporter_span_exported_total")).at(-1);
  assert.match(lost!, /error_type="shutdown"\} 1$/);
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
});

test("telltale() exports nothing without an endpoint", async () => {
  const t = telltale({ log: { sinks: [] }, metrics: { runtime: false } });
  assert.deepEqual(await samples(t, "otel_sdk_exporter"), []);
  await t.shutdown();
});

test("telltale() throws at once for options of the export that are not valid", () => {
  assert.throws(
    () => telltale({ log: { sinks: [] }, otlp: { endpoint: "localhost:4318" } }),
    /^TypeError: Cannot export by OTLP: endpoint must be an http .*, got "localhost:4318"$/,
  );
});

test(
  "a shutdown ends within its deadline although the receiver hangs",
  { timeout: HANG_MS },
  async () => {
    const server = createServer(() => {});
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const t = telltale({
      log: { sinks: [] },
      otlp: { endpoint, timeoutMs: 86_400_000 },
      metrics: { runtime: false },
    });
    t.tracer.span("work", () => {});
    await t.flush(50); // And not when the receiver's own time is up.
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
    void t.shutdown();
  },
);

/** Runs a program to its end and gives its exit code. */
function runChild(file: string, endpoint: string): Promise<unknown> {
  const child = fileURLToPath(new URL(file, import.meta.url));
  const run = "Bun" in globalThis ? ["run", child] : ["run", "-A", "--quiet", child];
  const environment = { ...process.env, OTEL_EXPORTER_OTLP_ENDPOINT: endpoint };
  const script = spawn(process.execPath, run, { env: environment, stdio: "inherit" });
  return new Promise((resolve) => script.once("exit", resolve));
}

/** 503 for the first request of each signal, which is retried a second later. */
function busyAtFirst(): (signal: string) => number {
  const seen = new Set<string>();
  return (signal) => {
    if (seen.has(signal)) return 200;
    seen.add(signal);
    return 503;
  };
}

test("a flush holds the process while a try waits for the next", { timeout: HANG_MS }, async () => {
  await withReceiver(async (endpoint, taken) => {
    assert.equal(await runChild("./flush_child.ts", endpoint), 11);
    assert.equal(taken.traces!.length, 2);
  }, busyAtFirst());
});

test("a script that just ends tries again", { timeout: HANG_MS }, async () => {
  await withReceiver(async (endpoint, { traces, logs, metrics }) => {
    assert.equal(await runChild("./script_child.ts", endpoint), 0);
    assert.deepEqual([traces!.length, logs!.length, metrics!.length], [2, 2, 2]);
  }, busyAtFirst());
});

test("a script that just ends has exported what it recorded", { timeout: HANG_MS }, async () => {
  await withReceiver(async (endpoint, taken) => {
    assert.equal(await runChild("./script_child.ts", endpoint), 0);
    assert.deepEqual(itemsOf(resourcesOf(taken.traces!)).map(({ name }) => name), ["work"]);
    assert.deepEqual(itemsOf(resourcesOf(taken.logs!)).map((r) => r.body.stringValue), ["worked"]);
    const names = itemsOf(resourcesOf(taken.metrics!)).map(({ name }) => name);
    assert.ok(names.includes("work_total"));
  });
});
