/**
 * The data of a CPU profile.
 *
 * @module
 */
import type { ProfileData, Stack } from "./data.ts";
import { FrameTable, type Locate } from "./places.ts";
import type { CpuNode } from "./raw.ts";
import type { Timeline } from "./timeline.ts";

/** When and how a profile was taken. */
export interface Taken {
  readonly startMs: number;
  readonly durationMs: number;
  readonly intervalMicros: number;
  readonly comments?: readonly string[] | undefined;
}

/** The labels of a sample; undefined for none. */
export type LabelsOf = (sample: number) => Stack["labels"];

interface Sum {
  readonly node: number;
  readonly labels: Stack["labels"];
  samples: number;
  micros: number;
}

/** Sums the samples by stack and labels. */
export function cpuData(
  samples: Timeline,
  { startMs, durationMs, intervalMicros, comments = [] }: Taken,
  locate: Locate,
  labelsOf: LabelsOf = () => undefined,
): ProfileData {
  const { nodes, parents } = samples;
  const table = new FrameTable(locate);
  const outer = nodes.map(({ callFrame }) => table.indexOf(callFrame));
  const stacks: Stack[] = [];
  for (const { node, labels, samples: count, micros } of sums(samples, labelsOf)) {
    const callers: number[] = [];
    for (let at = parents[node]!; at !== -1; at = parents[at]!) {
      // The root calls everything, and is no function.
      if (parents[at] !== -1) callers.push(outer[at]!);
    }
    let restCount = count, restNanos = Math.round(micros * 1000);
    const lines = linesOf(nodes[node]!);
    lines.forEach(({ line, share }, i) => {
      const isLast = i === lines.length - 1;
      const ours = isLast ? restCount : Math.min(restCount, Math.round(count * share));
      const nanos = isLast ? restNanos : Math.round(micros * 1000 * share);
      restCount -= ours;
      restNanos -= nanos;
      const leaf = table.indexOf(nodes[node]!.callFrame, line);
      if (nanos > 0) stacks.push({ frames: [leaf, ...callers], values: [ours, nanos], labels });
    });
  }
  return {
    kind: "cpu",
    types: [{ type: "samples", unit: "count" }, { type: "cpu", unit: "nanoseconds" }],
    periodType: { type: "cpu", unit: "nanoseconds" },
    period: intervalMicros * 1000,
    startMs,
    durationMs,
    frames: table.frames,
    stacks,
    comments,
  };
}

function sums({ sampled, micros }: Timeline, labelsOf: LabelsOf): Iterable<Sum> {
  const byKey = new Map<string, Sum>();
  sampled.forEach((node, i) => {
    if (!(micros[i]! > 0)) return;
    const labels = labelsOf(i);
    const key = labels === undefined ? String(node) : `${node} ${JSON.stringify(labels)}`;
    let sum = byKey.get(key);
    if (sum === undefined) byKey.set(key, sum = { node, labels, samples: 0, micros: 0 });
    sum.samples++;
    sum.micros += micros[i]!;
  });
  return byKey.values();
}

/** The lines at which a function itself was seen, and their shares. */
function linesOf({ positionTicks = [] }: CpuNode): { line: number | undefined; share: number }[] {
  const ticks = new Map<number, number>();
  let total = 0;
  for (const { line, ticks: count } of positionTicks) {
    ticks.set(line, (ticks.get(line) ?? 0) + count);
    total += count;
  }
  if (total === 0) return [{ line: undefined, share: 1 }];
  return [...ticks].map(([line, count]) => ({ line, share: count / total }));
}
