import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import fc from "fast-check";
import { Cells } from "../../src/metrics/instrument/histogram_store.ts";
import type { NativeHistogram } from "../../src/metrics/data/family.ts";
import { Layout } from "../../src/metrics/instrument/bucket_layout.ts";
import { Registry } from "../../src/metrics/mod.ts";
import { DEFAULT_NATIVE_LIMITS, halve, limitBuckets } from "../../src/metrics/data/native.ts";
import { ManualClock } from "../manual_clock.ts";

const { schemas } = JSON.parse(
  readFileSync(new URL("../data/native_histogram_bounds.json", import.meta.url), "utf8"),
) as { schemas: Record<string, number[]> };

/** The way of the reference: split into fraction and exponent, search the table. */
function referenceBucket(value: number, schema: number): number {
  const view = new DataView(new ArrayBuffer(8));
  view.setFloat64(0, value);
  const exponent = Number((view.getBigUint64(0) >> 52n) & 2047n) - 1022;
  const fraction = value / 2 ** (exponent - 1) / 2;
  if (schema === 0) return fraction === 0.5 ? exponent - 1 : exponent;
  const bounds = schemas[schema]!;
  const found = bounds.findIndex((bound) => bound >= fraction);
  return (found === -1 ? bounds.length : found) + (exponent - 1) * bounds.length;
}

function neighbour(value: number, ulps: bigint): number {
  const view = new DataView(new ArrayBuffer(8));
  view.setFloat64(0, value);
  view.setBigUint64(0, view.getBigUint64(0) + ulps);
  return view.getFloat64(0);
}

function bucketOf(value: number, schema: number, bounds: number[] = []): number {
  const cells = new Cells(new Layout(schema, bounds));
  cells.add(value);
  const { positive, negative } = cells.native();
  const buckets = value > 0 ? positive : negative;
  assert.equal(positive.length + negative.length, 1);
  return buckets[0]![0];
}

test("Cells.native puts every reference bound, and its neighbours, where the reference does", () => {
  let checked = 0;
  for (const [schema, bounds] of Object.entries(schemas)) {
    for (const bound of bounds) {
      for (const ulps of [-1n, 0n, 1n]) {
        const value = neighbour(bound * 8, ulps);
        const expected = referenceBucket(value, Number(schema));
        assert.equal(bucketOf(value, Number(schema)), expected, `${schema} ${bound} ${ulps}`);
        assert.equal(bucketOf(-value, Number(schema)), expected, `-${schema} ${bound} ${ulps}`);
        checked++;
      }
    }
  }
  assert.equal(checked, 511 * 3);
});

test("Cells.native agrees with the reference for any value, whatever bounds the user has", () => {
  fc.assert(fc.property(
    fc.double({ min: 2 ** -120, noNaN: true, noDefaultInfinity: true }),
    fc.integer({ min: 0, max: 8 }),
    fc.uniqueArray(fc.double({ min: 0.001, max: 1000, noNaN: true }), { maxLength: 5 }),
    (value, schema, bounds) => {
      const sorted = bounds.sort((a, b) => a - b);
      assert.equal(bucketOf(value, schema, sorted), referenceBucket(value, schema));
    },
  ));
});

test("Cells.native counts zeros, tiny values and infinities where the reference does", () => {
  const cells = new Cells(new Layout(3, []));
  for (const value of [0, -0, 1e-300, -1e-300, 2 ** -128, Infinity, -Infinity, -Infinity]) {
    cells.add(value);
  }
  assert.deepEqual(cells.native(), {
    schema: 3,
    zeroThreshold: 2 ** -128,
    zeroCount: 5,
    positive: [[8193, 1]],
    negative: [[8193, 2]],
  });
});

const WIDE: NativeHistogram = {
  schema: 1,
  zeroThreshold: 2 ** -128,
  zeroCount: 1,
  positive: [[-3, 1], [-2, 2], [-1, 3], [0, 4], [1, 5], [2, 6]],
  negative: [[-2, 7], [3, 8]],
};

test("halve() merges neighbours as the reference does", () => {
  assert.deepEqual(halve(WIDE), {
    ...WIDE,
    schema: 0,
    positive: [[-1, 3], [0, 7], [1, 11]],
    negative: [[-1, 7], [2, 8]],
  });
});

test("limitBuckets() leaves a histogram within the limit alone", () => {
  assert.equal(limitBuckets(WIDE, { ...DEFAULT_NATIVE_LIMITS, maxBuckets: 8 }), WIDE);
});

test("limitBuckets() widens the zero bucket, then halves the resolution", () => {
  const limits = { maxBuckets: 7, minResetMs: 1000, maxZeroThreshold: 0.5 };
  assert.deepEqual(limitBuckets(WIDE, limits), {
    schema: 1,
    zeroThreshold: 0.7071067811865475 / 2,
    zeroCount: 2,
    positive: WIDE.positive.slice(1),
    negative: WIDE.negative,
  });
  const none = limitBuckets(WIDE, { ...limits, maxZeroThreshold: 0 });
  assert.equal(none.schema, 0);
  const narrow = limitBuckets(WIDE, { maxBuckets: 1, minResetMs: Infinity, maxZeroThreshold: 0 });
  assert.equal(narrow.schema, -4);
  const counts = [...narrow.positive, ...narrow.negative].reduce((sum, [, n]) => sum + n, 0);
  assert.equal(counts, 36);
});

test("Histogram starts over when it has too many buckets and is old enough", async () => {
  const clock = new ManualClock();
  const registry = new Registry({ clock });
  const native = { maxBuckets: 2, minResetMs: 1000 };
  const h = registry.histogram("h", "H", [], { native });
  for (const value of [1, 10, 100]) h.observe(value);
  const sample = async () => {
    const [family] = await registry.collect({ native: true });
    assert(family?.type === "histogram");
    return family.samples[0]!;
  };
  assert.equal((await sample()).count, 3);
  assert.ok((await sample()).native!.schema < 3);
  clock.advance(1000);
  const begunMs = clock.now();
  h.observe(1000);
  // The observations since the last scrape are in this one; the next starts over.
  const last = await sample();
  assert.deepEqual([last.count, last.sum], [4, 1111]);
  assert.equal(last.native!.positive.reduce((sum, [, n]) => sum + n, 0), 4);
  assert.ok(last.createdMs! < begunMs);
  h.observe(5);
  const next = await sample();
  assert.deepEqual([next.count, next.sum, next.createdMs], [1, 5, begunMs]);
  assert.deepEqual(next.native!.positive.map(([, n]) => n), [1]);
});
