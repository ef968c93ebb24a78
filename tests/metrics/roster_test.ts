import assert from "node:assert/strict";
import { test } from "node:test";
import { Faults } from "../../src/core/faults.ts";
import { aggregate, type Family, numberFamily, Registry } from "../../src/metrics/mod.ts";
import type { MemberFamilies } from "../../src/metrics/aggregate.ts";
import { Roster } from "../../src/metrics/roster.ts";
import { ManualClock } from "../manual_clock.ts";

function rosterOf(ownId = "own"): { roster: Roster; clock: ManualClock } {
  const clock = new ManualClock();
  const options = { ownId, ownProcess: "p own", goneAfterMs: 100, clock, faults: new Faults() };
  return { roster: new Roster(options), clock };
}

function having(value: number, process = "p", more: Family[] = []): MemberFamilies {
  return {
    process,
    gone: false,
    families: [numberFamily("counter", "c_total", "", [[value]]), ...more],
  };
}

const cpu = (value: number): Family => ({
  ...numberFamily("counter", "cpu_total", "", [[value]]),
  perProcess: true,
});

function sum(roster: Roster, name = "c_total"): number | undefined {
  const family = aggregate(roster.all).find((family) => family.name === name);
  const sample = family?.samples[0];
  return sample !== undefined && "value" in sample ? sample.value : undefined;
}

test("Roster folds whom nobody expects back, and the oldest of many", async () => {
  const { roster, clock } = rosterOf();
  for (let i = 0; i < 500; i++) await roster.tell(`m${i}`, having(2, `p${i}`));
  await roster.fold();
  assert.deepEqual([roster.size, roster.goneCount, sum(roster)], [500, 0, 1000]);
  clock.advance(100);
  await roster.fold();
  assert.deepEqual([roster.size, roster.goneCount, sum(roster)], [64, 500, 1000]);
  clock.advance(1000);
  await roster.fold();
  assert.deepEqual([roster.size, roster.goneCount, sum(roster)], [0, 500, 1000]);
});

test("Roster does not count a member twice that comes back, nor does a counter go back", async () => {
  const { roster, clock } = rosterOf();
  await roster.tell("a", having(100, "pa", [cpu(9)]));
  await roster.tell("b", having(1, "pb"));
  clock.advance(1001);
  await roster.fold();
  assert.deepEqual([roster.size, sum(roster), sum(roster, "cpu_total")], [0, 101, 9]);
  const seen: unknown[] = [];
  for (const value of [100, 105, 110]) {
    roster.hear("a");
    await roster.tell("a", having(value, "pa", [cpu(value / 10)]));
    seen.push(sum(roster));
  }
  assert.deepEqual([seen, roster.goneCount], [[101, 106, 111], 1]);
  // And once more.
  clock.advance(1001);
  await roster.fold();
  assert.deepEqual([roster.size, sum(roster), roster.goneCount], [0, 111, 2]);
  await roster.tell("a", having(120, "pa", [cpu(12)]));
  assert.ok(sum(roster)! >= 111 && sum(roster)! <= 121);
});

test("Roster takes a histogram and a summary back out of the past whole", async () => {
  const { roster, clock } = rosterOf();
  const registry = new Registry();
  for (const value of [0.001, 1, 50]) {
    registry.histogram("h", "").observe(value);
    registry.summary("s", "").observe(value);
  }
  const families = await registry.collect({ native: true });
  await roster.tell("a", { process: "pa", gone: false, families });
  const before = aggregate(roster.all);
  clock.advance(1001);
  await roster.fold();
  await roster.tell("a", { process: "pa", gone: false, families });
  const shape = (all: Family[]) =>
    all.map(({ samples: [sample] }) => {
      assert(sample !== undefined && "count" in sample);
      return [sample.count, sample.sum, "buckets" in sample && sample.buckets];
    });
  assert.deepEqual(shape(aggregate(roster.all)), shape(before));
});

test("Roster keeps what belongs to a process out of the past while somebody speaks for it", async () => {
  const { roster, clock } = rosterOf();
  await roster.tell("a", having(1, "p own", [cpu(50)]));
  await roster.tell("b", having(1, "pb", [cpu(7)]));
  clock.advance(1001);
  await roster.fold();
  assert.deepEqual([sum(roster), sum(roster, "cpu_total")], [2, 7]);
});

test("Roster of a newcomer takes the past once, and from it those who are in it", async () => {
  const { roster, clock } = rosterOf();
  for (const id of ["a", "b"]) await roster.tell(id, having(10, id));
  clock.advance(1001);
  await roster.fold();
  const newcomer = rosterOf("newcomer").roster;
  newcomer.learn("a", having(10, "a"), 1, 0);
  newcomer.learn("c", having(1, "c"), 1, 1000);
  newcomer.hear("b");
  await newcomer.tell("b", having(10, "b"));
  for (let i = 0; i < 2; i++) await newcomer.learnPast(...roster.past);
  newcomer.learn("a", having(10, "a"), 1, 0);
  assert.equal(sum(newcomer), 21);
  // One that is in the past itself is no newcomer.
  const known = rosterOf("a").roster;
  await known.learnPast(...roster.past);
  assert.deepEqual([sum(known), known.goneCount], [undefined, 0]);
});

test("Roster takes of another's word what is newer, with the other's silence", async () => {
  const { roster, clock } = rosterOf();
  await roster.tell("a", having(1, "a"), 3);
  clock.advance(50);
  assert.deepEqual(roster.lacking([["a", 3], ["b", 0], ["own", 9], ["past", 0]]), [["b", 0]]);
  roster.learn("a", having(7, "a"), 3, 0);
  assert.deepEqual([sum(roster), roster.find("a")?.silentMs], [1, 50]);
  roster.learn("a", having(7, "a"), 4, 80);
  // It was heard later here than there.
  assert.deepEqual([sum(roster), roster.find("a")?.silentMs], [7, 50]);
  roster.learn("b", having(10, "b"), 0, 60);
  assert.deepEqual([roster.present, roster.knowledge], [["a", "b"], [["past", 0], ["a", 4], [
    "b",
    0,
  ]]]);
  clock.advance(45);
  assert.deepEqual([roster.present, sum(roster)], [["a"], 17]);
});

test("Roster refuses more members than any cluster has", () => {
  const { roster } = rosterOf();
  for (let i = 0; i < 1000; i++) roster.hear(`m${i}`);
  assert.throws(() => roster.hear("one more"), { name: "RangeError" });
  assert.equal(roster.hear("m1"), false);
});
