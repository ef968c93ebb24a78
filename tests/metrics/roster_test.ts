import assert from "node:assert/strict";
import { test } from "node:test";
import { Faults } from "../../src/core/faults.ts";
import { aggregate, type Family, numberFamily } from "../../src/metrics/mod.ts";
import type { MemberFamilies } from "../../src/metrics/cluster/aggregate.ts";
import { Roster } from "../../src/metrics/cluster/roster.ts";
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

test("Roster folds members gone for long, and the oldest of many", async () => {
  const { roster, clock } = rosterOf();
  for (let i = 0; i < 500; i++) await roster.tell(`m${i}`, having(2, `p${i}`));
  await roster.fold();
  assert.deepEqual([roster.size, roster.goneCount, sum(roster)], [500, 0, 1000]);
  clock.advance(100);
  await roster.fold();
  assert.deepEqual([roster.size, roster.goneCount, sum(roster)], [64, 500, 1000]);
  clock.advance(4000);
  await roster.fold();
  assert.deepEqual([roster.size, roster.goneCount, sum(roster)], [0, 500, 1000]);
});

test("Roster takes a silent member back, and refuses one that is in the past", async () => {
  const { roster, clock } = rosterOf();
  await roster.tell("a", having(100, "pa", [cpu(9)]));
  await roster.tell("b", having(1, "pb"));
  clock.advance(4000);
  await roster.fold();
  assert.deepEqual([roster.goneCount, sum(roster), sum(roster, "cpu_total")], [2, 101, 9]);
  roster.hear("a");
  await roster.tell("a", having(105, "pa", [cpu(10)]));
  assert.deepEqual([roster.goneCount, sum(roster), sum(roster, "cpu_total")], [1, 106, 10]);
  clock.advance(4001);
  await roster.fold();
  assert.throws(() => roster.hear("a"), /silent for too long, start it again/);
  assert.deepEqual([roster.size, roster.goneCount, sum(roster)], [0, 2, 106]);
});

test("Roster keeps per-process families out of the past while the process has another member", async () => {
  const { roster, clock } = rosterOf();
  await roster.tell("a", having(1, "p own", [cpu(50)]));
  await roster.tell("b", having(1, "pb", [cpu(7)]));
  clock.advance(4001);
  await roster.fold();
  assert.deepEqual([roster.size, sum(roster), sum(roster, "cpu_total")], [0, 2, 7]);
});

test("Roster of a newcomer takes the copies that another keeps, once", async () => {
  const { roster, clock } = rosterOf();
  for (const id of ["a", "b"]) await roster.tell(id, having(10, id));
  clock.advance(4001);
  await roster.fold();
  await roster.tell("c", having(1, "c"));
  assert.deepEqual(roster.known, ["past", "c"]);
  const give = (to: Roster) => {
    for (const id of to.lacking(roster.known)) {
      const { member, past, silentMs = 0 } = roster.kept(id)!;
      if (past !== undefined) to.learnPast(member, past);
      else to.learn(id, member, silentMs);
    }
  };
  const newcomer = rosterOf("newcomer").roster;
  newcomer.hear("b");
  await newcomer.tell("b", having(10, "b"));
  for (let i = 0; i < 2; i++) give(newcomer);
  newcomer.learn("a", having(10, "a"), 0);
  assert.deepEqual([sum(newcomer), newcomer.known], [21, ["past", "c"]]);
  // What a member says itself is newer.
  const late = rosterOf("late").roster;
  await late.tell("c", having(5, "c"));
  give(late);
  assert.equal(sum(late), 25);
  // One that is in the past itself is no newcomer.
  const known = rosterOf("a").roster;
  give(known);
  assert.deepEqual([sum(known), known.goneCount, known.lacking(roster.known)], [1, 0, []]);
});

test("Roster takes over how long a member was silent, unless it heard from it later", () => {
  const { roster, clock } = rosterOf();
  roster.hear("a");
  clock.advance(50);
  roster.learn("a", having(7, "a"), 80);
  roster.learn("b", having(10, "b"), 60);
  assert.deepEqual(roster.present, ["a", "b"]);
  clock.advance(45);
  assert.deepEqual([roster.present, sum(roster)], [["a"], 17]);
});

test("Roster refuses more members than a cluster may have", () => {
  const { roster } = rosterOf();
  for (let i = 0; i < 1000; i++) roster.hear(`m${i}`);
  assert.throws(() => roster.hear("one more"), { name: "RangeError" });
  assert.throws(() => roster.learn("one more", having(1), 0), { name: "RangeError" });
  assert.equal(roster.hear("m1"), false);
});
