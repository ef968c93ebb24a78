import assert from "node:assert/strict";
import { readdirSync, rmSync } from "node:fs";
import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { test } from "node:test";
import { Faults } from "../../src/core/faults.ts";
import { cpuProfile } from "../../src/profile/capture/cpu_profile.ts";
import { heapProfile } from "../../src/profile/capture/heap_profile.ts";
import { Inspector } from "../../src/profile/capture/inspector.ts";
import { ENGINE } from "../../src/profile/capture/recorder.ts";
import { HeapWatch } from "../../src/profile/keep/heap_watch.ts";
import { Profiler } from "../../src/profile/keep/profiler.ts";
import type { ProfilerOptions, Taken } from "../../src/profile/keep/taken.ts";
import { until } from "../e2e/wait.ts";
import { ManualClock } from "../manual_clock.ts";
import { HANG_MS, skipWhen } from "../tool.ts";
import { burn } from "./load.ts";

/** A profiler whose time a test moves, and what it has taken. */
async function setup(options: ProfilerOptions = {}) {
  const clock = new ManualClock(), taken: Taken[] = [], faults = new Faults(() => {});
  const profiler = new Profiler({
    everyMs: 60_000,
    durationMs: 10_000,
    intervalMicros: 1000,
    random: () => 0.5,
    // Its clock stands still while work is done.
    maxOverhead: 1,
    ...options,
    clock,
    faults,
    onProfile: (each) => taken.push(each),
  });
  await profiler.start();
  const turns = () => profiler.counts.rotations + profiler.counts.captures().length;
  /** Moves time by the length of a window, and waits for what that sets off. */
  const pass = async (ms: number) => {
    const before = clock.waiting;
    clock.advance(ms);
    await until("the next timer", () => clock.waiting >= before);
  };
  return { clock, profiler, taken, faults, pass, turns };
}

const triggersOf = (taken: readonly Taken[]) => taken.map(({ trigger }) => trigger);
const bySchedule = (profiler: Profiler) =>
  profiler.counts.captures().map((each) => each.join(" ")).sort();

test("Profiler keeps a window when its time has come", { timeout: HANG_MS }, async () => {
  const { profiler, taken, pass } = await setup();
  for (let window = 0; window < 13; window++) {
    burn(300);
    await pass(10_000);
  }
  await until("the profiles", () => taken.length >= 2);
  await profiler.close();
  assert.deepEqual(triggersOf(taken), ["schedule", "schedule"]);
  const [first, second] = taken;
  const apart = second!.profile.data.startMs - first!.profile.data.startMs;
  // One a minute, to the length of a window.
  assert.ok(apart >= 50_000 && apart <= 70_000, `${apart} ms`);
  const kept = await profiler.shelf.list();
  assert.deepEqual(kept, taken.map(({ id, pprof }) => ({ id, bytes: pprof.length })));
  assert.deepEqual(bySchedule(profiler), ["cpu schedule ok 2"]);
  for (const { profile, id } of taken) {
    assert.ok(profile.data.comments.includes(`profile: ${id}`));
    assert.ok(
      profile.data.frames.some(({ file }) => file.endsWith("/load.ts")),
      "its work is seen",
    );
  }
});

test("Profiler keeps the window in which something has happened, once in a cool-down", {
  timeout: HANG_MS,
}, async () => {
  const { profiler, taken, pass, clock } = await setup({
    everyMs: 3_600_000,
    cooldownMs: 60_000,
  });
  // The first that is due.
  await pass(10_000);
  await pass(10_000);
  await until("the scheduled one", () => taken.length === 1);
  burn(300);
  assert.equal(profiler.currentId, undefined);
  const id = profiler.lagged(200);
  assert.match(id!, /^\d{8}T\d{6}\.\d{3}Z-cpu-[0-9a-f]{8}$/);
  assert.equal(profiler.lagged(199), undefined);
  assert.equal(profiler.lagged(300), undefined);
  // On Bun a window is begun first.
  if (ENGINE === "jsc") await pass(0);
  assert.equal(profiler.currentId, id);
  assert.equal(profiler.trigger("slo"), id);
  burn(300);
  await pass(10_000);
  await until("the one that was caused", () => taken.length === 2);
  assert.deepEqual([taken[1]!.id, taken[1]!.trigger], [id, "lag"]);
  const { data } = taken[1]!.profile;
  assert.ok(data.frames.some(({ file }) => file.endsWith("/load.ts")));
  clock.advance(60_000);
  assert.notEqual(profiler.trigger("lag"), undefined);
  await profiler.close();
  assert.equal(profiler.trigger("lag"), undefined);
});

test(
  "Profiler skips a profile that is due while the event loop is behind",
  { timeout: HANG_MS },
  async () => {
    const { profiler, taken, clock } = await setup({ lagMs: 50 });
    const late = async (ms: number) => {
      // The timer fires at once when time has passed without it.
      const { monotonic } = clock;
      clock.monotonic = () => monotonic.call(clock) + ms;
      clock.advance(10_000);
      clock.monotonic = monotonic;
      await until("the turn", () => clock.waiting > 0);
    };
    await late(50);
    await until("the skip", () => bySchedule(profiler).length > 0);
    assert.deepEqual(bySchedule(profiler), ["cpu schedule skipped 1"]);
    await profiler.close();
    assert.deepEqual(taken, []);
  },
);

test("Profiler gives way to a profile on demand, and goes on", { timeout: HANG_MS }, async () => {
  const { profiler, taken, pass } = await setup({ everyMs: 20_000 });
  await pass(10_000);
  const beside = new ManualClock();
  const demanded = cpuProfile({ seconds: 1, clock: beside });
  await until("the window", () => beside.waiting > 0);
  burn(30);
  beside.advance(1000);
  const profile = await demanded;
  assert.ok(profile.data.frames.some(({ file }) => file.endsWith("/load.ts")));
  assert.equal(profile.data.period, 1_000_000);
  const before = taken.length;
  for (let i = 0; i < 5; i++) await pass(10_000);
  await until("the next profile", () => taken.length > before);
  await profiler.close();
  // Nobody holds the profiler any more.
  const inspector = await Inspector.connect();
  await inspector.post("Profiler.enable");
  await inspector.post("Profiler.setSamplingInterval", { interval: 1000 });
  if (ENGINE === "v8") inspector.close();
});

test("Profiler is one in a process", { timeout: HANG_MS }, async () => {
  const { profiler } = await setup();
  const { profiler: second, faults } = await setup();
  assert.deepEqual(Object.fromEntries(faults.counts()), { profiles: 1 });
  assert.deepEqual(bySchedule(second), ["cpu schedule busy 1"]);
  assert.equal(second.trigger("lag"), undefined);
  await second.close();
  await profiler.close();
  const { profiler: third, faults: none } = await setup();
  assert.equal(none.counts().size, 0);
  await third.close();
});

test("Profiler keeps nothing of a window that was open when it was closed, and leaves no timer", {
  timeout: HANG_MS,
}, async () => {
  const { profiler, clock, taken } = await setup();
  profiler.trigger("slo");
  await profiler.close();
  await profiler.close();
  assert.equal(clock.waiting, 0);
  assert.deepEqual(taken, []);
});

test("Profiler counts what a listener throws, and goes on", { timeout: HANG_MS }, async () => {
  const clock = new ManualClock(), faults = new Faults(() => {});
  let calls = 0;
  const profiler = new Profiler({
    everyMs: 1000,
    durationMs: 1000,
    clock,
    faults,
    onProfile: () => {
      calls++;
      throw new Error("listener");
    },
  });
  await profiler.start();
  while (calls < 2) {
    burn(2);
    clock.advance(500);
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
  await profiler.close();
  assert.equal(faults.counts().get("onProfile"), 2);
});

test("Profiler writes to a folder, and says so when it can't", { timeout: HANG_MS }, async () => {
  const folder = mkdtempSync(join(tmpdir(), "telltale-profiler-"));
  const { profiler, taken, pass } = await setup({ dir: join(folder, "new"), everyMs: 20_000 });
  while (taken.length === 0) await pass(10_000);
  await profiler.close();
  assert.deepEqual(readdirSync(join(folder, "new")), [`telltale-${taken[0]!.id}.pb.gz`]);
  // A file stands where the folder should be.
  const broken = await setup({
    dir: join(folder, "new", `telltale-${taken[0]!.id}.pb.gz`),
    everyMs: 20_000,
  });
  while (broken.faults.counts().size === 0) await broken.pass(10_000);
  await broken.profiler.close();
  assert.deepEqual(bySchedule(broken.profiler), ["cpu schedule failed 1"]);
  rmSync(folder, { recursive: true });
});

test("Profiler follows a window by the next without the cost of a start", {
  timeout: HANG_MS,
  skip: skipWhen(ENGINE === "jsc", "about windows that overlap"),
}, async () => {
  // A heap that takes long to walk.
  const heap = Array.from({ length: 400_000 }, (_, i) => ({ i, text: `object ${i}` }));
  const { profiler, pass } = await setup({ durationMs: 1000, everyMs: 600_000 });
  const { counts } = profiler;
  for (let i = 0; i < 50; i++) {
    burn(1);
    await pass(1000);
  }
  await profiler.close();
  assert.equal(heap.length, 400_000);
  assert.equal(counts.rotations, 50);
  const rotateMs = counts.rotatingMs / counts.rotations;
  assert.ok(
    rotateMs < counts.lastStartMs / 3,
    `${rotateMs} ms, but ${counts.lastStartMs} to start`,
  );
});

test("Profiler rests once its budget is spent, takes what is caused, and goes on", {
  timeout: HANG_MS,
}, async () => {
  const { profiler, taken, pass, clock } = await setup({ everyMs: 20_000, cooldownMs: 0 });
  const isOver = () => bySchedule(profiler).includes("cpu schedule over budget 1");
  while (taken.length === 0) {
    burn(50);
    await pass(10_000);
  }
  const { start, read, sample } = profiler.budget.costMs;
  assert.ok(start > 0 && read > 0 && sample > 0, `${start}, ${read}, ${sample}`);
  // As if it had been dear.
  profiler.budget.spend("read", 1_000_000);
  while (!isOver()) await pass(5000);
  assert.equal(profiler.isRecording, false);
  assert.ok(profiler.overhead > 1);
  const before = taken.length;
  const id = profiler.trigger("slo");
  assert.match(id!, /-cpu-/);
  await pass(0);
  assert.equal(profiler.currentId, id);
  burn(10);
  await pass(10_000);
  await until("the one that was caused", () => taken.length > before);
  assert.deepEqual([taken.at(-1)!.id, taken.at(-1)!.trigger], [id, "slo"]);
  // Time alone fills it.
  clock.advance(3_600_000);
  while (taken.length === before + 1) await pass(5000);
  assert.equal(taken.at(-1)!.trigger, "schedule");
  await profiler.close();
});

test("Profiler refuses options that it can't use", () => {
  const cases: readonly [object, string][] = [
    [{ everyMs: 999 }, "Cannot profile continuously: everyMs must be at least 1000, got 999"],
    [
      { durationMs: 60_001 },
      "Cannot profile continuously: durationMs must be at most everyMs, 60000, got 60001",
    ],
    [
      { keepFiles: 0 },
      "Cannot profile continuously: keepFiles must be a whole number from 1, got 0",
    ],
    [
      { keepBytes: "1" },
      'Cannot profile continuously: keepBytes must be a whole number from 1024, got "1"',
    ],
    [{ dir: "" }, 'Cannot profile continuously: dir must be the path of a folder, got ""'],
    [
      { maxOverhead: 2 },
      "Cannot profile continuously: maxOverhead must be 0.001 to 1, got 2",
    ],
    [{ heap: 1 }, "Cannot profile continuously: heap must be true or false, got 1"],
    [{ every: 1 }, 'Cannot profile continuously: unknown option "every", did you mean "everyMs"?'],
  ];
  for (const [options, message] of cases) assert.throws(() => new Profiler(options), { message });
});

test("HeapWatch tells growth by a half and by the bytes, from the least that was seen", () => {
  let used = 100;
  const watch = new HeapWatch(50, new ManualClock(), () => used);
  const at = (bytes: number) => {
    used = bytes;
    return watch.hasGrown();
  };
  assert.deepEqual([100, 149, 150, 80, 130].map(at), [false, false, true, false, true]);
  watch.told();
  assert.deepEqual([130, 180, 195, 60].map(at), [false, false, true, false]);
  const large = new HeapWatch(50, new ManualClock(), () => used);
  used = 1000;
  assert.equal(large.hasGrown(), false);
  used = 1400;
  assert.equal(large.hasGrown(), false);
});

test(
  "Profiler keeps a profile when the heap has grown, with what has grown it where that is sampled",
  {
    timeout: HANG_MS,
  },
  async () => {
    const isSampled = ENGINE === "v8";
    const { profiler, taken, pass, clock } = await setup({
      everyMs: 3_600_000,
      heapGrowthBytes: 1024 * 1024,
      heap: isSampled,
    });
    const grown: unknown[] = [];
    const isTaken = (kind: string) =>
      taken.some(({ id, trigger }) => trigger === "heap" && id.includes(`-${kind}-`));
    // By half of all there is: in a run of many tests that is much.
    const step = Math.ceil(process.memoryUsage().heapUsed / 8 / 100);
    await pass(10_000);
    const isCaused = () =>
      profiler.notes.covering(0, Infinity).some(({ trigger }) => trigger === "heap");
    while (!isCaused()) {
      grown.push(Array.from({ length: step }, (_, i) => ({ i, text: `object ${i}` })));
      if (profiler.isRecording) await pass(10_000);
      else clock.advance(3_600_000);
      await new Promise((resolve) => setImmediate(resolve));
    }
    while (!isTaken("cpu") || isSampled && !isTaken("heap")) {
      burn(5);
      clock.advance(10_000);
      await new Promise((resolve) => setImmediate(resolve));
    }
    await profiler.close();
    assert.ok(grown.length > 0);
    const cpu = taken.find(({ id, trigger }) => trigger === "heap" && id.includes("-cpu-"));
    assert.ok(cpu !== undefined);
    const heap = taken.find(({ id }) => id.includes("-heap-"));
    assert.equal(heap?.trigger, isSampled ? "heap" : undefined);
    const here = heap?.profile.data.frames.some(({ file }) => file.endsWith("profiler_test.ts"));
    assert.equal(here, isSampled ? true : undefined);
  },
);

test("Allocations are sampled from the start where that is asked for, and read without a wait", {
  timeout: HANG_MS,
  skip: skipWhen(ENGINE === "jsc", "about a runtime that samples allocations"),
}, async () => {
  const { profiler, faults } = await setup({ heap: true, durationMs: 60_000 });
  const kept = Array.from({ length: 20_000 }, function keptObjects(_, i) {
    return { text: `object ${i}`, list: [i, i + 1, i + 2] };
  });
  // A clock that stands still: a wait would never end.
  const profile = await heapProfile({ clock: new ManualClock() });
  assert.equal(kept.length, 20_000);
  assert.ok(profile.data.frames.some(({ name }) => name === "keptObjects"));
  await profiler.close();
  assert.equal(faults.counts().size, 0);
});
