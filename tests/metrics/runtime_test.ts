import assert from "node:assert/strict";
import process from "node:process";
import { test } from "node:test";
import { LoopLag } from "../../src/metrics/runtime/loop_lag.ts";
import { GcWatch } from "../../src/metrics/runtime/gc.ts";
import { type NumberFamily, RuntimeCollector } from "../../src/metrics/mod.ts";
import { runtime } from "../../src/core/platform.ts";
import { ManualClock } from "../manual_clock.ts";

function byName(collector: RuntimeCollector): Map<string, NumberFamily> {
  return new Map(collector.collect().map((family) => [family.name, family as NumberFamily]));
}

test("RuntimeCollector reports the process, without false zeros", () => {
  const collector = new RuntimeCollector();
  const families = byName(collector);
  void collector.close();
  for (const { name } of [...families.values()].filter(({ name }) => name.endsWith("_bytes"))) {
    const values = families.get(name)!.samples.map((sample) => sample.value);
    assert.ok(values.some((value) => value > 0), name);
  }
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
  assert.equal(families.get("nodejs_eventloop_lag_p99_seconds")!.samples[0]!.value, 0);
  void collector.close();
  assert.equal(clock.waiting, 0);
});

test("RuntimeCollector reports open files where they can be read", () => {
  const collector = new RuntimeCollector();
  const families = byName(collector);
  void collector.close();
  if (process.platform !== "linux") return;
  assert.ok(families.get("process_open_fds")!.samples[0]!.value >= 3);
  assert.ok(families.get("process_max_fds")!.samples[0]!.value >= 3);
});

test("LoopLag reports the same spread to every reader, and forgets old lags", () => {
  let nowMs = 0, tick = () => {};
  const clock = {
    monotonic: () => nowMs,
    now: () => nowMs,
    after: () => () => {},
    every: (_ms: number, fn: () => void) => {
      tick = fn;
      return () => {};
    },
  };
  const lag = new LoopLag(clock, 100);
  for (const lateMs of [0, 100, 300]) {
    nowMs += 100 + lateMs;
    tick();
  }
  const figures = Object.fromEntries(lag.figures().map(([name, , value]) => [name, value]));
  const near = (part: string, expected: number) => {
    const value = figures[`nodejs_eventloop_lag${part}_seconds`]!;
    assert.ok(Math.abs(value - expected) <= expected * 0.031 + 1e-9, `${part} ${value}`);
  };
  for (
    const [part, expected] of [
      ["", .3],
      ["_min", 0],
      ["_max", .3],
      ["_mean", .4 / 3],
      ["_stddev", Math.sqrt(.1 / 3 - (.4 / 3) ** 2)],
      ["_p50", .1],
      ["_p99", .3],
    ] as const
  ) near(part, expected);
  assert.deepEqual(
    Object.fromEntries(lag.figures().map(([name, , value]) => [name, value])),
    figures,
  );
  for (let i = 0; i < 2; i++) {
    nowMs += 30_100;
    tick();
  }
  // In the last window the timer fired once, half a minute late.
  const later = Object.fromEntries(lag.figures().map(([name, , value]) => [name, value]));
  assert.equal(later["nodejs_eventloop_lag_min_seconds"], 30);
});

test("GcWatch counts collections by kind, and starts again after each harvest", () => {
  const costs = [[{ gcType: "Scavenge", cost: 1 }, { gcType: "MarkSweepCompact", cost: 2 }], [
    { gcType: "Scavenge", cost: 3 },
  ], []];
  let started = 0;
  const watch = new GcWatch(() => ({
    start: () => started++,
    stop: () => ({ statistics: costs.shift() ?? [] }),
  }));
  assert.deepEqual(watch.families(), []);
  watch.harvest();
  watch.harvest();
  const [family] = watch.families();
  assert.deepEqual(
    family!.samples.map(({ labels, count }) => [labels.text, count]),
    [['kind="minor"', 2], ['kind="major"', 1]],
  );
  assert.equal(started, 3);
});

/** Assigned, so that no compiler optimizes the garbage away. */
let kept: unknown[] = [];

test("GcWatch sees real collections", () => {
  const watch = new GcWatch();
  const { Bun } = globalThis as { Bun?: { gc(force: boolean): void } };
  // Makes garbage until the runtime collects; Bun is asked to.
  for (let round = 0; round < 5000 && watch.families().length === 0; round++) {
    kept = [];
    for (let i = 0; i < 200_000; i++) kept.push({ i });
    Bun?.gc(true);
    watch.harvest();
  }
  kept = [];
  watch.close();
  const [family] = watch.families();
  assert.ok(family!.samples.every(({ count, sum }) => count > 0 && sum > 0 && sum < 60));
});

test("GcWatch has no families without a profiler", () => {
  const watch = new GcWatch(() => {
    throw new Error("not here");
  });
  watch.harvest();
  watch.close();
  assert.deepEqual(watch.families(), []);
});
