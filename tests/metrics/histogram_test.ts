import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { type Context, run } from "../../src/core/context.ts";
import { type HistogramFamily, Registry } from "../../src/metrics/mod.ts";
import { ManualClock } from "../manual_clock.ts";

async function sample(registry: Registry) {
  const [family] = await registry.collect() as HistogramFamily[];
  return family!.samples[0]!;
}

function histogram(buckets?: readonly number[], precision?: number) {
  const registry = new Registry();
  return { registry, histogram: registry.histogram("h", "H", [], { buckets, precision }) };
}

test("Histogram counts a value in the bucket whose bound it equals", async () => {
  const bounds = [-10, -1, -0.1, 0, 0.005, 0.1, 0.3, 1, 2.5, 7, 1e6];
  for (const bound of bounds) {
    const { registry, histogram: h } = histogram(bounds);
    h.observe(bound);
    assert.deepEqual(
      (await sample(registry)).buckets,
      bounds.map((b) => b >= bound ? 1 : 0),
      `${bound}`,
    );
  }
});

const extreme = fc.oneof(
  fc.double({ noNaN: true }),
  fc.double({ noNaN: true, min: -10, max: 10 }),
  fc.constantFrom(0, -0, 5e-324, -5e-324, 2 ** -128, 2 ** -127, 1, 2, 0.5, Infinity, -Infinity),
);
const bound = fc.oneof(
  fc.double({ noNaN: true, noDefaultInfinity: true, min: -1e9, max: 1e9 }),
  fc.integer({ min: -50, max: 50 }),
  fc.constantFrom(0.1, 0.005, 1, 2, 4, -1, 2 ** (1 / 8)),
).filter((b) => b === 0 || Math.abs(b) > 2 ** -127);

test("Histogram counts exactly for any bounds and values", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.uniqueArray(bound, { maxLength: 12, comparator: "SameValueZero" }),
      fc.array(extreme, { maxLength: 60 }),
      fc.integer({ min: 0, max: 5 }),
      async (unsorted, random, precision) => {
        const bounds = unsorted.map((b) => b + 0).sort((a, b) => a - b);
        const { registry, histogram: h } = histogram(bounds, precision);
        const values = [...random, ...bounds];
        for (const value of values) h.observe(value);
        const { buckets, count } = await sample(registry);
        assert.deepEqual(buckets, bounds.map((b) => values.filter((v) => v <= b).length));
        assert.equal(count, values.length);
      },
    ),
    { numRuns: 300 },
  );
});

test("Histogram without bounds shows one an octave, from a millisecond to a minute", async () => {
  const { registry, histogram: h } = histogram();
  h.observe(0.001);
  h.observe(0.3);
  h.observe(100);
  const { bounds, buckets, count, sum } = await sample(registry);
  assert.equal(bounds[0], 2 ** -10);
  assert.equal(bounds.at(-1), 64);
  assert.equal(bounds.length, 17);
  assert.deepEqual([buckets[0], buckets[1], buckets.at(-1), count], [0, 1, 2, 3]);
  assert.equal(sum, 0.001 + 0.3 + 100);
});

test("Histogram counts NaN and what is not a number as dropped", async () => {
  const { registry, histogram: h } = histogram();
  for (const value of [NaN, "1", 1n, null, undefined, {}]) h.observe(value as number);
  h.observe(1);
  const { count, sum } = await sample(registry);
  assert.deepEqual([count, sum, registry.counts.badValues], [1, 1, 6]);
});

const BAD_BOUNDS: [readonly number[], RegExp][] = [
  [[1, 1], /buckets must be ascending, got 1 after 1/],
  [[2, 1], /buckets must be ascending, got 1 after 2/],
  [[1, Infinity], /buckets must be finite, got Infinity/],
  [[NaN], /buckets must be finite, got NaN/],
  [[1e-300], /buckets must be 0 or not as close to it, got 1e-300/],
];
for (const [buckets, message] of BAD_BOUNDS) {
  test(`Histogram refuses the bounds ${JSON.stringify(buckets)}`, () => {
    assert.throws(() => histogram(buckets), { name: "RangeError", message });
  });
}

test("Histogram refuses a precision out of range and the label le", () => {
  assert.throws(() => histogram([1], 9), {
    name: "RangeError",
    message: /precision must be a whole number from 0 to 8/,
  });
  assert.throws(() => new Registry().histogram("h", "H", ["le"]), /label "le" is reserved/);
});

test("Histogram.time observes seconds once", async () => {
  const clock = new ManualClock();
  const registry = new Registry({ clock });
  const h = registry.histogram("job_seconds", "Jobs", ["job"]);
  {
    using timer = h.time({ job: "mail" });
    clock.advance(250);
    assert.equal(timer.end(), 0.25);
  }
  h.with({ job: "mail" }).time()[Symbol.dispose]();
  const { count, sum } = await sample(registry);
  assert.deepEqual([count, sum], [2, 0.25]);
});

function context(flags: number): Context {
  const traceId = "0af7651916cd43dd8448eb211c80319c";
  return { traceId, spanId: "b7ad6b7169203331", flags, tracestate: "", requestId: "r" };
}

test("Histogram links the newest observation of an octave to its sampled trace", async () => {
  const clock = new ManualClock();
  const registry = new Registry({ clock });
  const h = registry.histogram("h", "H");
  h.observe(1.1);
  run(context(0), () => h.observe(1.2));
  assert.deepEqual((await sample(registry)).exemplars, []);
  run(context(1), () => {
    h.observe(1.3);
    h.observe(1.4);
    h.observe(9);
  });
  const { exemplars } = await sample(registry);
  assert.deepEqual(
    exemplars!.map(({ value, labels, timestampMs }) => [value, labels.text, timestampMs]),
    [
      [1.4, 'trace_id="0af7651916cd43dd8448eb211c80319c",span_id="b7ad6b7169203331"', clock.now()],
      [9, 'trace_id="0af7651916cd43dd8448eb211c80319c",span_id="b7ad6b7169203331"', clock.now()],
    ],
  );
});

test("Histogram keeps no exemplars with exemplars: false", async () => {
  const registry = new Registry();
  const h = registry.histogram("h", "H", [], { exemplars: false });
  run(context(1), () => h.observe(1));
  assert.equal((await sample(registry)).exemplars, undefined);
});

test("The error of an invalid bound names its histogram", () => {
  const registry = new Registry();
  assert.throws(() => registry.histogram("wait_seconds", "W", [], { buckets: [2, 1] }), {
    name: "RangeError",
    message: 'Cannot register histogram "wait_seconds": buckets must be ascending, got 1 after 2',
  });
});
