import assert from "node:assert/strict";
import { test } from "node:test";
import { type NumberFamily, RuntimeCollector } from "../../src/metrics/mod.ts";
import { runtime } from "../../src/core/platform.ts";
import { ManualClock } from "../manual_clock.ts";

function byName(collector: RuntimeCollector): Map<string, NumberFamily> {
  return new Map(collector.collect().map((family) => [family.name, family as NumberFamily]));
}

test("RuntimeCollector tells of the process, with no false zero", () => {
  const collector = new RuntimeCollector();
  const families = byName(collector);
  collector.stop();
  for (const family of families.values()) assert.notEqual(family.samples[0]!.value, 0, family.name);
  const value = (name: string) => families.get(name)!.samples[0]!.value;
  assert.ok(value("process_resident_memory_bytes") > 1e6);
  assert.ok(value("process_cpu_seconds_total") > 0);
  assert.ok(Math.abs(value("process_start_time_seconds") - Date.now() / 1000) < 3600);
  const { labels } = families.get("runtime_info")!.samples[0]!;
  assert.deepEqual(labels.values, [runtime.name, runtime.version]);
});

test("RuntimeCollector measures how late its timer comes", () => {
  const clock = new ManualClock();
  const collector = new RuntimeCollector({ clock, lagIntervalMs: 100 });
  assert.equal(byName(collector).has("nodejs_eventloop_lag_seconds"), false);
  clock.advance(100);
  const families = byName(collector);
  assert.equal(families.get("nodejs_eventloop_lag_max_seconds")!.samples[0]!.value, 0);
  collector.stop();
  clock.advance(1000);
  assert.equal(byName(collector).has("nodejs_eventloop_lag_seconds"), false);
});
