import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { Cells } from "../../src/metrics/instrument/histogram_store.ts";
import { Layout } from "../../src/metrics/instrument/bucket_layout.ts";
import { nativeBound } from "../../src/metrics/data/native.ts";

const { schemas } = JSON.parse(
  readFileSync(new URL("../data/native_histogram_bounds.json", import.meta.url), "utf8"),
) as { schemas: Record<string, number[]> };

test("nativeBound() gives all 511 reference bounds to the last bit", () => {
  let checked = 0;
  for (const [schema, bounds] of Object.entries(schemas)) {
    for (const [i, bound] of bounds.entries()) {
      assert.equal(nativeBound(i, Number(schema)) / 2, bound, `schema ${schema}, bound ${i}`);
      checked++;
    }
  }
  assert.equal(checked, 511);
});

function neighbour(value: number, ulps: bigint): number {
  const view = new DataView(new ArrayBuffer(8));
  view.setFloat64(0, value);
  view.setBigUint64(0, view.getBigUint64(0) + ulps);
  return view.getFloat64(0);
}

test("Cells end at every reference bound of their schema, to one ulp", () => {
  for (const [schema, bounds] of Object.entries(schemas)) {
    for (const bound of bounds) {
      for (const scale of [2, 2 ** -100, 2 ** 900]) {
        const upper = bound * scale;
        const cells = new Cells(new Layout(Number(schema), [upper]));
        for (const value of [neighbour(upper, -1n), upper, neighbour(upper, 1n)]) cells.add(value);
        assert.deepEqual(cells.cumulative(), { buckets: [2], count: 3 }, `${schema} ${upper}`);
        // The user's bound is one of the schema already: it splits nothing.
        const plain = new Layout(Number(schema), []).octave(exponentOf(upper), false);
        assert.ok(plain.uppers.includes(upper), `${schema} ${upper}`);
      }
    }
  }
});

/** Of the octave (2^n, 2^(n+1)] that holds the value. */
function exponentOf(value: number): number {
  const view = new DataView(new ArrayBuffer(8));
  view.setFloat64(0, value);
  return Number((view.getBigUint64(0) - 1n) >> 52n);
}
