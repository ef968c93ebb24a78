import assert from "node:assert/strict";
import { test } from "node:test";
import { array, check, constantFrom, integer, property, record } from "fast-check";
import { Budget, samplingMs } from "../../src/profile/keep/budget.ts";
import { Timetable } from "../../src/profile/keep/timetable.ts";

const MINUTE_MS = 60_000;

test("Budget holds an average: no way to spend exceeds the share and what is saved at the begin", () => {
  const steps = array(
    record({ waitMs: integer({ min: 0, max: 30_000 }), costMs: integer({ min: 0, max: 400 }) }),
    { maxLength: 200 },
  );
  const holds = property(steps, constantFrom(0.001, 0.01, 0.1), (steps, share) => {
    const budget = new Budget(share, 0);
    let nowMs = 0, spentMs = 0;
    for (const { waitMs, costMs } of steps) {
      nowMs += waitMs;
      if (budget.restMs(nowMs) > 0) continue;
      budget.spend("read", costMs);
      spentMs += costMs;
      // What was spent in one go may exceed it; nothing is spent then until it is repaid.
      assert.ok(spentMs <= share * (nowMs + 2 * MINUTE_MS) + costMs + 1e-6);
    }
    assert.equal(budget.costMs.read, spentMs);
  });
  const { failed, error } = check(holds, { seed: 19 }) as { failed: boolean; error?: string };
  assert.ok(!failed, error);
});

test("Budget that is empty rests until it is half full again, and holds a start", () => {
  const budget = new Budget(0.01, 0);
  assert.equal(budget.restMs(0), 0);
  budget.spend("start", 1200);
  assert.equal(budget.restMs(0), 0, "all of it may be spent");
  budget.spend("sample", 1);
  // A start of 1200 ms takes all of it: what is to be earned is that, and the millisecond more.
  assert.ok(Math.abs(budget.restMs(0) - 120_100) < 1);
  budget.spend("start", 10);
  assert.ok(Math.abs(budget.restMs(0) - 61_100) < 1);
  assert.ok(Math.abs(budget.restMs(61_000) - 100) < 1);
  assert.equal(budget.restMs(61_101), 0);
  // It is not empty any more: it may be spent as before.
  budget.spend("sample", 500);
  assert.equal(budget.restMs(61_101), 0);
  assert.ok(Math.abs(budget.overhead(100_000) - 0.01711) < 1e-9);
});

test("samplingMs() estimates by the number of samples, and knows those of sleep", () => {
  const frame = (functionName: string) => ({
    functionName,
    url: "",
    lineNumber: -1,
    columnNumber: -1,
  });
  const nodes = ["(root)", "(idle)", "work"].map((name, id) => ({ id, callFrame: frame(name) }));
  const raw = { nodes, startTime: 0, endTime: 1, samples: [1, 1, 2, 2, 2, 2] };
  assert.equal(samplingMs(raw, "v8"), (2 * 130 + 4 * 55) / 1000);
  assert.equal(samplingMs({ nodes: [], startTime: 0, endTime: 0 }, "jsc"), 0);
});

test("Timetable is due by its time, unless the service or the budget has no room", () => {
  const table = new Timetable({ everyMs: MINUTE_MS, lagMs: 200 }, () => 0.75);
  table.dueMs = 10_000;
  assert.equal(table.look(9_999, 0, 0, 0), undefined);
  assert.equal(table.look(9_999, 1, 199, 0), "due");
  // A tenth around a minute.
  assert.equal(table.dueMs, 9_999 + 1.05 * MINUTE_MS);
  assert.equal(table.look(table.dueMs, 0, 200, 1), "skipped");
  assert.equal(table.look(table.dueMs, 0, 199, 1), "over budget");
});
