/**
 * Where the functions of a flame graph stand: callers above, what they called below, the largest left.
 *
 * @module
 */
import type { Node } from "./tree.ts";

/** A function as it is drawn; places are shares of the width. */
export interface Box {
  readonly node: Node;
  readonly depth: number;
  readonly left: number;
  readonly width: number;
  /** Its place among the children of each of its callers, from the root of the tree. */
  readonly path: string;
  readonly parent: Box | undefined;
}

/** Narrower boxes are not to be seen. */
const LEAST = 0.0007, MAX_DEPTH = 220;

/** The boxes under the last of `line`, whose callers stand above it at full width. */
export function boxesOf(line: readonly Node[], path: string): Box[] {
  const boxes: Box[] = [], steps = path === "" ? [] : path.split(".");
  let parent: Box | undefined;
  line.forEach((node, depth) => {
    parent = { node, depth, left: 0, width: 1, path: steps.slice(0, depth).join("."), parent };
    boxes.push(parent);
  });
  const root = line.at(-1)!, all = Math.max(root.total, root.before, 1e-9);
  // Of two profiles, both have the width of the larger one.
  const scale = 1 / all;
  const waiting = [parent!];
  for (let box = waiting.pop(); box !== undefined; box = waiting.pop()) {
    let { left } = box;
    const { path, depth } = box;
    if (depth - line.length >= MAX_DEPTH) continue;
    box.node.children.forEach((node, i) => {
      const width = node.total * scale;
      if (width < LEAST) return;
      const at = {
        node,
        depth: depth + 1,
        left,
        width,
        path: path === "" ? `${i}` : `${path}.${i}`,
        parent: box,
      };
      left += width;
      boxes.push(at);
      waiting.push(at);
    });
  }
  return boxes;
}

/** The box at a place, if there is one. */
export function boxAt(boxes: readonly Box[], share: number, depth: number): Box | undefined {
  return boxes.find((box) =>
    box.depth === depth && share >= box.left && share < box.left + box.width
  );
}
