import assert from "node:assert/strict";
import { test } from "node:test";
import { current, run, telltale, type TelltaleOptions } from "../../mod.ts";
import type { Clock } from "../../src/core/clock.ts";
import { ManualClock } from "../manual_clock.ts";

const quiet: TelltaleOptions = { service: "orders", log: { sinks: [] }, otlp: false };
const CONTEXT = { traceId: "", spanId: "", flags: 0, tracestate: "", requestId: "r" };

test("telltale() throws for an option that can't work, also of a part that is loaded later", () => {
  const rows: [options: unknown, message: string][] = [
    [
      { client: { traceHosts: "a.example" } },
      'Cannot trace fetch: traceHosts must be an array of hosts, got "a.example"',
    ],
    [
      { client: { traceHosts: [1] } },
      "Cannot trace fetch: traceHosts must be an array of hosts, got [1]",
    ],
    [
      { client: { baggageHosts: [""] } },
      'Cannot trace fetch: baggageHosts must be an array of hosts, got [""]',
    ],
    [
      { client: { baggageHosts: null } },
      "Cannot trace fetch: baggageHosts must be an array of hosts, got null",
    ],
    [
      { metrics: { maxSeries: 0 } },
      "Cannot create registry: maxSeries must be a whole number from 1, got 0",
    ],
    [
      { metrics: { cluster: { deadlineMs: 0 } } },
      "Cannot join cluster: deadlineMs must be positive, got 0",
    ],
    [
      { metrics: { cluster: { goneAfterMs: "1s" } } },
      'Cannot join cluster: goneAfterMs must be positive, got "1s"',
    ],
  ];
  for (const [options, message] of rows) {
    assert.throws(() => telltale({ ...quiet, ...options as TelltaleOptions }), { message });
  }
});

/** What is sent while `use` runs, instead of to the network. */
async function sending<T>(use: (sent: Headers[]) => Promise<T>): Promise<T> {
  const { fetch } = globalThis, sent: Headers[] = [];
  globalThis.fetch = ((_input: unknown, init?: RequestInit) => {
    sent.push(new Headers(init?.headers));
    return Promise.resolve(new Response("sent"));
  }) as typeof fetch;
  try {
    return await use(sent);
  } finally {
    globalThis.fetch = fetch;
  }
}

test("Telltale.fetch traces and times from the first request on, several at once among them", async () => {
  await using t = telltale({ ...quiet, client: { traceHosts: ["a.example"] } });
  await sending(async (sent) => {
    const urls = ["http://a.example/", "http://a.example/", "http://b.example/"];
    await Promise.all(urls.map((url) => t.fetch(url)));
    await t.fetch("http://a.example/");
    assert.deepEqual(sent.map((headers) => headers.has("traceparent")), [true, true, false, true]);
  });
  const families = await t.metrics.collect();
  const family = families.find(({ name }) => name === "http_client_request_duration_seconds");
  const counts = family?.samples.map((sample) => "count" in sample && sample.count);
  assert.deepEqual(counts?.sort(), [1, 3]);
  assert.equal(t.tracer.finished.since(0).length, 4);
  assert.deepEqual([...t.faults.counts()], []);
});

test("Telltale.fetch reads its lists of hosts when it is made", async () => {
  const traceHosts = ["a.example"];
  await using t = telltale({ ...quiet, client: { traceHosts } });
  traceHosts[0] = "b.example";
  await sending(async (sent) => {
    await t.fetch("http://a.example/");
    await t.fetch("http://b.example/");
    assert.deepEqual(sent.map((headers) => headers.has("traceparent")), [true, false]);
  });
});

test("Telltale.fetch traces where the application has the metric's name; that is a fault", async () => {
  await using t = telltale(quiet);
  t.faults.listener = undefined;
  t.metrics.gauge("http_client_request_duration_seconds", "Mine");
  await sending(async (sent) => {
    for (let i = 0; i < 2; i++) {
      assert.equal(await (await t.fetch("http://a.example/")).text(), "sent");
    }
    assert.deepEqual(sent.map((headers) => headers.has("traceparent")), [true, true]);
  });
  assert.deepEqual([...t.faults.counts()], [["fetch", 1]]);
});

/** A manual clock that notes in which context timers that repeat are set. */
function noting(): { clock: ManualClock; seen: unknown[] } {
  const clock = new ManualClock(), seen: unknown[] = [];
  const every: Clock["every"] = clock.every.bind(clock);
  clock.every = (ms, fn) => {
    seen.push(current());
    return every(ms, fn);
  };
  return { clock, seen };
}

test("The runtime is watched from the first look on, once, and outside the request that looks", async () => {
  const { clock, seen } = noting();
  await using t = telltale({ ...quiet, clock });
  const before = seen.length;
  await run(CONTEXT, () => Promise.all([t.metrics.collect(), t.metrics.scrape()]));
  assert.deepEqual(seen.slice(before), [undefined]);
  clock.advance(1000);
  const families = await t.metrics.collect();
  assert.ok(families.some(({ name }) => name === "nodejs_eventloop_lag_seconds"));
  assert.equal(seen.length, before + 1);
});

test("Telltale.shutdown leaves no timer: before anything is loaded, and while it is", async () => {
  for (const isLoading of [false, true]) {
    const clock = new ManualClock();
    const t = telltale({ ...quiet, clock });
    const reading = isLoading ? t.metrics.collect() : undefined;
    await t.shutdown();
    await reading;
    assert.equal(clock.waiting, 0);
    await t.metrics.collect();
    assert.equal(clock.waiting, 0);
  }
});
