import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { GrowingTimes } from "../../src/export/batch/growing_times.ts";

/** Nanoseconds of each line. */
function ns(timesMs: readonly number[]): bigint[] {
  const times = new GrowingTimes();
  return timesMs.map((ms) => BigInt(ms) * 1_000_000n + BigInt(times.laterNs(ms)));
}

test("GrowingTimes gives lines of one millisecond distinct times, and follows the clock", () => {
  assert.deepEqual(ns([5, 5, 5, 6, 6]), [5000000n, 5000001n, 5000002n, 6000000n, 6000001n]);
  // A small step back of the clock: order before accuracy. A step of an hour: the clock's time.
  assert.deepEqual(ns([5, 3, 3, 5, 6]), [5000000n, 5000001n, 5000002n, 5000003n, 6000000n]);
  assert.deepEqual(ns([3_600_000, 5]), [3_600_000_000_000n, 5_000_000n]);
});

test("GrowingTimes go on after lines of long ago, as of the flight recorder", () => {
  assert.deepEqual(
    ns([9000, 5, 5, 9000, 9000, 5]),
    [9000000000n, 5000000n, 5000001n, 9000000001n, 9000000002n, 5000002n],
  );
  // A clock that was set back for good: lines grow there too, and beyond.
  assert.deepEqual(ns([9000, 5, 5, 6, 2000, 5]).slice(1), [
    5000000n,
    5000001n,
    6000000n,
    2000000000n,
    5000000n,
  ]);
});

test("GrowingTimes grow although a clock steps back within a second", () => {
  const time = fc.integer({ min: 1767225600000, max: 1767225601000 });
  fc.assert(fc.property(fc.array(time), (timesMs) => {
    const grown = ns(timesMs);
    for (let i = 1; i < grown.length; i++) assert.ok(grown[i]! > grown[i - 1]!);
  }));
});

test("GrowingTimes grow past what one millisecond holds", () => {
  const times = new GrowingTimes();
  for (let i = 0; i < 1_000_001; i++) times.laterNs(1);
  assert.equal(times.laterNs(2), 1); // 1 ms and a million nanoseconds were taken.
  assert.equal(times.laterNs(3), 0);
});
