import assert from "node:assert/strict";
import { test } from "node:test";
import { Tally } from "../../examples/demo/tally.ts";

test("Tally counts requests and errors and gives nearest-rank quantiles", () => {
  const tally = new Tally();
  assert.deepEqual(tally.total(), { requests: 0, errors: 0, p50Ms: 0, p99Ms: 0 });
  for (let i = 1; i <= 100; i++) tally.record(i, 101 - i, i % 50 === 0);
  assert.deepEqual(tally.total(), { requests: 100, errors: 2, p50Ms: 50, p99Ms: 99 });
  assert.deepEqual(tally.since(91), { requests: 10, errors: 1, p50Ms: 5, p99Ms: 10 });
  assert.deepEqual(tally.since(101), { requests: 0, errors: 0, p50Ms: 0, p99Ms: 0 });
});

test("Tally keeps counting when the oldest durations are overwritten", () => {
  const tally = new Tally();
  for (let i = 0; i < 20_000; i++) tally.record(i, i < 10_000 ? 1000 : 1, true);
  assert.deepEqual(tally.total(), { requests: 20_000, errors: 20_000, p50Ms: 1, p99Ms: 1000 });
});
