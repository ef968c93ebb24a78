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
  ["a name that is not text", (r) => r.gauge(undefined as never, "A"), /name must match/],
  ["a bad label name", (r) => r.gauge("a", "A", ["b:c"]), /label "b:c" must match/],
  ["a reserved label", (r) => r.gauge("a", "A", ["__name__"]), /starts with the reserved "__"/],
  ["a label twice", (r) => r.gauge("a", "A", ["b", "b"]), /label "b" appears twice/],
  ["help that is not text", (r) => r.gauge("a", undefined as never), /help must be text/],
  [
    "a unit that the name lacks",
    (r) => r.gauge("a", "A", [], { unit: "seconds" }),
    /end in its unit/,
  ],
  [
    "the type changed",
    (r) => [r.counter("a_total", "A"), r.gauge("a_total", "A")],
    /already registered with other options/,
  ],
  [
    "the labels changed",
    (r) => [r.gauge("a", "A", ["b"]), r.gauge("a", "A", ["c"])],
    /already registered with other options/,
  ],
  [
    "the buckets changed",
    (
      r,
    ) => [r.histogram("a", "A", [], { buckets: [1] }), r.histogram("a", "A", [], { buckets: [2] })],
    /already registered with other options/,
  ],
  [
    "a name inside a histogram",
    (r) => [r.histogram("a", "A"), r.gauge("a_sum", "A")],
    /"a_sum" is taken by "a"/,
  ],
  [
    "another collect callback",
    (r) => [
      r.gauge("a", "A", [], { collect: () => {} }),
      r.gauge("a", "A", [], { collect: () => {} }),
    ],
    /already registered with other options/,
  ],
  [
    "a name that clashes once escaped",
    () => {
      const r = new Registry({ names: "utf-8" });
      r.counter("a.b", "A");
      r.gauge("a_b", "A");
    },
    'Cannot register gauge "a_b": "a_b" is taken by "a.b"',
  ],
  [
    "labels that clash once escaped",
    () => new Registry({ names: "utf-8" }).counter("a", "A", ["x.y", "x_y"]),
    /label "x_y" appears twice or is reserved once names are escaped/,
  ],
  [
    "labels that are not an array",
    (r) => r.gauge("a", "A", "abc" as never),
    /labels must be an array/,
  ],
  ["options of null", (r) => r.gauge("a", "A", [], null as never), /must be an object/],
  ["an empty unit", (r) => r.gauge("a_", "A", [], { unit: "" }), /must end in its unit/],
  [
    "an unknown aggregation",
    (r) => r.gauge("a", "A", [], { aggregation: "avg" as never }),
    'Cannot register gauge "a": aggregation must be one of sum, min, max, first, last, got "avg"',
  ],
  [
    "a collect that is not a function",
    (r) => r.gauge("a", "A", [], { collect: 5 as never }),
    /collect must be a function, got 5/,
  ],
  [
    "buckets that are not numbers",
    (r) => r.histogram("a", "A", [], { buckets: ["1"] as never }),
    /buckets must be an array of numbers/,
  ],
  [
    "states that are not text",
    (r) => r.stateSet("a", "A", [1] as never),
    /states must be distinct texts/,
  ],
  [
    "an unknown kind of names",
    () => new Registry({ names: "bogus" as never }),
    'Cannot create registry: names must be one of legacy, utf-8, got "bogus"',
  ],
  [
    "a gauge named as a counter's family",
    (r) => [r.counter("a_total", "A"), r.gauge("a", "A")],
    /is taken by "a_total"/,
  ],
];
for (const [name, register, message] of BAD) {
  test(`Registry refuses ${name} at once`, () => {
    assert.throws(() => register(new Registry()), { name: "TypeError", message });
  });
}

test("Registry refuses an invalid cap", () => {
  for (const maxSeries of [0, -1, 1.5, NaN]) {
    assert.throws(() => new Registry({ maxSeries }), { name: "RangeError" });
    assert.throws(() => new Registry().gauge("a", "A", [], { maxSeries }), { name: "RangeError" });
  }
});

const OUT_OF_RANGE: [option: string, make: (registry: Registry) => unknown][] = [
  ...[NaN, 0, -1, "x", 5n].flatMap((wrong): typeof OUT_OF_RANGE => [
    [`maxScrapes ${wrong}`, () => new Registry({ maxScrapes: wrong as never })],
    [`collectorTimeoutMs ${wrong}`, () => new Registry({ collectorTimeoutMs: wrong as never })],
    [`ttlMs ${wrong}`, (r) => r.gauge("a", "A", [], { ttlMs: wrong as never })],
    [`maxAgeMs ${wrong}`, (r) => r.summary("a", "A", [], { maxAgeMs: wrong as never })],
    [`ageBuckets ${wrong}`, (r) => r.summary("a", "A", [], { ageBuckets: wrong as never })],
    [
      `native.maxBuckets ${wrong}`,
      (r) => r.histogram("a", "A", [], { native: { maxBuckets: wrong as never } }),
    ],
    [
      `native.minResetMs ${wrong}`,
      (r) => r.histogram("a", "A", [], { native: { minResetMs: wrong as never } }),
    ],
  ]),
  ["collectorTimeoutMs Infinity", () => new Registry({ collectorTimeoutMs: Infinity })],
  ...[NaN, -1, Infinity].map((maxZeroThreshold): typeof OUT_OF_RANGE[number] => [
    `native.maxZeroThreshold ${maxZeroThreshold}`,
    (r) => r.histogram("a", "A", [], { native: { maxZeroThreshold } }),
  ]),
  ["precision NaN", (r) => r.histogram("a", "A", [], { precision: NaN })],
  ["a bound NaN", (r) => r.histogram("a", "A", [], { buckets: [NaN] })],
  ["a quantile NaN", (r) => r.summary("a", "A", [], { quantiles: [NaN] })],
  ["a quantile twice", (r) => r.summary("a", "A", [], { quantiles: [0.5, 0.5] })],
];
for (const [option, make] of OUT_OF_RANGE) {
  test(`Registry refuses ${option} at once`, () => {
    const name = / [x5]$/.test(option) ? "TypeError" : "RangeError";
    assert.throws(() => make(new Registry()), { name, message: /^Cannot / });
  });
}

test("Registry can register a metric after refusing it", () => {
  const registry = new Registry();
  assert.throws(() => registry.histogram("h", "H", [], { buckets: [2, 1] }));
  registry.histogram("h", "H", [], { buckets: [1, 2] }).observe(1);
});

test("Registry gives the same instrument for the same registration", () => {
  const registry = new Registry();
  assert.equal(registry.counter("a_total", "A", ["b"]), registry.counter("a_total", "A", ["b"]));
});

test("Registry compares a second registration field by field, defaults included", () => {
  const registry = new Registry({ maxSeries: 7 });
  const bytes = registry.counter("a_bytes", "A", [], { unit: "bytes", maxSeries: 5 });
  assert.equal(registry.counter("a_bytes", "A", [], { maxSeries: 5, unit: "bytes" }), bytes);
  const collect = () => {};
  const gauge = registry.gauge("g", "G", [], { collect });
  assert.equal(registry.gauge("g", "G", [], { collect, maxSeries: 7 }), gauge);
  assert.throws(() => registry.gauge("g", "G"), /already registered with other options/);
  const native = { minResetMs: Infinity };
  const h = registry.histogram("h", "H", [], { native, exemplars: true });
  assert.equal(registry.histogram("h", "H"), h);
  assert.throws(
    () => registry.histogram("h", "H", [], { native: { minResetMs: 5 } }),
    /already registered with other options/,
  );
  const states = registry.stateSet("s", "S", ["a", "b"]);
  assert.equal(registry.stateSet("s", "S", ["a", "b"]), states);
  assert.throws(
    () => registry.stateSet("s", "S", ["a"] as never),
    /already registered with other options/,
  );
});

test("Registry copies the caller's arrays", () => {
  const registry = new Registry();
  const states = ["a", "b"], quantiles = [0.5];
  const set = registry.stateSet("t", "T", states);
  const summary = registry.summary("s", "S", [], { quantiles });
  states.push("c");
  quantiles[0] = 7;
  assert.equal(set.family().samples.length, 2);
  assert.equal(summary.family().samples[0]!.quantiles[0]![0], 0.5);
});

test("Registry.collect includes collectors, sync and async, until they are removed", async () => {
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
  await registry.collect(); // Loads what reads.
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

test("Registry takes options in the place of labels", async () => {
  const registry = new Registry();
  const queue = registry.gauge("queue_length", "Q", { collect: (gauge) => gauge.set(3) });
  registry.counter("sent_bytes_total", "B", { unit: "bytes" }).add(7);
  registry.histogram("h", "H", { buckets: [1] }).observe(1);
  registry.summary("s", "S", { quantiles: [0.5] }).observe(1);
  assert.equal(registry.counter("sent_bytes_total", "B", [], { unit: "bytes" }).with().value, 7);
  const families = await registry.collect();
  assert.deepEqual(families.map(({ name, unit }) => [name, unit]), [
    ["queue_length", undefined],
    ["sent_bytes_total", "bytes"],
    ["h", undefined],
    ["s", undefined],
  ]);
  assert.equal(queue.with().value, 3);
  assert.throws(() => registry.counter("c", "C", { unit: "bytes" }), /must end in its unit/);
  assert.throws(() => registry.counter("c", "C", { unitt: "bytes" } as never), /unknown option/);
  assert.throws(() => registry.counter("c", "C", "a" as never), /labels must be an array/);
});
