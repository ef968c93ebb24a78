import { deepEqual, equal } from "node:assert/strict";
import { test } from "node:test";
import { Tally } from "../../src/core/tally.ts";

test("queries add up, and the most frequent one is known", () => {
  const tally = new Tally();
  equal(tally.queries, undefined);
  tally.query("SELECT orders", 2, "postgresql");
  tally.query("SELECT prices", 5, "sqlite");
  equal(tally.query("SELECT orders", 1, "postgresql"), 2);
  const { count, ms, slowest, repeats } = tally.queries!;
  deepEqual([count, ms, slowest, repeats], [3, 8, "sqlite", 2]);
});

test("past 16 summaries queries still count, and known summaries still repeat", () => {
  const tally = new Tally();
  for (let i = 0; i < 40; i++) tally.query(`SELECT t${i}`, 1, "sqlite");
  equal(tally.query("SELECT t15", 1, "sqlite"), 2);
  equal(tally.query("SELECT t39", 1, "sqlite"), 1);
  deepEqual([tally.queries!.count, tally.queries!.repeats], [42, 2]);
});

test("outgoing requests add up, with the host of the slowest", () => {
  const tally = new Tally();
  tally.call("GET a/", "a", 0, false);
  tally.call("GET b/", "b", 9, false);
  tally.call("GET a/", "a", 3, false);
  const { count, ms, slowest, repeats } = tally.calls!;
  deepEqual([count, ms, slowest, repeats], [3, 12, "b", 0]);
});

test("a call is a retry where one to the same target has failed", () => {
  const tally = new Tally();
  tally.call("GET a/", "a", 1, true);
  tally.call("POST a/", "a", 1, false);
  tally.call("GET a/", "a", 1, true);
  tally.call("GET a/", "a", 1, false);
  equal(tally.calls!.repeats, 2);
});

test("notes keep the last value of a name; other kinds and too many are dropped", () => {
  const tally = new Tally();
  equal(tally.notes, undefined);
  tally.note("segment", "free");
  tally.note("segment", "pro");
  for (const odd of [NaN, Infinity, null, undefined, {}, [], 1n, Symbol(), () => {}]) {
    equal(tally.note("odd", odd), false);
  }
  for (let i = 1; i < 64; i++) tally.note(`n${i}`, i % 2 === 0);
  equal(tally.note("one more", 1), false);
  equal(tally.note("n1", 7), true);
  deepEqual([tally.notes!.size, tally.notes!.get("segment"), tally.notes!.get("n1")], [
    64,
    "pro",
    7,
  ]);
});

test("after the row was written nothing is noted; a long text is cut", () => {
  const tally = new Tally();
  tally.note("text", "x".repeat(20_000));
  equal(String(tally.notes!.get("text")).length, 16_384);
  equal(tally.notesSize, 16_388);
  tally.close();
  equal(tally.note("text", "y"), false);
});
