import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { uncompress } from "snappyjs";
import { RemoteWrite, type RemoteWriteOptions } from "../../src/export/push/mod.ts";
import { numberFamily, Registry } from "../../src/metrics/mod.ts";
import { run } from "../../src/core/context.ts";
import { Prometheus } from "../e2e/prometheus.ts";
import { until } from "../e2e/wait.ts";
import { ManualClock } from "../manual_clock.ts";
import { arbitraryFamilies } from "../metrics/arbitrary.ts";
import { decodeWriteRequest, expand } from "../metrics/decode_protobuf.ts";
import { TRACED } from "../metrics/pages.ts";
import { builtOrInstalled } from "../peers/built.ts";
import { HANG_MS, lacking } from "../tool.ts";
import { receiverWith, settle } from "./push_receiver.ts";

const NOW_MS = new ManualClock().now();
const taken = new Response(null, { status: 204 });

/** A series as a person writes it: `name{labels} value @time`. */
// deno-lint-ignore no-explicit-any -- a decoded message has no type
function lines(request: any): string[] {
  // deno-lint-ignore no-explicit-any
  return (request.timeseries ?? []).map(({ labels, samples, histograms, exemplars }: any) => {
    // deno-lint-ignore no-explicit-any
    const text = (pairs: any[] = []) =>
      pairs.map(({ name, value }) => `${name}=${value}`).join(" ");
    const point = samples?.[0] ?? histograms[0];
    const value = samples?.[0] === undefined ? "native" : samples[0].value ?? 0;
    // deno-lint-ignore no-explicit-any
    const found = (exemplars ?? []).map((e: any) =>
      ` # ${text(e.labels)} ${e.value} ${e.timestamp}`
    );
    return `${text(labels)} ${value} @${point.timestamp - NOW_MS}${found.join("")}`;
  });
}

function filled(): Registry {
  const registry = new Registry({ clock: new ManualClock() });
  const rows = registry.counter("rows_total", "Rows", ["table", "job"], { exemplars: true });
  run(TRACED, () => rows.add(5, { table: "orders", job: "" }));
  rows.add(2, { table: "", job: "own" });
  const waits = registry.histogram("wait_seconds", "Waits", [], {
    buckets: [0.00001, 1, 1e6],
    unit: "seconds",
  });
  waits.observe(0.5);
  registry.summary("size_bytes", "Sizes", [], { quantiles: [0, 1] });
  registry.stateSet("light", "", ["red"]).set("red");
  return registry;
}

test("RemoteWrite writes every series as the specification demands", async () => {
  const { requests, options } = receiverWith(taken);
  const remote = new RemoteWrite({ ...options, labels: { job: "copy", Instance: "a" } });
  assert.deepEqual(await remote.write(await filled().collect()), { pushed: true, tries: 1 });
  const [{ method, url, headers, body }] = requests as [typeof requests[number]];
  assert.deepEqual([method, url], ["POST", "http://gateway:9091/"]);
  assert.equal(headers.get("content-type"), "application/x-protobuf");
  assert.equal(headers.get("content-encoding"), "snappy");
  assert.equal(headers.get("x-prometheus-remote-write-version"), "0.1.0");
  assert.ok(headers.has("user-agent"));

  const request = decodeWriteRequest(uncompress(body));
  const common = (name: string) => `Instance=a __name__=${name} job=copy`;
  const id = `trace_id=${TRACED.traceId} span_id=${TRACED.spanId}`;
  assert.deepEqual(lines(request), [
    `Instance=a __name__=rows_total table=orders 5 @0 # ${id} 5 ${NOW_MS}`,
    "Instance=a __name__=rows_total job=own 2 @0",
    `${common("wait_seconds_bucket")} le=1e-05 0 @0`,
    `${common("wait_seconds_bucket")} le=1.0 1 @0`,
    `${common("wait_seconds_bucket")} le=1e+06 1 @0`,
    `${common("wait_seconds_bucket")} le=+Inf 1 @0`,
    `${common("wait_seconds_sum")} 0.5 @0`,
    `${common("wait_seconds_count")} 1 @0`,
    `${common("size_bytes")} quantile=0.0 NaN @0`,
    `${common("size_bytes")} quantile=1.0 NaN @0`,
    `${common("size_bytes_sum")} 0 @0`,
    `${common("size_bytes_count")} 0 @0`,
    `${common("light")} light=red 1 @0`,
  ]);
  assert.deepEqual(request.metadata, [
    { type: 1, name: "rows_total", help: "Rows" },
    { type: 3, name: "wait_seconds", help: "Waits", unit: "seconds" },
    { type: 5, name: "size_bytes", help: "Sizes" },
    { type: 7, name: "light" },
  ]);
});

test("RemoteWrite writes a native histogram as one series", async () => {
  const { requests, options } = receiverWith(taken);
  const registry = new Registry();
  const waits = registry.histogram("wait_seconds", "Waits");
  for (const value of [0, 0.5, 0.5, 4, -2, 1e9]) waits.observe(value);
  const families = await registry.collect({ native: true });
  await new RemoteWrite(options).write(families);
  const { timeseries } = decodeWriteRequest(uncompress(requests[0]!.body));
  assert.equal(timeseries.length, 1);
  const [histogram] = timeseries[0].histograms;
  const [family] = families;
  assert.ok(family!.type === "histogram");
  const { native, count, sum } = family!.samples[0]!;
  assert.deepEqual({
    count: histogram.count,
    sum: histogram.sum,
    native: {
      schema: histogram.schema,
      zeroThreshold: histogram.zeroThreshold,
      zeroCount: histogram.zeroCount,
      positive: expand(histogram.positiveSpans, histogram.positiveDeltas),
      negative: expand(histogram.negativeSpans, histogram.negativeDeltas),
    },
  }, { count, sum, native });
});

test("RemoteWrite writes the exemplars of a native histogram by time: an older one is refused", async () => {
  const clock = new ManualClock(), registry = new Registry({ clock });
  const waits = registry.histogram("wait_seconds", "");
  for (const seconds of [8, 0.5, 2]) {
    run(TRACED, () => waits.observe(seconds));
    clock.advance(1000);
  }
  const { requests, options } = receiverWith(taken);
  await new RemoteWrite(options).write(await registry.collect({ native: true }));
  const { timeseries: [{ exemplars }] } = decodeWriteRequest(uncompress(requests[0]!.body));
  assert.deepEqual(exemplars.map(({ value }: { value: number }) => value), [8, 0.5, 2]);
});

test("RemoteWrite.end() writes the NaN that ends a series, after the last sample", async () => {
  const { requests, options } = receiverWith(taken);
  const families = [
    numberFamily("gauge", "a", "A", [[1]]),
    {
      ...numberFamily("gauge", "b", "", []),
      samples: [{ ...numberFamily("gauge", "b", "", [[1]]).samples[0]!, timestampMs: NOW_MS - 10 }],
    },
  ];
  assert.equal((await new RemoteWrite(options).end(families)).pushed, true);
  const body = uncompress(requests[0]!.body);
  const request = decodeWriteRequest(body);
  assert.deepEqual(lines(request), ["__name__=a NaN @1", "__name__=b NaN @-9"]);
  assert.equal(request.metadata, undefined);
  // A decoder does not distinguish NaNs: 7ff0000000000002, little endian, after its tag.
  const stale = [9, 2, 0, 0, 0, 0, 0, 0xf0, 0x7f].join();
  assert.equal([...body].join().split(stale).length, 3);
});

test("RemoteWrite writes labels sorted, without duplicate names or empty values", () => {
  const job = { labels: { job: "a", zone: "b", empty: "" } };
  return fc.assert(fc.asyncProperty(arbitraryFamilies(true), async (families) => {
    const { requests, options } = receiverWith(taken);
    const result = await new RemoteWrite({ ...options, ...job, maxSeries: 7 }).write(families);
    assert.deepEqual([result.pushed, result.tries], [true, requests.length]);
    let series = 0;
    for (const { body } of requests) {
      const { timeseries } = decodeWriteRequest(uncompress(body));
      assert.ok(timeseries.length > 0 && timeseries.length <= 7);
      series += timeseries.length;
      for (const { labels } of timeseries as { labels: { name: string; value: string }[] }[]) {
        const names = labels.map(({ name }) => name);
        assert.deepEqual(names, [...new Set(names)].sort());
        assert.ok(labels.every(({ value }) => value !== undefined && value !== ""));
        // Escaped, unless somebody asks for UTF-8.
        assert.ok(names.every((name) => /^[a-zA-Z_:][a-zA-Z0-9_:]*$/.test(name)), names.join());
      }
    }
    const expected = families.flatMap((family): number[] =>
      family.samples.map((sample) =>
        family.type === "histogram"
          ? family.samples[0]!.bounds.length + 3
          : "quantiles" in sample
          ? sample.quantiles.length + 2
          : 1
      )
    ).reduce((a, b) => a + b, 0);
    assert.equal(series, expected);
  }));
});

test("RemoteWrite retries what may succeed later, request by request", async () => {
  const busy = new Response("busy", { status: 500 }), many = new Response("", { status: 429 });
  const { requests, clock, options, faults } = receiverWith(busy, many, taken);
  const remote = new RemoteWrite({ ...options, maxSeries: 1 });
  const families = [numberFamily("gauge", "a", "", [[1, { b: 1 }], [2, { b: 2 }]])];
  assert.deepEqual(await settle(clock, remote.write(families)), { pushed: true, tries: 4 });
  const bodies = requests.map(({ body }) => lines(decodeWriteRequest(uncompress(body)))[0]);
  const [first, second] = ["__name__=a b=1 1 @0", "__name__=a b=2 2 @0"];
  assert.deepEqual(bodies, [first, first, first, second]);
  assert.deepEqual(faults, []);
});

test("RemoteWrite goes on after a refused request, and reports the reason", async () => {
  const { requests, options, faults } = receiverWith(
    new Response("out of order", { status: 400 }),
    taken,
  );
  const remote = new RemoteWrite({ ...options, maxSeries: 1 });
  const families = [numberFamily("gauge", "a", "", [[1, { b: 1 }], [2, { b: 2 }]])];
  assert.deepEqual(await remote.write(families), {
    pushed: false,
    tries: 2,
    error: "HTTP 400 out of order",
  });
  assert.equal(requests.length, 2);
  assert.deepEqual(faults, [
    "push: Cannot push to remote write at gateway:9091: HTTP 400 out of order",
  ]);
});

test("RemoteWrite ends at its deadline, however many requests are left", async () => {
  const { requests, clock, options } = receiverWith("never");
  const remote = new RemoteWrite({ ...options, maxSeries: 1, deadlineMs: 3000 });
  const samples = Array.from({ length: 50 }, (_, i) => [i, { b: i }] as const);
  const result = await settle(clock, remote.write([numberFamily("gauge", "a", "", samples)]));
  assert.equal(result.pushed, false);
  assert.equal(clock.monotonic(), 3000);
  assert.equal(requests.length, 1);
});

test("RemoteWrite of no families sends no request", async () => {
  const { requests, options } = receiverWith(taken);
  const nothing = await new RemoteWrite(options).write([numberFamily("gauge", "a", "A", [])]);
  assert.deepEqual(nothing, { pushed: true, tries: 0 });
  assert.equal(requests.length, 0);
});

test("RemoteWrite refuses options that are not valid", () => {
  const { options } = receiverWith(taken);
  const bad: readonly (readonly [Partial<RemoteWriteOptions>, RegExp])[] = [
    [{ url: "prometheus" }, /^TypeError: Cannot push to remote write: url must be/],
    [
      { labels: { "a.b": "c" } },
      /^TypeError: Cannot push to remote write: a label must match .*, got "a\.b"/,
    ],
    [{ labels: { __name__: "c" } }, /a label must match .*, got "__name__"/],
    [{ maxSeries: 0 }, /^RangeError: .*maxSeries must be a whole number from 1, got 0/],
  ];
  for (const [option, error] of bad) {
    assert.throws(() => new RemoteWrite({ ...options, ...option }), error);
  }
});

const program = builtOrInstalled("prometheus");
const peer = { skip: program === undefined && lacking("prometheus"), timeout: HANG_MS };

/** A Prometheus that scrapes nobody, and is written to. */
function receiver(): Promise<Prometheus> {
  return Prometheus.start([], { program, flags: ["--web.enable-remote-write-receiver"] });
}

test("a real Prometheus returns what was written, and its end", peer, async () => {
  const server = await receiver();
  try {
    const registry = new Registry();
    const rows = registry.counter("rows_total", "Rows", ["table"], { exemplars: true });
    run(TRACED, () => rows.add(5, { table: 'a"b\\c\nd 😀' }));
    registry.histogram("wait_seconds", "Waits", [], { buckets: [1, 2] }).observe(1.5);
    const remote = new RemoteWrite({
      url: `${server.url}/api/v1/write`,
      labels: { job: "copy", instance: "a" },
      maxSeries: 2,
    });
    const families = await registry.collect();
    const startSeconds = Date.now() / 1000 - 1;
    assert.deepEqual(await remote.write(families), { pushed: true, tries: 3 });

    const instant = (query: string) => server.api(`query?query=${encodeURIComponent(query)}`);
    const { result } = await instant("rows_total");
    assert.deepEqual(result.map(({ metric }: { metric: object }) => metric), [
      { __name__: "rows_total", instance: "a", job: "copy", table: 'a"b\\c\nd 😀' },
    ]);
    assert.equal(result[0].value[1], "5");
    const buckets = await instant("wait_seconds_bucket");
    assert.deepEqual(
      // deno-lint-ignore no-explicit-any
      buckets.result.map(({ metric, value }: any) => [metric.le, value[1]]).sort(),
      [["+Inf", "1"], ["1.0", "0"], ["2.0", "1"]],
    );
    const range = `query=rows_total&start=${startSeconds}&end=${startSeconds + 60}`;
    const [series] = await server.api(`query_exemplars?${range}`);
    assert.deepEqual(series.exemplars[0].labels, {
      trace_id: TRACED.traceId,
      span_id: TRACED.spanId,
    });

    assert.equal((await remote.end(families)).pushed, true);
    await until("the series to end", async () => {
      return (await instant("rows_total or wait_seconds_sum")).result.length === 0;
    });
  } finally {
    assert.deepEqual(await server.stop(), []);
  }
});
