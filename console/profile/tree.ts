/**
 * Folded stacks as a tree, of one profile or of two that are compared.
 *
 * @module
 */

/** A function under those that called it. */
export interface Node {
  readonly name: string;
  /** In it and in what it called; of the profile that is shown. */
  total: number;
  self: number;
  /** The same of the profile that it is compared with. */
  before: number;
  /** The largest first. */
  children: Node[];
}

/** A function, wherever it was called. */
export interface Total {
  readonly name: string;
  readonly self: number;
  readonly total: number;
  readonly before: number;
}

interface Growing extends Node {
  readonly byName: Map<string, Growing>;
}

/** More stacks than this are not read. */
const MAX_LINES = 200_000;

/** The tree of folded stacks; with `other` each node has what it took there. */
export function treeOf(folded: string, other = ""): Node {
  const root = grown("all");
  for (const [text, name] of [[folded, "total"], [other, "before"]] as const) {
    for (const line of text.split("\n", MAX_LINES)) {
      const at = line.lastIndexOf(" "), value = Number(line.slice(at + 1));
      if (at <= 0 || !(value > 0)) continue;
      let node = root;
      node[name] += value;
      for (const part of line.slice(0, at).split(";")) {
        let child = node.byName.get(part);
        if (child === undefined) node.byName.set(part, child = grown(part));
        node = child;
        node[name] += value;
      }
      if (name === "total") node.self += value;
    }
  }
  return settled(root);
}

function grown(name: string): Growing {
  return { name, total: 0, self: 0, before: 0, children: [], byName: new Map() };
}

/** With children in order, those that are only in the other profile last. */
function settled(node: Growing): Node {
  const waiting = [node];
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    const all = [...next.byName.values()].sort((a, b) => b.total - a.total || b.before - a.before);
    next.children = all;
    waiting.push(...all);
  }
  return node;
}

/** The functions, those with the most of their own first. A function that calls itself counts once. */
export function totalsOf(root: Node): Total[] {
  const sums = new Map<string, { name: string; self: number; total: number; before: number }>();
  const open = new Set<string>();
  const visit = (node: Node) => {
    let sum = sums.get(node.name);
    if (sum === undefined) {
      sums.set(node.name, sum = { name: node.name, self: 0, total: 0, before: 0 });
    }
    const isOuter = !open.has(node.name);
    sum.self += node.self;
    if (isOuter) {
      open.add(node.name);
      sum.total += node.total;
      sum.before += node.before;
    }
    for (const child of node.children) visit(child);
    if (isOuter) open.delete(node.name);
  };
  for (const child of root.children) visit(child);
  return [...sums.values()].sort((a, b) => b.self - a.self || b.total - a.total);
}

/** The node at a path of places among children, such as `0.2.1`; the deepest there is. */
export function nodeAt(root: Node, path: string): Node[] {
  const found = [root];
  for (const part of path.split(".")) {
    const child = path === "" ? undefined : found.at(-1)!.children[Number(part)];
    if (child === undefined) break;
    found.push(child);
  }
  return found;
}
