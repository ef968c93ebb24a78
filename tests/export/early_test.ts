import assert from "node:assert/strict";
import { test } from "node:test";
import { Early } from "../../src/compose/early.ts";

function counts(early: Early<string>) {
  const { dropped, ...rest } = early.counts;
  return { ...rest, dropped: Object.fromEntries(dropped) };
}

test("Early keeps what fits in count and bytes, in order, and counts the rest", () => {
  const early = new Early<string>(3);
  for (const item of ["a", "b", "c", "d"]) early.add(item, 1);
  const empty = { exported: 0, inFlight: 0, capacity: 3 };
  assert.deepEqual(counts(early), {
    ...empty,
    accepted: 4,
    queued: 3,
    dropped: { queue_full: 1 },
  });
  const taken: string[] = [];
  assert.equal(early.handOver((item) => taken.push(item)), 1);
  assert.deepEqual(taken, ["a", "b", "c"]);

  const large = new Early<string>(3);
  large.add("a", 16 * 1024 * 1024);
  large.add("b", 1);
  assert.deepEqual(counts(large).dropped, { queue_full: 1 });
});

test("Early that never gets an exporter drops what it has, and what comes", () => {
  const early = new Early<string>(3);
  early.add("a", 1);
  early.close();
  early.add("b", 1);
  assert.deepEqual(counts(early), {
    accepted: 2,
    exported: 0,
    queued: 0,
    inFlight: 0,
    capacity: 3,
    dropped: { shutdown: 2 },
  });
});
