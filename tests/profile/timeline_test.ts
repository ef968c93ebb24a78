import assert from "node:assert/strict";
import { test } from "node:test";
import { cpuData } from "../../src/profile/sample/cpu.ts";
import { asGiven } from "../../src/profile/sample/places.ts";
import type { CpuNode, RawCpu } from "../../src/profile/sample/raw.ts";
import { timeline } from "../../src/profile/sample/timeline.ts";

const NAMES = ["(root)", "(idle)", "outer", "inner"];
const CHILDREN = [[2, 3], [], [4], []];
const NODES: readonly CpuNode[] = NAMES.map((functionName, i) => ({
  id: i + 1,
  callFrame: {
    functionName,
    url: i > 1 ? "file:///app/a%20b.ts" : "",
    lineNumber: i - 1,
    columnNumber: 0,
  },
  children: CHILDREN[i]!,
}));
const raw = (samples: number[], timeDeltas: number[]): RawCpu => ({
  nodes: NODES,
  startTime: 1_000_000,
  endTime: 2_000_000,
  samples,
  timeDeltas,
});

test("timeline() gives each sample the time until the next, and none to sleep", () => {
  const { micros, atMicros } = timeline(raw([3, 2, 4, 1, 4], [500, 10, 20, 30, 40]), "v8", 100);
  assert.deepEqual([...micros], [10, 0, 30, 0, 100]);
  assert.deepEqual([...atMicros], [1_000_500, 1_000_510, 1_000_530, 1_000_560, 1_000_600]);
});

test("timeline() puts samples whose deltas are negative in order", () => {
  const { micros, sampled } = timeline(raw([3, 4, 3], [100, 50, -20]), "v8", 7);
  assert.deepEqual([...sampled], [2, 2, 3]);
  assert.deepEqual([...micros], [30, 20, 7]);
});

test("timeline() takes long gaps for sleep where no samples are taken in sleep", () => {
  // The last sample before the sleep is given 400,000.
  const { micros } = timeline(raw([3, 3, 4, 4, 3], [0, 10, 12, 400_000, 10]), "jsc", 10);
  assert.deepEqual([...micros], [10, 12, 20, 10, 10]);
});

test("timeline() of no samples is empty", () => {
  assert.equal(timeline({ nodes: NODES, startTime: 0, endTime: 0 }, "v8", 1).micros.length, 0);
  assert.equal(timeline(raw([], []), "jsc", 1).micros.length, 0);
});

test("cpuData() sums by stack and labels, and splits a function by its lines", () => {
  const nodes = NODES.with(3, {
    ...NODES[3]!,
    // A line may come more than once.
    positionTicks: [{ line: 4, ticks: 2 }, { line: 5, ticks: 1 }, { line: 4, ticks: 1 }],
  });
  const samples = timeline({ ...raw([4, 4, 4, 4, 3], [0, 100, 100, 100, 100]), nodes }, "v8", 50);
  const taken = { startMs: 5, durationMs: 6, intervalMicros: 100 };
  const labelsOf = (i: number) => (i === 4 ? { route: "/" } : undefined);
  const data = cpuData(samples, taken, asGiven, labelsOf);
  const named = data.stacks.map(({ frames, values, labels }) => ({
    stack: frames.map((at) => `${data.frames[at]!.name}:${data.frames[at]!.line}`).join(" "),
    values,
    labels,
  }));
  assert.deepEqual(named, [
    { stack: "inner:4 outer:2", values: [3, 300_000], labels: undefined },
    { stack: "inner:5 outer:2", values: [1, 100_000], labels: undefined },
    { stack: "outer:2", values: [1, 50_000], labels: { route: "/" } },
  ]);
  assert.equal(data.frames.find(({ name }) => name === "inner")!.file, "/app/a b.ts");
  assert.equal(data.period, 100_000);
});
