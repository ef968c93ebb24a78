import assert from "node:assert/strict";
import { test } from "node:test";
import { canonicalBound, formatValue } from "../../src/metrics/data/line.ts";

test("formatValue() writes what every text format reads", () => {
  const table: [number, string][] = [
    [0, "0"],
    [-0, "0"],
    [1, "1"],
    [0.1, "0.1"],
    [1e21, "1e+21"],
    [1e-7, "1e-7"],
    [NaN, "NaN"],
    [Infinity, "+Inf"],
    [-Infinity, "-Inf"],
  ];
  for (const [value, text] of table) assert.equal(formatValue(value), text);
});

test("canonicalBound() writes Go's shortest %g, with a point", () => {
  const table: [number, string][] = [
    [0, "0.0"],
    [1, "1.0"],
    [-1, "-1.0"],
    [0.5, "0.5"],
    [2.5, "2.5"],
    [10, "10.0"],
    [0.0001, "0.0001"],
    [0.00001, "1e-05"],
    [0.000015, "1.5e-05"],
    [0.0009765625, "0.0009765625"],
    [100000, "100000.0"],
    [123456, "123456.0"],
    [1000000, "1e+06"],
    [1234567, "1.234567e+06"],
    [1234567.5, "1.2345675e+06"],
    [1e21, "1e+21"],
    [1e100, "1e+100"],
    [5e-324, "5e-324"],
    [Infinity, "+Inf"],
    [-Infinity, "-Inf"],
  ];
  for (const [bound, text] of table) assert.equal(canonicalBound(bound), text);
});
