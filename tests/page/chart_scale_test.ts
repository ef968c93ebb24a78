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
  // Nothing that is measured is smaller.
  const value = fc.double({ min: -1e12, max: 1e12, noNaN: true })
    .map((each) => Math.abs(each) < 1e-30 ? 0 : each);
  fc.assert(fc.property(fc.array(value), fc.integer({ min: 2, max: 6 }), (values, steps) => {
    const { least, most, marks } = linearScale(values, steps);
    const slack = 1e-8 * (most - least);
    assert.ok(least <= 0 && most > least);
    for (const each of values) {
      assert.ok(each >= least - slack && each <= most + slack);
    }
    assert.equal(marks[0], least);
    assert.equal(marks.at(-1), most);
    assert.ok(marks.length >= 2 && marks.length <= steps + 3, `${marks}`);
  }));
});
