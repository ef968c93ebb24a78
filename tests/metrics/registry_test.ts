import assert from "node:assert/strict";
import { test } from "node:test";
import { numberFamily, Registry } from "../../src/metrics/mod.ts";
import { ManualClock } from "../manual_clock.ts";

const BAD: [name: string, register: (registry: Registry) => unknown, message: string | RegExp][] = [
  [
    "a bad metric name",
    (r) => r.counter("a-b", "A"),
    'Cannot register counter "a-b": name must match [a-zA-Z_:][a-zA-Z0-9_:]*',
  ],
  ["an empty name", (r) => r.gauge("", "A"), /gauge "": name must match/],
  ["a name that is no text", (r) => r.gauge(undefined as never, "A"), /name must match/],
  ["a bad label name", (r) => r.gauge("a", "A", ["b:c"]), /label "b:c" must match/],
  ["a reserved label", (r) => r.gauge("a", "A", ["__name__"]), /starts with the reserved "__"/],
  ["a label twice", (r) => r.gauge("a", "A", ["b", "b"]), /label "b" is there twice/],
  ["help that is no text", (r) => r.gauge("a", undefined as never), /help must be text/],
  [
    "a unit that the name has not",
    (r) => r.gauge("a", "A", [], { unit: "seconds" }),
    /end in its unit/,
  ],
  [
    "the type changed",
    (r) => [r.counter("a_total", "A"), r.gauge("a_total", "A")],
    /another shape/,
  ],
  [
    "the labels changed",
    (r) => [r.gauge("a", "A", ["b"]), r.gauge("a", "A", ["c"])],
    /another shape/,
  ],
  [
    "the buckets changed",
    (
      r,
    ) => [r.histogram("a", "A", [], { buckets: [1] }), r.histogram("a", "A", [], { buckets: [2] })],
    /another shape/,
  ],
  [
    "a name inside a histogram",
    (r) => [r.histogram("a", "A"), r.gauge("a_sum", "A")],
    /"a_sum" belongs to "a"/,
  ],
  [
    "a gauge named as a counter's family",
    (r) => [r.counter("a_total", "A"), r.gauge("a", "A")],
    /belongs to "a_total"/,
  ],
];
for (const [name, register, message] of BAD) {
  test(`Registry refuses ${name} at once`, () => {
    assert.throws(() => register(new Registry()), { name: "TypeError", message });
  });
}

test("Registry refuses a cap that is none", () => {
  for (const maxSeries of [0, -1, 1.5, NaN]) {
    assert.throws(() => new Registry({ maxSeries }), { name: "RangeError" });
    assert.throws(() => new Registry().gauge("a", "A", [], { maxSeries }), { name: "RangeError" });
  }
});

test("Registry that refused a metric can register it right", () => {
  const registry = new Registry();
  assert.throws(() => registry.histogram("h", "H", [], { buckets: [2, 1] }));
  registry.histogram("h", "H", [], { buckets: [1, 2] }).observe(1);
});

test("Registry gives the same instrument for the same registration", () => {
  const registry = new Registry();
  assert.equal(registry.counter("a_total", "A", ["b"]), registry.counter("a_total", "A", ["b"]));
});

test("Registry.collect includes collectors, sync and async, until they are taken away", async () => {
  const registry = new Registry();
  registry.collector(() => [numberFamily("gauge", "one", "", [[1]])]);
  const remove = registry.collector(() =>
    Promise.resolve([numberFamily("gauge", "two", "", [[2]])])
  );
  const names = async () => (await registry.collect()).map((family) => family.name);
  assert.deepEqual(await names(), ["one", "two"]);
  remove();
  assert.deepEqual(await names(), ["one"]);
  assert.throws(() => registry.collector(undefined as never), { name: "TypeError" });
});

test("Registry.collect leaves out collectors that throw, reject, clash or are late", async () => {
  const clock = new ManualClock();
  const registry = new Registry({ clock, collectorTimeoutMs: 100 });
  registry.counter("mine_total", "Mine").inc();
  registry.collector(() => {
    throw new Error("sync");
  });
  registry.collector(() => Promise.reject(new Error("async")));
  registry.collector(() => new Promise(() => {}));
  registry.collector(() => [numberFamily("gauge", "mine_total", "", [[1]])]);
  registry.collector(() => undefined as never);
  registry.collector(() => [numberFamily("gauge", "fine", "", [[1]])]);
  const collected = registry.collect();
  clock.advance(100);
  assert.deepEqual((await collected).map((family) => family.name), ["mine_total", "fine"]);
  assert.equal(registry.faults.counts().get("collector"), 5);
});

test("Registry.scrape answers in the format that was asked for", async () => {
  const registry = new Registry();
  registry.counter("a_total", "").inc();
  const plain = await registry.scrape();
  assert.equal(
    plain.headers.get("content-type"),
    "text/plain; version=0.0.4; charset=utf-8; escaping=underscores",
  );
  assert.equal(await plain.text(), "# TYPE a_total counter\na_total 1\n");
  const headers = { accept: "application/openmetrics-text; version=1.0.0" };
  const open = await registry.scrape(new Request("http://localhost/metrics", { headers }));
  assert.match(open.headers.get("content-type")!, /^application\/openmetrics-text; version=1.0.0/);
  assert.equal(await open.text(), "# TYPE a counter\na_total 1\n# EOF\n");
  const head = await registry.scrape(new Request("http://localhost/metrics", { method: "HEAD" }));
  assert.equal(await head.text(), "");
});
