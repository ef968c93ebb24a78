/**
 * The samples of a CPU profile in order of time, each with the time that it stands for.
 *
 * @module
 */
import type { CpuNode, RawCpu } from "./raw.ts";

/** Which engine sampled: only V8 samples a thread that sleeps, as `(idle)`. */
export type Engine = "v8" | "jsc";

/** Samples, column by column. */
export interface Timeline {
  readonly nodes: readonly CpuNode[];
  /** For each node the index of its caller, -1 for the root. */
  readonly parents: Int32Array;
  /** For each sample the index of its node. */
  readonly sampled: Int32Array;
  /** When each sample was taken, in microseconds of the profile's own zero. */
  readonly atMicros: Float64Array;
  /** How long each sample's stack ran; 0 for one that is not counted. */
  readonly micros: Float64Array;
}

/** Time without a sample is sleep, for the share of it that exceeds this many usual distances. */
const AWAKE_GAPS = 2;

/** Nodes of V8 that are no work. */
const NOT_WORK: ReadonlySet<string> = new Set(["(root)", "(idle)"]);

/**
 * Reads the samples. The time of a sample is that until the next one: what ran when it was taken runs on
 * until another is seen. JavaScriptCore takes no samples in sleep, and gives the sleep to the sample
 * before it: there, a distance counts at most twice the median.
 *
 * @param periodMicros what the last sample stands for
 */
export function timeline(raw: RawCpu, engine: Engine, periodMicros: number): Timeline {
  const { nodes, samples = [], timeDeltas = [] } = raw;
  const indexes = new Map(nodes.map(({ id }, index) => [id, index]));
  const parents = new Int32Array(nodes.length).fill(-1);
  nodes.forEach(({ children = [] }, index) => {
    for (const id of children) parents[indexes.get(id)!] = index;
  });

  const count = Math.min(samples.length, timeDeltas.length);
  const times = new Float64Array(count);
  let time = raw.startTime;
  for (let i = 0; i < count; i++) times[i] = time += timeDeltas[i]!;
  // Where one profile is taken over from another, deltas are negative.
  const order = Array.from(times.keys()).sort((a, b) => times[a]! - times[b]!);

  const sampled = new Int32Array(count), atMicros = new Float64Array(count);
  order.forEach((from, to) => {
    sampled[to] = indexes.get(samples[from]!) ?? -1;
    atMicros[to] = times[from]!;
  });
  const gaps = atMicros.map((at, i) => i + 1 < count ? atMicros[i + 1]! - at : periodMicros);
  const most = engine === "jsc" ? AWAKE_GAPS * median(gaps) : Infinity;
  const micros = gaps.map((gap, i) => {
    const node = nodes[sampled[i]!];
    const counts = node !== undefined && !NOT_WORK.has(node.callFrame.functionName);
    return counts ? Math.min(gap, most) : 0;
  });
  return { nodes, parents, sampled, atMicros, micros };
}

function median(values: Float64Array): number {
  return values.toSorted()[values.length >> 1] ?? 0;
}
