import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { linearScale } from "../../console/chart/linear.ts";

test("linearScale() has its marks at round values", () => {
  for (
    const [values, steps, marks] of [
      [[0, 7], 4, [0, 2, 4, 6, 8]],
      [[0.3], 4, [0, 0.1, 0.2, 0.3]],
      [[312], 4, [0, 100, 200, 300, 400]],
      [[1, -0.3], 2, [-1, 0, 1]],
      [[], 2, [0, 0.5, 1]],
      [[0, 0], 2, [0, 0.5, 1]],
    ] as const
  ) assert.deepEqual(linearScale(values, steps).marks, marks, String(values));
});

test("linearScale() has room for all values, with few marks between its ends", () => {
  const value = fc.double({ min: -1e12, max: 1e12, noNaN: true });
  fc.assert(fc.property(fc.array(value), fc.integer({ min: 2, max: 6 }), (values, steps) => {
    const { least, most, marks } = linearScale(values, steps);
    assert.ok(least <= 0 && most > least);
    for (const each of values) {
      assert.ok(each >= least - 1e-9 * Math.abs(least) && each <= most + 1e-9 * Math.abs(most));
    }
    assert.equal(marks[0], least);
    assert.equal(marks.at(-1), most);
    assert.ok(marks.length >= 2 && marks.length <= steps + 3, `${marks}`);
  }));
});
