import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { Ring } from "../../src/core/ring.ts";

test("Ring keeps the newest, numbered in order", () => {
  const ring = new Ring<string>(3);
  assert.equal(ring.capacity, 4);
  for (const item of "abcdef") ring.push(item);
  assert.deepEqual([ring.first, ring.next], [2, 6]);
  assert.deepEqual(ring.since(0), ["c", "d", "e", "f"]);
  assert.deepEqual(ring.since(5), ["f"]);
  assert.deepEqual([ring.at(1), ring.at(2), ring.at(5), ring.at(6)], [
    undefined,
    "c",
    "f",
    undefined,
  ]);
});

test("Ring.clear() removes all and continues the numbering", () => {
  const ring = new Ring<number>(2);
  ring.push(1);
  ring.clear();
  assert.deepEqual([ring.since(0), ring.at(0), ring.first, ring.next], [[], undefined, 1, 1]);
  ring.push(2);
  assert.deepEqual(ring.since(0), [2]);
});

test("Ring equals a list that is cut at its capacity", () => {
  fc.assert(fc.property(
    fc.integer({ min: 1, max: 20 }),
    fc.array(fc.integer(), { maxLength: 80 }),
    fc.nat(90),
    (capacity, items, from) => {
      const ring = new Ring<number>(capacity);
      for (const item of items) ring.push(item);
      const first = Math.max(0, items.length - ring.capacity);
      assert.deepEqual(ring.since(from), items.slice(Math.max(first, from)));
    },
  ));
});

test("Ring refuses an invalid capacity", () => {
  for (const capacity of [0, -1, 1.5, NaN, 2 ** 24 + 1]) {
    assert.throws(() => new Ring(capacity), { name: "RangeError" });
  }
});
