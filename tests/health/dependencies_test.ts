import { test } from "node:test";
import { deepEqual, equal, throws } from "node:assert/strict";
import { HealthRegistry } from "../../src/health/registry.ts";
import { ManualClock } from "../manual_clock.ts";

function setup() {
  const clock = new ManualClock();
  const health = new HealthRegistry({ clock });
  const ran: string[] = [];
  const up = new Map<string, boolean>();
  const check = (name: string, dependsOn: string[] = [], groups?: string[]) =>
    health.check(name, () => {
      ran.push(name);
      return up.get(name) ?? true;
    }, { dependsOn, groups, ttlMs: 0 });
  return { clock, health, ran, up, check };
}

test("HealthRegistry runs a check after those it depends on, once each", async () => {
  const { health, ran, check } = setup();
  check("report", ["database", "mail"]);
  check("mail", ["network"]);
  check("database", ["network"]);
  check("network");
  equal((await health.refresh()).status, "UP");
  deepEqual([...new Set(ran)], ["network", "database", "mail", "report"]);
});

test("HealthRegistry skips the checks that depend on one that is DOWN, transitively, without a failure", async () => {
  const { health, ran, up, check } = setup();
  check("network");
  check("database", ["network"]);
  check("report", ["database"]);
  await health.refresh();
  up.set("network", false);
  ran.length = 0;
  const { components } = await health.refresh();
  deepEqual([...new Set(ran)], ["network"]);
  const seen = Object.entries(components).map((
    [name, { status, skipped, description, failures }],
  ) => [name, status, skipped, description, failures] as const);
  deepEqual(seen, [
    ["network", "DOWN", false, undefined, components.network!.failures],
    ["database", "DOWN", true, "skipped: network is DOWN", 0],
    ["report", "DOWN", true, "skipped: database is DOWN", 0],
  ]);
  up.set("network", true);
  equal((await health.refresh()).status, "UP");
  equal(health.snapshot().components.report!.skipped, false);
});

test("HealthRegistry skips a check that depends on one that is not registered", async () => {
  const { health, check } = setup();
  check("report", ["database"]);
  const skipped = (await health.refresh()).components.report!;
  deepEqual([skipped.status, skipped.description], [
    "DOWN",
    "skipped: database is not registered",
  ]);
  check("database");
  equal((await health.refresh()).components.report!.status, "UP");
});

test("HealthRegistry runs a dependency of another group when it is needed", async () => {
  const { health, ran, check } = setup();
  check("database", [], ["own"]);
  check("report", ["database"], ["ready"]);
  await health.refresh({ group: "ready" });
  deepEqual([...new Set(ran)], ["database", "report"]);
});

test("HealthRegistry runs the dependency of an interval check first, too", async () => {
  const { health, clock } = setup();
  const ran: string[] = [];
  health.check("report", () => void ran.push("report"), {
    dependsOn: ["database"],
    intervalMs: 1000,
  });
  health.check("database", () => void ran.push("database"), { intervalMs: 1000 });
  await new Promise((resolve) => setImmediate(resolve));
  deepEqual(ran, ["database", "report"]);
  await health.close();
  equal(clock.waiting, 0);
});

test("HealthRegistry.check() refuses a cycle, whichever check closes it", () => {
  const { health, check } = setup();
  check("a", ["b"]);
  check("b", ["c", "d"]);
  check("d");
  throws(() => check("c", ["d", "a"]), {
    name: "TypeError",
    message: 'Cannot register check "c": it depends on itself, c → a → b → c',
  });
  deepEqual(Object.keys(health.snapshot().components), ["a", "b", "d"]);
  check("c", ["d"]);
});

test("HealthRegistry.check() looks for cycles in a dense graph without walking every path", () => {
  const { check } = setup();
  const names: string[] = [];
  // 2^60 ways lead through it.
  for (let i = 0; i < 60; i++) {
    check(`a${i}`, [...names]);
    names.push(`a${i}`);
  }
});
