import { test } from "node:test";
import { deepEqual } from "node:assert/strict";
import { healthJson } from "../../src/health/report.ts";
import { HealthRegistry } from "../../src/health/registry.ts";
import { ManualClock } from "../manual_clock.ts";

async function registry() {
  const health = new HealthRegistry({ clock: new ManualClock(0) });
  health.check("database", () => ({ status: "UP", description: "3 connections" }));
  health.check("cache", () => ({ status: "DEGRADED", description: "cold" }), { groups: ["own"] });
  health.check("mail", () => Promise.reject(new Error("refused\n[+]forged ok")), {
    critical: false,
  });
  await health.refresh();
  return health;
}

test("healthJson() writes the draft's shape", async () => {
  const health = await registry();
  health.check("new", () => true);
  const time = "1970-01-01T00:00:00.000Z";
  const measured = { observedValue: 0, observedUnit: "ms", time };
  const body = healthJson(health.snapshot(), { version: "1.4.0" });
  deepEqual(JSON.parse(JSON.stringify(body)), {
    status: "fail",
    releaseId: "1.4.0",
    checks: {
      "database:responseTime": [{ status: "pass", ...measured }],
      "cache:responseTime": [{ status: "warn", ...measured, output: "cold" }],
      "mail:responseTime": [{
        status: "fail",
        ...measured,
        output: "Error: refused\n[+]forged ok",
      }],
      "new:responseTime": [{ status: "fail", output: "not checked yet" }],
    },
  });
  health.drain();
  health.enterMaintenance("moving");
  const notes = ["draining", "maintenance: moving"];
  const empty = { ...health.snapshot(), components: {} };
  deepEqual(healthJson(empty, { status: "UP" }), { status: "pass", notes });
});
