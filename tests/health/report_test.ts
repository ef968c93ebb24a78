import { test } from "node:test";
import { deepEqual } from "node:assert/strict";
import { HealthRegistry } from "../../src/health/registry.ts";
import { healthReport } from "../../src/health/report.ts";
import { ManualClock } from "../manual_clock.ts";

test("healthReport() writes the whole report", async () => {
  const clock = new ManualClock(Date.UTC(2026, 1, 3, 4, 5, 6, 789));
  const health = new HealthRegistry({ clock });
  health.check("database", () => ({ status: "UP", description: "3 connections" }));
  health.check("payments", () => Promise.reject(new Error("refused")), { critical: false });
  await health.refresh();
  health.check("mail", () => true, { critical: false });
  deepEqual(JSON.parse(JSON.stringify(healthReport(health.snapshot(), { version: "1.4.0" }))), {
    status: "DEGRADED",
    components: {
      database: {
        status: "UP",
        description: "3 connections",
        lastChecked: "2026-02-03T04:05:06.789Z",
      },
      payments: {
        status: "DOWN",
        error: "Error: refused",
        lastChecked: "2026-02-03T04:05:06.789Z",
      },
      mail: { status: "DOWN", description: "not checked yet", lastChecked: null },
    },
    timestamp: "2026-02-03T04:05:06.789Z",
    version: "1.4.0",
  });
});

test("healthReport() leaves out an unknown version", () => {
  const clock = new ManualClock(0);
  deepEqual(healthReport(new HealthRegistry({ clock }).snapshot()), {
    status: "UP",
    components: {},
    timestamp: "1970-01-01T00:00:00.000Z",
  });
});
