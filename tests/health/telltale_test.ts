import { test } from "node:test";
import { deepEqual, equal } from "node:assert/strict";
import { telltale } from "../../mod.ts";

test("telltale() logs and measures changes of health", async () => {
  await using t = telltale({ service: "orders", log: { sinks: [] }, metrics: { runtime: false } });
  const says = new Map([["database", true], ["cache", false]]);
  for (const [name, critical] of [["database", true], ["cache", false]] as const) {
    t.health.check(name, () => {
      if (says.get(name) !== true) throw new Error("refused");
    }, { ttlMs: 0, critical });
  }
  await t.health.refresh();
  says.set("database", false);
  await t.health.refresh();
  await t.health.refresh();
  says.set("database", true);
  await t.health.refresh();
  const records = t.log.ring.since(0).map((
    { severity, message, fields },
  ) => [severity, message, fields]);
  const error = "Error: refused";
  deepEqual(records, [
    [13, "health changed", {
      component: "cache",
      to: "DOWN",
      critical: false,
      error,
    }],
    [13, "health changed", {
      component: "database",
      from: "UP",
      to: "DOWN",
      critical: true,
      error,
    }],
    [9, "health changed", { component: "database", from: "DOWN", to: "UP", critical: true }],
  ]);
  const page = await (await t.metrics.scrape()).text();
  const statuses = page.split("\n").filter((line) => line.startsWith("component_health_status{"));
  deepEqual(statuses, [
    'component_health_status{component="database"} 2',
    'component_health_status{component="cache"} 0',
  ]);
  equal(page.match(/^health_check_duration_seconds\{component="database"\} /m)?.length, 1);
});
