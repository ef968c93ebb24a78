import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { Cells } from "../../src/metrics/instrument/histogram_store.ts";
import { Layout } from "../../src/metrics/instrument/bucket_layout.ts";
import {
  aggregate,
  encodeText,
  type Family,
  numberFamily,
  Registry,
} from "../../src/metrics/mod.ts";
import { aggregateInSlices } from "../../src/metrics/cluster/aggregate.ts";
import { Faults } from "../../src/core/faults.ts";
import { NO_LABELS } from "../../src/metrics/data/labels.ts";
import { halve } from "../../src/metrics/data/native.ts";
import { mergeNative } from "../../src/metrics/data/native_merge.ts";

function page(
  ...members: (Family[] | { process?: string; gone?: boolean; families: Family[] })[]
): string {
  const all = members.map((member, i) => ({
    process: `p${i}`,
    gone: false,
    ...Array.isArray(member) ? { families: member } : member,
  }));
  return encodeText(aggregate(all)).split("\n").filter((line) => !line.startsWith("#")).join(" ")
    .trim();
}

const counter = (value: number, labels = {}) =>
  numberFamily("counter", "c_total", "", [[value, labels]]);
const gauge = (value: number, aggregation?: Family["aggregation"]) => ({
  ...numberFamily("gauge", "g", "", [[value]]),
  aggregation,
});

test("aggregate() adds up counters, series by series", () => {
  assert.equal(
    page([counter(1, { a: 1 })], [counter(2, { a: 1 })], [counter(4, { a: 2 })]),
    'c_total{a="1"} 3 c_total{a="2"} 4',
  );
});

test("aggregate() merges gauges by the aggregation of their family", () => {
  const of = (how?: Family["aggregation"]) =>
    page([gauge(3, how)], [gauge(1, how)], [gauge(2, how)]);
  assert.deepEqual(
    [of(), of("sum"), of("min"), of("max"), of("first"), of("last")],
    ["g 6", "g 6", "g 1", "g 3", "g 3", "g 2"],
  );
});

test("aggregate() keeps the counters of members that are gone, and drops their gauges", () => {
  assert.equal(
    page({ gone: true, families: [counter(5), gauge(7)] }, [counter(1), gauge(2)]),
    "c_total 6 g 2",
  );
});

test("aggregate() counts per-process families once per process", () => {
  const family = (value: number) => ({ ...counter(value), perProcess: true });
  assert.equal(
    page(
      { process: "1", families: [family(10)] },
      { process: "1", families: [family(11)] },
      { process: "1", gone: true, families: [family(9)] },
      { process: "2", gone: true, families: [family(100)] },
    ),
    "c_total 111",
  );
});

test("aggregate() leaves out a family of another type", () => {
  assert.equal(page([counter(1)], [numberFamily("gauge", "c_total", "", [[5]])]), "c_total 1");
});

test("aggregate() adds up histograms of different bounds, each from its own next bound", async () => {
  const histogram = (buckets: number[], gone = false) => {
    const registry = new Registry();
    const made = registry.histogram("h", "", [], { buckets });
    for (const value of [0.5, 1.5, 3, 9]) made.observe(value);
    return registry.collect().then((families) => ({ gone, families }));
  };
  const lines = page(await histogram([1, 5], true), await histogram([2, 5, 10]));
  assert.equal(
    lines.replaceAll("h_bucket{le=", "").replaceAll("}", ""),
    '"1" 1 "2" 3 "5" 6 "10" 7 "+Inf" 8 h_sum 28 h_count 8',
  );
  // One without buckets, of a member that has native histograms alone.
  const [family] = (await histogram([])).families;
  assert.match(page(await histogram([1]), [family!]), /^h_bucket{le="1"} 1 .* h_count 8$/);
});

test("aggregate() keeps count and sum of a summary whose member is gone", () => {
  const summary = (count: number, value: number): Family => ({
    ...{ type: "summary", name: "s", help: "" },
    samples: [{ labels: NO_LABELS, count, sum: count, quantiles: [[0.5, value]] }],
  });
  const pages = page({ gone: true, families: [summary(3, 100)] }, [summary(1, 2)]);
  assert.equal(pages, 's{quantile="0.5"} 2 s_sum 4 s_count 4');
});

test("aggregate() of histograms is the histogram of all observations, native buckets included", async () => {
  const value = fc.double({ noNaN: true, noDefaultInfinity: true, min: -1e6, max: 1e6 });
  await fc.assert(fc.asyncProperty(fc.array(value), fc.array(value), async (a, b) => {
    const registry = (values: number[]) => {
      const r = new Registry({ clock: STILL });
      const h = r.histogram("h", "", [], { buckets: [-1, 0, 1, 2.5] });
      for (const v of values) h.observe(v);
      return r.collect({ native: true });
    };
    const [merged] = aggregate([
      { process: "1", gone: false, families: await registry(a) },
      { process: "2", gone: false, families: await registry(b) },
    ]);
    const [whole] = await registry([...a, ...b]);
    assert(merged?.type === "histogram" && whole?.type === "histogram");
    const [x, y] = [merged.samples[0]!, whole.samples[0]!];
    assert.deepEqual([x.count, x.buckets], [y.count, y.buckets]);
    assert.equal(x.native!.schema <= 3, true);
    let native = y.native!;
    while (native.schema > x.native!.schema) native = halve(native);
    assert.deepEqual(x.native, native);
  }));
});

const STILL = { monotonic: () => 0, now: () => 0, after: () => () => {}, every: () => () => {} };

test("mergeNative() takes the lower resolution and the wider zero bucket", () => {
  const fine = new Cells(new Layout(3, []));
  for (const v of [0.001, 1, 1.05, 5]) fine.add(v);
  const coarse = {
    schema: 0,
    zeroThreshold: 0.5,
    zeroCount: 2,
    positive: [[1, 1]],
    negative: [],
  } as const;
  assert.deepEqual(mergeNative(fine.native(), coarse), {
    schema: 0,
    zeroThreshold: 0.5,
    zeroCount: 3,
    positive: [[0, 1], [1, 2], [3, 1]],
    negative: [],
  });
});

test("aggregate() keeps the newest exemplar of each bucket", async () => {
  const registry = new Registry();
  registry.histogram("h", "", [], { buckets: [1, 2] }).observe(1);
  const [family] = await registry.collect();
  assert(family?.type === "histogram");
  const { labels } = family.samples[0]!;
  const having = (...exemplars: [value: number, timestampMs: number][]): Family[] => [{
    ...family,
    samples: [{
      ...family.samples[0]!,
      exemplars: exemplars.map(([value, timestampMs]) => ({ value, timestampMs, labels })),
    }],
  }];
  const [merged] = aggregate([
    { process: "1", gone: false, families: having([0.5, 10], [1.5, 40]) },
    { process: "2", gone: false, families: having([0.7, 20], [1.2, 30]) },
  ]);
  assert(merged?.type === "histogram");
  assert.deepEqual(merged.samples[0]!.exemplars!.map(({ value }) => value), [0.7, 1.5]);
});

test("aggregateInSlices() gives the same, lets other work run, and leaves out what can't be read", async () => {
  const samples = Array.from({ length: 200_000 }, (_, n) => [1, { n }] as const);
  const family = numberFamily("counter", "c_total", "", samples);
  const broken = { ...numberFamily("gauge", "g", "", [[1]]), samples: [null] } as unknown as Family;
  const members = ["1", "2"].map((process) => ({
    process,
    gone: false,
    families: [broken, family],
  }));
  const faults = new Faults();
  let turns = 0, isDone = false;
  const turn = () => {
    turns++;
    if (!isDone) setImmediate(turn);
  };
  setImmediate(turn);
  const merged = await aggregateInSlices(members, faults);
  isDone = true;
  assert.ok(turns >= 3, `${turns} turns`);
  assert.deepEqual([...faults.counts()], [["cluster", 1]]);
  const whole = merged.find(({ name }) => name === "c_total");
  assert(whole?.type === "counter");
  assert.equal(whole.samples.length, 200_000);
  assert.ok(whole.samples.every(({ value }) => value === 2));
});
