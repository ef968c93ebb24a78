import assert from "node:assert/strict";
import { test } from "node:test";
import { heapProfile } from "../../src/profile/capture/heap_profile.ts";
import { ENGINE } from "../../src/profile/capture/recorder.ts";
import { until } from "../e2e/wait.ts";
import { ManualClock } from "../manual_clock.ts";
import { HANG_MS, lacking, skipWhen } from "../tool.ts";
import { pprof, rowsOf, withFiles } from "./pprof.ts";

class Kept {
  readonly bytes: readonly number[];
  constructor(count: number) {
    this.bytes = Array.from({ length: count }, (_, i) => i + 0.5);
  }
}
const kept: Kept[] = [];

function keepThree(): void {
  for (let i = 0; i < 3000; i++) kept.push(new Kept(200));
}
function keepOne(): void {
  for (let i = 0; i < 1000; i++) kept.push(new Kept(200));
}

test("heapProfile() shows by stack what lives of what was allocated, 3 to 1", {
  timeout: HANG_MS,
  skip: skipWhen(ENGINE === "jsc", "about a runtime that samples allocations"),
}, async () => {
  const clock = new ManualClock();
  const profiling = heapProfile({ seconds: 2, intervalBytes: 4096, clock });
  await until("sampling to begin", () => clock.waiting > 0);
  await assert.rejects(heapProfile(), { name: "ProfileError", reason: "busy" });
  keepThree();
  keepOne();
  clock.advance(2000);
  const profile = await profiling;
  assert.equal(kept.length, 4000);
  const bytesIn = (name: string) =>
    profile.data.stacks.filter(({ frames }) =>
      frames.some((at) => profile.data.frames[at]!.name === name)
    ).reduce((sum, { values }) => sum + values[0]!, 0);
  const three = bytesIn("keepThree"), one = bytesIn("keepOne");
  // 4000 arrays of 200 doubles are 6.4 MB, of which each 4096 bytes give a sample.
  assert.ok(three + one > 5e6 && three + one < 20e6, `${three} and ${one} bytes`);
  assert.ok(
    Math.abs(three / (three + one) - 0.75) < 5 * Math.sqrt(0.1875 / 1500),
    `${three}, ${one}`,
  );
  const { file, startLine } = profile.data.frames.find(({ name }) => name === "keepThree")!;
  assert.match(file, /heap_profile_test\.ts$/);
  assert.equal(startLine, 18);
  assert.deepEqual(profile.data.types, [{ type: "inuse_space", unit: "bytes" }]);
});

test("heapProfile() counts all objects by class where allocations are not sampled", {
  timeout: HANG_MS,
  skip: skipWhen(ENGINE === "v8", "about a runtime that can only count"),
}, async () => {
  if (kept.length === 0) keepOne();
  const profile = await heapProfile();
  const { data } = profile;
  const at = data.frames.findIndex(({ name }) => name === "Kept");
  const [objects] = data.stacks.find(({ frames }) => frames[0] === at)!.values;
  assert.equal(objects, kept.length);
  const bytes = data.stacks.find(({ frames }) => frames[0] === at)!.values[1]!;
  assert.ok(bytes >= 16 * objects!, `${bytes} bytes`);
});

test("A heap profile is read by `go tool pprof`", {
  timeout: HANG_MS,
  skip: lacking("go"),
}, async () => {
  const clock = new ManualClock();
  const profiling = heapProfile({ seconds: 1, intervalBytes: 4096, clock });
  let isOver = false;
  profiling.then(() => isOver = true);
  await until("sampling to begin", () => isOver || clock.waiting > 0);
  keepOne();
  clock.advance(1000);
  const profile = await profiling;
  await withFiles([await profile.pprof()], async (path) => {
    const top = await pprof("-top", "-cum", "-nodefraction=0", "-unit=bytes", path);
    assert.match(top, /^Type: inuse_space$/m);
    // In its head, because rows of classes with one name would be taken for one.
    const [, total] = /^Showing nodes accounting for .*, 100% of ([\d.]+)B total$/m.exec(top) ?? [];
    assert.equal(Number(total), profile.total(), top.slice(0, 500));
    assert.ok(rowsOf(top).has(ENGINE === "v8" ? "keepOne" : "Kept"), top);
  });
});

test("heapProfile() refuses what it can't use", async () => {
  await assert.rejects(heapProfile({ seconds: -1 }), {
    name: "RangeError",
    message: "Cannot profile heap: seconds must be 0.01 to 300, got -1",
  });
  await assert.rejects(heapProfile({ intervalBytes: 1 }), {
    message:
      "Cannot profile heap: intervalBytes must be a whole number from 1024 to 1073741824, got 1",
  });
  await assert.rejects(heapProfile({ interval: 1 } as object), {
    message: 'Cannot profile heap: unknown option "interval", did you mean "intervalBytes"?',
  });
});
