import type * as api from "@opentelemetry/api";
import { deepEqual, equal } from "node:assert/strict";
import { test } from "node:test";
import { OtelMeterProvider } from "../../src/bridge/otel/meter.ts";
import type { OtelMeterOptions } from "../../src/bridge/otel/meter.ts";
import { Faults } from "../../src/core/faults.ts";
import type { Family } from "../../src/metrics/data/family.ts";
import { Registry } from "../../src/metrics/registry.ts";
import { encodeText } from "../../src/metrics/page/text.ts";
import { until } from "../e2e/wait.ts";
import { ManualClock } from "../manual_clock.ts";

function setUp(options: OtelMeterOptions = {}) {
  const faults = new Faults(), registry = new Registry({ faults });
  const provider = new OtelMeterProvider(registry, options);
  const meters: api.MeterProvider = provider;
  const page = async () => encodeText(await registry.collect());
  return { faults, registry, provider, meter: meters.getMeter(""), meters, page };
}

const lines = (page: string) => page.split("\n").filter((line) => line !== "" && line[0] !== "#");

test("every instrument is on the page, under Prometheus names", async () => {
  const { meter, page } = setUp();
  meter.createCounter("jobs.done", { description: "Jobs done", unit: "{job}" }).add(2, {
    "queue.name": "mail",
  });
  meter.createUpDownCounter("queue.length").add(3);
  meter.createUpDownCounter("queue.length").add(-1);
  meter.createGauge("disk.usage", { unit: "1" }).record(0.5);
  meter.createHistogram("http.client.duration", {
    unit: "s",
    advice: { explicitBucketBoundaries: [0.1, 1] },
  }).record(0.25, { "http.request.method": "GET" });
  meter.createObservableCounter("cpu.time", { unit: "s" }).addCallback((result) => {
    result.observe(7, { mode: "user" });
    result.observe(8, { mode: "user" });
  });
  meter.createObservableGauge("memory.used", { unit: "By" }).addCallback(async (result) => {
    await Promise.resolve();
    result.observe(1024);
  });
  equal(
    await page(),
    `# HELP jobs_done_total Jobs done
# TYPE jobs_done_total counter
jobs_done_total{queue_name="mail"} 2
# TYPE queue_length gauge
queue_length 2
# TYPE disk_usage_ratio gauge
disk_usage_ratio 0.5
# TYPE http_client_duration_seconds histogram
http_client_duration_seconds_bucket{http_request_method="GET",le="0.1"} 0
http_client_duration_seconds_bucket{http_request_method="GET",le="1"} 1
http_client_duration_seconds_bucket{http_request_method="GET",le="+Inf"} 1
http_client_duration_seconds_sum{http_request_method="GET"} 0.25
http_client_duration_seconds_count{http_request_method="GET"} 1
# TYPE cpu_time_seconds_total counter
cpu_time_seconds_total{mode="user"} 8
# TYPE memory_used_bytes gauge
memory_used_bytes 1024
`,
  );
});

test("labels may differ from call to call, in one family", async () => {
  const { meter, registry, page } = setUp();
  const counter = meter.createCounter("calls");
  counter.add(1);
  counter.add(1, { a: "x" });
  counter.add(1, { b: "y", a: "x" });
  counter.add(1, { a: "x", b: "y" });
  counter.add(1, { a: undefined, b: 1, c: [true, false] });
  deepEqual(lines(await page()), [
    "calls_total 1",
    'calls_total{a="x"} 1',
    'calls_total{a="x",b="y"} 2',
    'calls_total{b="1",c="[true,false]"} 1',
  ]);
  equal((await registry.collect()).length, 1);
});

test("sets of label names beyond the sixteenth share one series, and the sum stays exact", async () => {
  const { meter, registry } = setUp();
  const counter = meter.createCounter("calls");
  for (let i = 0; i < 50; i++) counter.add(1, { [`label_${i}`]: "x" });
  const [family] = await registry.collect() as [Family & { type: "counter" }];
  equal(family.samples.length, 17);
  const overflow = family.samples.find(({ labels }) =>
    labels.text === 'otel_metric_overflow="true"'
  );
  equal(overflow?.value, 34);
  equal(family.samples.reduce((sum, { value }) => sum + value, 0), 50);
});

test("series of one set of label names are bounded", async () => {
  const { meter, registry } = setUp({ maxSeries: 10 });
  const counter = meter.createCounter("calls"), gauge = meter.createObservableGauge("seen");
  for (let i = 0; i < 50; i++) counter.add(1, { user: String(i) });
  gauge.addCallback((result) => {
    for (let i = 0; i < 50; i++) result.observe(i, { user: i });
  });
  const [calls, seen] = await registry.collect() as (Family & { type: "counter" })[];
  deepEqual([calls!.samples.length, seen!.samples.length], [11, 10]);
  equal(calls!.samples.reduce((sum, { value }) => sum + value, 0), 50);
});

test("attributes whose names become the same share a label, reserved names are changed", async () => {
  const { meter, page } = setUp();
  meter.createCounter("2.fast__").add(1, { "a.b": "2", "a-b": "1", __x: "3", le: "4", "9": "5" });
  deepEqual(lines(await page()), ['_2_fast_total{_9="5",_x="3",a_b="1;2",le_="4"} 1']);
});

test("with utf-8 names, names are kept", async () => {
  const { meters, registry } = setUp({ names: "utf-8" });
  meters.getMeter("my.lib").createHistogram("http.client.duration", { unit: "s" }).record(1, {
    "server.address": "a",
  });
  const [family] = await registry.collect();
  deepEqual([family!.name, family!.samples[0]!.labels.names], [
    "http.client.duration",
    ["otel.scope.name", "server.address"],
  ]);
});

test("meters of two libraries don't mix, and an instrument made twice is one", async () => {
  const { meters, page } = setUp();
  for (const scope of ["one", "two", "two"]) meters.getMeter(scope).createCounter("calls").add(1);
  deepEqual(lines(await page()), [
    'calls_total{otel_scope_name="one"} 1',
    'calls_total{otel_scope_name="two"} 2',
  ]);
});

test("a batch callback reports the observables it was added for, until it is removed", async () => {
  const { meter, page } = setUp();
  const a = meter.createObservableGauge("a"), b = meter.createObservableUpDownCounter("b");
  const other = meter.createObservableGauge("other");
  const tell: api.BatchObservableCallback = (result) => {
    result.observe(a, 1);
    result.observe(b, 2);
    result.observe(other, 3);
  };
  meter.addBatchObservableCallback(tell, [a, b]);
  deepEqual(lines(await page()), ["a 1", "b 2"]);
  meter.removeBatchObservableCallback(tell, [a, b]);
  deepEqual(lines(await page()), []);
});

test("nothing throws into a library; what goes wrong is counted", async () => {
  const { meter, faults, page } = setUp();
  meter.createCounter("x").add(-1);
  meter.createCounter("x").add(NaN);
  meter.createHistogram("y").record("7" as unknown as number);
  meter.createGauge("").record(1);
  meter.createHistogram("x_total").record(1);
  const gauge = meter.createObservableGauge("z");
  gauge.addCallback(() => {
    throw new Error("no");
  });
  gauge.addCallback(() => Promise.reject(new Error("no")));
  gauge.addCallback((result) => result.observe(1));
  const hostile = {
    get a(): string {
      throw new Error("no");
    },
  };
  meter.createCounter("x").add(1, hostile);
  deepEqual(lines(await page()).filter((line) => !/^y_/.test(line)), ["x_total 0", "z 1"]);
  deepEqual([faults.counts().get("otel observable"), faults.counts().get("otel metric")], [2, 3]);
});

test("a callback that never ends costs its own values, and is not called again meanwhile", async () => {
  const clock = new ManualClock(), { meter, faults, page } = setUp({ clock });
  let asked = 0, answer = () => {};
  const slow = meter.createObservableGauge("slow"), quick = meter.createObservableGauge("quick");
  slow.addCallback(() => {
    asked++;
    return new Promise<void>((resolve) => answer = resolve);
  });
  quick.addCallback((result) => result.observe(1));
  const first = page();
  await until("the question", () => asked === 1);
  clock.advance(1000);
  deepEqual(lines(await first), ["quick 1"]);
  deepEqual(lines(await page()), ["quick 1"]);
  deepEqual([asked, faults.counts().get("otel observable"), clock.waiting], [1, 1, 0]);
  answer();
  await new Promise((resolve) => setImmediate(resolve));
  const last = page();
  await until("the next question", () => asked === 2);
  answer();
  deepEqual(lines(await last), ["quick 1"]);
});

test("callbacks are bounded, and an invalid instrument or batch is counted", async () => {
  const { meter, faults, page } = setUp();
  let asked = 0;
  const gauge = meter.createObservableGauge("a");
  for (let i = 0; i < 1001; i++) gauge.addCallback(() => void asked++);
  await page();
  deepEqual([asked, faults.counts().get("otel observable")], [1000, 1]);
  for (let i = 0; i < 1001; i++) meter.addBatchObservableCallback(() => void asked++, [gauge]);
  await page();
  deepEqual([asked, faults.counts().get("otel observable")], [3000, 2]);
  const hostile = {
    get unit(): string {
      throw new Error("no");
    },
  };
  meter.createCounter("b", hostile).add(1);
  meter.createCounter("c", null as never).add(1);
  meter.createObservableGauge("d", hostile).addCallback(() => {});
  meter.addBatchObservableCallback(() => {}, null as never);
  deepEqual(lines(await page()), ["c_total 1"]);
  equal(faults.counts().get("otel metric")! >= 3, true);
});

test("detach() removes the metrics from the registry", async () => {
  const { meter, provider, page } = setUp();
  meter.createCounter("calls").add(1);
  provider.detach();
  equal(await page(), "");
});
