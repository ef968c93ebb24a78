import { test } from "node:test";
import { deepEqual, equal } from "node:assert/strict";
import { HealthRegistry } from "../../src/health/registry.ts";
import { ManualClock } from "../manual_clock.ts";

function setup() {
  const clock = new ManualClock(0);
  return { clock, health: new HealthRegistry({ clock }) };
}

test("HealthRegistry in maintenance is live, and not ready until it ends", async () => {
  const { health } = setup();
  health.check("it", () => true);
  await health.refresh();
  const states = () => {
    const { status, live, ready, startup, maintenance } = health.snapshot();
    return [status, live, ready, startup, maintenance];
  };
  health.enterMaintenance("moving the database");
  deepEqual(states(), ["DOWN", "UP", "DOWN", "UP", "moving the database"]);
  health.leaveMaintenance();
  deepEqual(states(), ["UP", "UP", "UP", "UP", undefined]);
  health.enterMaintenance();
  deepEqual(states(), ["DOWN", "UP", "DOWN", "UP", "maintenance"]);
  health.enterMaintenance("x".repeat(100_000));
  equal(health.snapshot().maintenance!.length < 300, true);
});

test("HealthRegistry stays UP until results were DOWN for maxTimeInErrorMs", async () => {
  const { health, clock } = setup();
  let up = true;
  health.check("it", () => up, { ttlMs: 0, maxTimeInErrorMs: 1000, failureThreshold: 2 });
  const seen: string[] = [];
  const steps: [ms: number, up: boolean][] = [
    [0, true],
    [500, false],
    [500, false],
    [499, false],
    [1, false],
    [1, true],
    [1, false],
    [999, true],
    [1, false],
    [1000, false],
  ];
  for (const [ms, next] of steps) {
    clock.advance(ms);
    up = next;
    seen.push(`${clock.monotonic()}${next ? "+" : "-"}${(await health.refresh()).status}`);
  }
  deepEqual(seen, [
    "0+UP",
    "500-UP",
    "1000-UP",
    "1499-UP",
    "1500-DOWN",
    "1501+UP",
    "1502-UP",
    "2501+UP",
    "2502-UP",
    "3502-DOWN",
  ]);
});

test("HealthRegistry.history() keeps the latest 256 changes", async () => {
  const { health, clock } = setup();
  let up = true;
  health.check("it", () => up, { ttlMs: 0 });
  deepEqual(health.history(), []);
  await health.refresh();
  clock.advance(5);
  up = false;
  await health.refresh();
  const same = { component: "it", critical: true, description: undefined, error: undefined };
  deepEqual(health.history(), [
    { ...same, from: undefined, to: "UP", timeMs: 0 },
    { ...same, from: "UP", to: "DOWN", timeMs: 5 },
  ]);
  for (let i = 0; i < 300; i++) {
    up = !up;
    await health.refresh();
  }
  equal(health.history().length, 256);
});

test("HealthRegistry leaves excluded checks out of runs and of states", async () => {
  const { health } = setup();
  const ran: string[] = [];
  for (const name of ["good", "bad"]) {
    health.check(name, () => {
      ran.push(name);
      return name === "good";
    }, { groups: ["live", "ready", "startup"], ttlMs: 0 });
  }
  const { status, live, ready, startup } = await health.refresh({ exclude: ["bad", "unknown"] });
  deepEqual([ran, status, live, ready, startup], [["good"], "UP", "UP", "UP", "UP"]);
  equal(health.snapshot().startup, "DOWN");
  health.drain();
  equal(health.snapshot({ exclude: ["bad"] }).ready, "DOWN");
});
