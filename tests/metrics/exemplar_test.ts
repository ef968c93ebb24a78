import { deepEqual, equal } from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { Registry } from "../../mod.ts";
import { SAMPLED } from "../../src/core/context.ts";
import { exemplarsByBucket, ExemplarSlot } from "../../src/metrics/data/exemplar.ts";

type Context = Parameters<ExemplarSlot["take"]>[1];

test("an exemplar never precedes the one before, as Prometheus orders them: by time, then by value", () => {
  const slot = new ExemplarSlot();
  const take = (id: string, value: number, timestampMs: number) => {
    const traceId = id.repeat(32), spanId = id.repeat(16);
    slot.take(
      value,
      { traceId, spanId, flags: SAMPLED } as Context,
      timestampMs,
    );
    return slot.exemplar()?.labels.values[0]?.[0];
  };
  equal(take("a", 5, 1000), "a");
  equal(take("b", 4, 1000), "a");
  equal(take("c", 5, 1000), "a");
  equal(take("d", 6, 1000), "d");
  equal(take("e", 1, 1001), "e");
});

test("each bucket shows the newest of its values, though octaves of the store end elsewhere", () => {
  const bounds = [0.005, 0.01, 0.012, 0.025, 1];
  const values = fc.array(fc.double({ min: 0.001, max: 2, noNaN: true }), { minLength: 1 });
  fc.assert(fc.property(values, (values) => {
    const histogram = new Registry().histogram("h", "", [], { buckets: bounds }).with();
    const newest = new Map<number, number>();
    for (const [i, value] of values.entries()) {
      const id = String(i).padStart(32, "0");
      const context = { traceId: id, spanId: id.slice(16), flags: SAMPLED } as Context;
      histogram.observeIn(value, context, i + 1);
      const bucket = bounds.findIndex((bound) => value <= bound);
      newest.set(bucket === -1 ? bounds.length : bucket, value);
      const shown = exemplarsByBucket(histogram.sample());
      deepEqual(
        shown.flatMap((exemplar, i) => exemplar === undefined ? [] : [[i, exemplar.value]]),
        [...newest].sort(([a], [b]) => a - b),
      );
    }
  }));
});
