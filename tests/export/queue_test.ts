import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { BoundedQueue } from "../../src/export/batch/bounded_queue.ts";

test("BoundedQueue refuses what has no room, in count or in bytes", () => {
  const queue = new BoundedQueue<string>(3, 100);
  const added = [["a", 60], ["b", 50], ["c", 40], ["d", 0], ["e", 0]] as const;
  assert.deepEqual(added.map(([item, size]) => queue.add(item, size)), [
    true,
    false,
    true,
    true,
    false,
  ]);
  assert.deepEqual([queue.length, queue.bytes], [3, 100]);
});

test("BoundedQueue gives the first item however large it is, more only within the limits", () => {
  const queue = new BoundedQueue<string>(10, 1000);
  for (const [item, size] of [["a", 90], ["b", 30], ["c", 30], ["d", 30]] as const) {
    queue.add(item, size);
  }
  assert.deepEqual(queue.take(10, 50), ["a"]);
  assert.deepEqual(queue.take(10, 60), ["b", "c"]);
  assert.deepEqual(queue.take(0, 60), []);
  assert.deepEqual(queue.take(10, 60), ["d"]);
  assert.deepEqual([queue.length, queue.bytes], [0, 0]);
});

test("BoundedQueue keeps the order and never more than its bounds", () => {
  const step = fc.oneof(
    fc.record({ size: fc.nat(60) }),
    fc.record({ take: fc.nat(5), bytes: fc.nat(100) }),
  );
  fc.assert(
    fc.property(fc.array(step), (steps) => {
      const queue = new BoundedQueue<number>(5, 100);
      const accepted: number[] = [], taken: number[] = [];
      for (const [i, action] of steps.entries()) {
        if ("take" in action) taken.push(...queue.take(action.take, action.bytes));
        else if (queue.add(i, action.size)) accepted.push(i);
        assert.ok(queue.length <= 5 && queue.bytes <= 100 && queue.bytes >= 0);
        assert.equal(queue.length, accepted.length - taken.length);
      }
      assert.deepEqual(taken, accepted.slice(0, taken.length));
    }),
  );
});
