import assert from "node:assert/strict";
import { test } from "node:test";
import { Faults } from "../../src/core/faults.ts";

test("Faults counts by place and tells of each key once", () => {
  const told: string[] = [];
  const faults = new Faults((where, error) => told.push(`${where}: ${error}`));
  faults.record("a", 1);
  faults.record("a", 2);
  faults.record("b", 3, "b one");
  faults.record("b", 4, "b two");
  faults.record("b", 5, "b one");
  assert.deepEqual(Object.fromEntries(faults.counts()), { a: 2, b: 3 });
  assert.deepEqual(told, ["a: 1", "b: 3", "b: 4"]);
});

test("Faults survives a listener that throws", () => {
  const faults = new Faults(() => {
    throw new Error("listener");
  });
  faults.record("a", 1);
  assert.equal(faults.counts().get("a"), 1);
});

test("Faults.guard gives the result, or undefined and a count", () => {
  const faults = new Faults();
  assert.equal(faults.guard("a", () => 7), 7);
  assert.equal(
    faults.guard("a", () => {
      throw new Error("x");
    }),
    undefined,
  );
  assert.equal(faults.counts().get("a"), 1);
});

test("Faults remembers a bounded number of keys", () => {
  let told = 0;
  const faults = new Faults(() => told++);
  for (let i = 0; i < 5000; i++) faults.record("a", i, `key ${i}`);
  assert.equal(told, 1000);
  assert.equal(faults.counts().get("a"), 5000);
});
