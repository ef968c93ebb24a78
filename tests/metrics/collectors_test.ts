import assert from "node:assert/strict";
import { test } from "node:test";
import {
  encodeOpenMetrics,
  encodeText,
  type Family,
  Faults,
  labelsOf,
  numberFamily,
  Registry,
} from "../../src/metrics/mod.ts";
import { parseOpenMetrics, parseText } from "../../src/testing/mod.ts";
import { ManualClock } from "../manual_clock.ts";

const ONE = { labels: labelsOf({}), value: 1 };
const gauge = (changes: object) => ({
  type: "gauge",
  name: "x",
  help: "",
  samples: [ONE],
  ...changes,
});
const counter = (value: unknown) => gauge({ type: "counter", samples: [{ ...ONE, value }] });
const labelled = (labels: unknown) => gauge({ samples: [{ labels, value: 1 }] });
const histogram = (changes: object) => ({
  type: "histogram",
  name: "x",
  help: "",
  samples: [{ labels: labelsOf({}), count: 1, sum: 1, bounds: [1], buckets: [1], ...changes }],
});
const native = (changes: object) =>
  histogram({
    native: { schema: 3, zeroThreshold: 0, zeroCount: 0, positive: [], negative: [], ...changes },
  });
const summary = (changes: object) => ({
  type: "summary",
  name: "x",
  help: "",
  samples: [{ labels: labelsOf({}), count: 1, sum: 1, quantiles: [], ...changes }],
});

/** Mistakes of a collector, and their errors. */
const WRONG: [what: string, family: unknown, problem: string][] = [
  ["a number instead of a family", 5, "name must be non-empty, well-formed text, got undefined"],
  ["an empty name", gauge({ name: "" }), 'name must be non-empty, well-formed text, got ""'],
  [
    "a name with a lone surrogate",
    gauge({ name: "\ud800" }),
    'name must be non-empty, well-formed text, got "\\ud800"',
  ],
  [
    "a missing name",
    gauge({ name: undefined }),
    "name must be non-empty, well-formed text, got undefined",
  ],
  [
    "an unknown type",
    gauge({ type: "foo" }),
    'type must be one of counter, gauge, unknown, info, stateset, histogram, summary, got "foo"',
  ],
  ["help that is not text", gauge({ help: 5 }), "help must be text, got 5"],
  ["missing samples", gauge({ samples: undefined }), "samples must be an array, got undefined"],
  ["a unit that its name lacks", gauge({ unit: "s" }), 'name must end in its unit "_s", got "x"'],
  [
    "an unknown aggregation",
    gauge({ aggregation: "avg" }),
    'aggregation must be one of sum, min, max, first, last, got "avg"',
  ],
  [
    "an info whose name lacks _info",
    gauge({ type: "info" }),
    'name of an info must end in "_info", got "x"',
  ],
  ["a negative counter", counter(-1), "a counter must be finite and not negative, got -1"],
  ["a counter that is NaN", counter(NaN), "a counter must be finite and not negative, got NaN"],
  ["text as a value", counter("a\nb 1"), 'value must be a number, got "a\\nb 1"'],
  [
    "a state of 2",
    gauge({ type: "stateset", samples: [{ ...ONE, value: 2 }] }),
    "a state must be 0 or 1, got 2",
  ],
  [
    "a state without its label",
    gauge({ type: "stateset" }),
    "a state must have a label named as the family, got []",
  ],
  ["null for labels", labelled(null), "labels must have names and values, got null"],
  [
    "a label whose value is not text",
    labelled({ names: ["a"], values: [1] }),
    "values of labels must be text, got [1]",
  ],
  [
    "a label without value",
    labelled({ names: ["a"], values: [] }),
    "labels must have a value for each name, got []",
  ],
  [
    "a label without name",
    labelled(labelsOf({ "": "a" })),
    'names of labels must be non-empty, well-formed text, got [""]',
  ],
  [
    "a reserved label",
    labelled(labelsOf({ __a: "a" })),
    'label "__a" appears twice or is reserved',
  ],
  [
    "labels that clash once escaped",
    labelled(labelsOf({ "a.b": 1, a_b: 1 })),
    'label "a_b" appears twice or is reserved',
  ],
  [
    "an invalid time",
    gauge({ samples: [{ ...ONE, timestampMs: NaN }] }),
    "timestampMs must be a time in milliseconds, got NaN",
  ],
  [
    "an exemplar without a value",
    gauge({ samples: [{ ...ONE, exemplar: {} }] }),
    "value of an exemplar must be a number, got undefined",
  ],
  [
    "le as a label",
    histogram({ labels: labelsOf({ le: 1 }) }),
    'label "le" appears twice or is reserved',
  ],
  [
    "an infinite count",
    histogram({ count: Infinity }),
    "buckets and count must be whole and cumulative, got [1, Infinity]",
  ],
  [
    "falling counts",
    histogram({ count: 0 }),
    "buckets and count must be whole and cumulative, got [1, 0]",
  ],
  [
    "half an observation",
    histogram({ buckets: [0.5] }),
    "buckets and count must be whole and cumulative, got [0.5, 1]",
  ],
  [
    "falling bounds",
    histogram({ bounds: [2, 1], buckets: [1, 1] }),
    "bounds must be finite and ascending, got [2, 1]",
  ],
  ["too few buckets", histogram({ buckets: [] }), "buckets must be as many as bounds, got []"],
  ["an unknown schema", native({ schema: 9 }), "schema must be -4 to 8, got 9"],
  [
    "falling indexes of buckets",
    native({ positive: [[2, 1], [1, 1]] }),
    "native buckets must have whole counts and ascending indexes, got [2, 1]",
  ],
  [
    "a quantile twice",
    summary({ quantiles: [[0.5, 1], [0.5, 2]] }),
    "quantiles must be distinct, from 0 to 1, each with a number, got [0.5, 0.5]",
  ],
  ["a negative summary", summary({ count: -1 }), "count must be a whole number from 0, got -1"],
  [
    "a getter that throws",
    Object.defineProperty(gauge({}), "unit", { get: () => assert.fail("getter") }),
    "getter",
  ],
  [
    "a proxy that throws",
    new Proxy(gauge({}), {
      get: (target, key) => key === "name" ? target.name : assert.fail("proxy"),
    }),
    "proxy",
  ],
  ["a metric's own name", gauge({ name: "mine_total" }), 'name "mine_total" is taken'],
  ["a name inside a metric", gauge({ name: "seconds_count" }), 'name "seconds_count" is taken'],
  ["a metric's name inside it", { ...histogram({}), name: "a" }, 'name "a_count" is taken'],
];
for (const [what, family, problem] of WRONG) {
  test(`Registry leaves out a collector's family with ${what}, and nothing else`, async () => {
    const told: string[] = [];
    const faults = new Faults((where, error) => told.push(`${where}: ${(error as Error).message}`));
    const registry = new Registry({ faults });
    registry.counter("mine_total", "").inc();
    registry.counter("a_count", "").inc();
    registry.histogram("seconds", "", [], { buckets: [] });
    registry.collector(() => [family as Family, numberFamily("gauge", "fine", "", [[1]])]);
    const families = await registry.collect({ native: true });
    assert.deepEqual(families.map(({ name }) => name), [
      "mine_total",
      "a_count",
      "seconds",
      "fine",
    ]);
    assert.equal(told.length, 1);
    assert.ok(told[0]!.endsWith(`: ${problem}`), told[0]);
    assert.equal(faults.counts().get("collector"), 1);
    parseText(encodeText(families));
    parseOpenMetrics(encodeOpenMetrics(families));
  });
}

test("Registry leaves out a collector's samples that can't be shown, and keeps the others", async () => {
  const faults = new Faults(() => {});
  const registry = new Registry({ faults });
  registry.collector(() => [
    numberFamily("counter", "c", "", [[1, { a: 1 }], [2, { a: 1 }], [-1, { a: 2 }], [3, { a: 3 }]]),
    numberFamily("gauge", "swapped", "", [[1, { a: 1, b: 2 }], [2, { b: 2, a: 1 }]]),
    numberFamily("gauge", "empty", "", []),
  ]);
  const expected = '# TYPE c counter\nc{a="1"} 1\nc{a="3"} 3\n' +
    '# TYPE swapped gauge\nswapped{a="1",b="2"} 1\n# TYPE empty gauge\n';
  assert.equal(encodeText(await registry.collect()), expected);
  assert.equal(faults.counts().get("collector"), 2);
});

test("Registry warns of each family once, and keeps apart two counters that OpenMetrics would merge", async () => {
  const told: unknown[] = [];
  const faults = new Faults((_, error) => told.push((error as Error).message));
  const registry = new Registry({ faults });
  registry.collector(() => [
    numberFamily("counter", "a", "", [[1]]),
    numberFamily("counter", "a_total", "", [[1]]),
    numberFamily("counter", "b", "", [[-1]]),
  ]);
  for (let i = 0; i < 3; i++) assert.equal((await registry.collect()).length, 1);
  assert.deepEqual(told, [
    'Left out family "a_total": name "a_total" is taken',
    'Left out family "b": a counter must be finite and not negative, got -1',
  ]);
  assert.equal(faults.counts().get("collector"), 6);
});

test("Registry gives a collector's native histograms only where they are wanted", async () => {
  const registry = new Registry();
  registry.collector(() => [native({ positive: [[0, 1]] }) as unknown as Family]);
  const samplesOf = async (options: Parameters<Registry["collect"]>[0]) => {
    const [family] = await registry.collect(options);
    assert.ok(family?.type === "histogram");
    return family.samples.map(({ bounds, native }) => [bounds, native?.positive]);
  };
  assert.deepEqual(await samplesOf({}), [[[1], undefined]]);
  assert.deepEqual(await samplesOf({ native: true }), [[[1], [[0, 1]]]]);
  assert.deepEqual(await samplesOf({ native: true, histograms: "native" }), [[[], [[0, 1]]]]);
  assert.deepEqual(await samplesOf({ native: true, histograms: "classic" }), [[[1], undefined]]);
  assert.deepEqual(await samplesOf({ histograms: "native" }), [[[], undefined]]);
});

test("Registry copies a collector's family: later changes do not show", async () => {
  const registry = new Registry();
  const sample = { labels: labelsOf({}), value: 1, head: "forged 7\nx " };
  registry.collector(() => [gauge({ samples: [sample] }) as Family]);
  const families = await registry.collect();
  sample.value = 2;
  assert.equal(encodeText(families), "# TYPE x gauge\nx 1\n");
});

test("Registry does not call a pending collector again, and counts it as late", async () => {
  const clock = new ManualClock();
  const registry = new Registry({ clock, collectorTimeoutMs: 100, faults: new Faults(() => {}) });
  await registry.collect(); // Loads what reads.
  const answers: PromiseWithResolvers<Family[]>[] = [];
  registry.collector(() => {
    const answer = Promise.withResolvers<Family[]>();
    answers.push(answer);
    return answer.promise;
  });
  const late = () => registry.faults.counts().get("collector");
  const both = [registry.collect(), registry.collect()];
  assert.equal(answers.length, 1);
  clock.advance(100);
  assert.deepEqual(await Promise.all(both), [[], []]);
  assert.equal(late(), 2);
  for (let i = 0; i < 50; i++) assert.deepEqual(await registry.collect(), []);
  assert.deepEqual([answers.length, late(), clock.waiting], [1, 52, 0]);

  answers[0]!.resolve([numberFamily("gauge", "stale", "", [[1]])]);
  await answers[0]!.promise;
  await new Promise((resolve) => setImmediate(resolve));
  const collected = registry.collect();
  answers[1]!.resolve([numberFamily("gauge", "fresh", "", [[1]])]);
  assert.deepEqual((await collected).map(({ name }) => name), ["fresh"]);
  assert.deepEqual([answers.length, late(), clock.waiting], [2, 52, 0]);
});

test("Registry gives up on a thenable that never answers, and on one that rejects late", async () => {
  const clock = new ManualClock();
  const registry = new Registry({ clock, collectorTimeoutMs: 100, faults: new Faults(() => {}) });
  await registry.collect(); // Loads what reads.
  const never = Promise.withResolvers<Family[]>();
  registry.collector(() => ({ then() {} }) as never);
  registry.collector(() => never.promise);
  const collected = registry.collect();
  clock.advance(0);
  await Promise.resolve();
  clock.advance(100);
  assert.deepEqual(await collected, []);
  never.reject(new Error("much too late"));
  await new Promise((resolve) => setImmediate(resolve));
  assert.equal(registry.faults.counts().get("collector"), 2);
});
