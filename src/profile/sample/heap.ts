/**
 * The data of heap profiles: allocations that live, by stack, or live objects by class.
 *
 * @module
 */
import type { ProfileData, Stack } from "./data.ts";
import { FrameTable, type Locate } from "./places.ts";
import type { HeapNode } from "./raw.ts";

/** When and how a heap profile was taken. */
export interface HeapTaken {
  readonly startMs: number;
  readonly durationMs: number;
  /** Bytes between two samples; 1 where each object was counted. */
  readonly intervalBytes: number;
  readonly comments?: readonly string[] | undefined;
}

const SPACE = { type: "inuse_space", unit: "bytes" };
const PERIOD = { type: "space", unit: "bytes" };

/**
 * The data of a sampled heap. V8 tells the bytes behind its samples, but not how many objects they are, so
 * that no count is given.
 */
export function sampledHeap(head: HeapNode, taken: HeapTaken, locate: Locate): ProfileData {
  const table = new FrameTable(locate), stacks: Stack[] = [];
  // Not by recursion: stacks may be deep.
  const waiting: { node: HeapNode; callers: readonly number[] }[] = head.children.map((node) => ({
    node,
    callers: [],
  }));
  if (head.selfSize > 0) waiting.push({ node: { ...head, children: [] }, callers: [] });
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    const { node, callers } = next;
    const frames = [table.indexOf(node.callFrame), ...callers];
    if (node.selfSize > 0) stacks.push({ frames, values: [Math.round(node.selfSize)] });
    for (const child of node.children) waiting.push({ node: child, callers: frames });
  }
  return dataOf(taken, [SPACE], table, stacks);
}

/** Count and bytes of a class of objects. */
export interface ClassSum {
  readonly name: string;
  readonly objects: number;
  readonly bytes: number;
}

/** The data of a snapshot, summed by class: there are no stacks. */
export function classesOnHeap(classes: readonly ClassSum[], taken: HeapTaken): ProfileData {
  const table = new FrameTable((file, line) => ({ file, line }));
  const stacks = classes.map(({ name, objects, bytes }) => ({
    frames: [table.add({ name, file: "", line: 0, startLine: 0 })],
    values: [objects, Math.round(bytes)],
  }));
  return dataOf(taken, [{ type: "inuse_objects", unit: "count" }, SPACE], table, stacks);
}

function dataOf(
  { startMs, durationMs, intervalBytes, comments = [] }: HeapTaken,
  types: ProfileData["types"],
  { frames }: FrameTable,
  stacks: readonly Stack[],
): ProfileData {
  const periodType = PERIOD, period = intervalBytes;
  return { kind: "heap", types, periodType, period, startMs, durationMs, frames, stacks, comments };
}
