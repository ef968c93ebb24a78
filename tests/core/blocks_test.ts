import { deepEqual, equal } from "node:assert/strict";
import { test } from "node:test";
import { Blocks } from "../../src/core/runtime/blocks.ts";

test("the longest block since a time is known; short ones are left out", () => {
  const blocks = new Blocks();
  equal(blocks.longestSince(0), 0);
  blocks.add(100, 4.9);
  equal(blocks.longestSince(0), 0);
  blocks.add(200, 50);
  blocks.add(300, 20);
  blocks.add(400, NaN);
  deepEqual([0, 199, 200, 299, 300].map((ms) => blocks.longestSince(ms)), [50, 50, 20, 20, 0]);
});

test("the last 32 blocks are kept", () => {
  const blocks = new Blocks();
  blocks.add(1, 1000);
  for (let i = 2; i <= 32; i++) blocks.add(i, 10);
  equal(blocks.longestSince(0), 1000);
  blocks.add(33, 10);
  equal(blocks.longestSince(0), 10);
});
