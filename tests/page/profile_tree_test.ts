import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { boxAt, boxesOf } from "../../console/profile/boxes.ts";
import { type Node, nodeAt, totalsOf, treeOf } from "../../console/profile/tree.ts";

/** A tree as text: each name with its total, its own, and what the other profile had. */
function told({ name, total, self, before, children }: Node): unknown[] {
  return [name, total, self, before, ...children.map(told)];
}

test("treeOf() adds stacks up from their callers down, the largest first", () => {
  const tree = treeOf("a;b 3\na;c 5\na 2\nd 1\n", "a;b 10\ne;f 4\n");
  assert.deepEqual(told(tree), [
    "all",
    11,
    0,
    14,
    ["a", 10, 2, 10, ["c", 5, 5, 0], ["b", 3, 3, 10]],
    ["d", 1, 1, 0],
    ["e", 0, 0, 4, ["f", 0, 0, 4]],
  ]);
});

test("treeOf() leaves out lines that are no stack", () => {
  assert.deepEqual(told(treeOf("\nno value\n 4\na b;c d 2\n")), [
    "all",
    2,
    0,
    0,
    ["a b", 2, 0, 0, ["c d", 2, 2, 0]],
  ]);
});

test("totalsOf() counts a function that calls itself once", () => {
  const totals = totalsOf(treeOf("a;b;a 4\na;a 3\nb 2\n"));
  assert.deepEqual(totals.map(({ name, self, total }) => [name, self, total]), [
    ["a", 7, 7],
    ["b", 2, 6],
  ]);
});

test("nodeAt() finds what a path names, as deep as it goes", () => {
  const tree = treeOf("a;b;c 4\na;d 9\n");
  const names = (path: string) => nodeAt(tree, path).map(({ name }) => name);
  assert.deepEqual(names(""), ["all"]);
  assert.deepEqual(names("0.1.0"), ["all", "a", "b", "c"]);
  assert.deepEqual(names("0.7.0"), ["all", "a"]);
  assert.deepEqual(names("<img>"), ["all"]);
});

const stacks = fc.array(
  fc.tuple(
    fc.array(fc.constantFrom("a", "b", "c", "d e"), { minLength: 1, maxLength: 6 }),
    fc.integer({ min: 1, max: 1000 }),
  ),
  { minLength: 1, maxLength: 30 },
);

test("Of any profile, a box is as wide as its share, and stands inside its caller's", () => {
  fc.assert(fc.property(stacks, fc.nat(3), (all, at) => {
    const tree = treeOf(all.map(([names, value]) => `${names.join(";")} ${value}\n`).join(""));
    const sum = all.reduce((sum, [, value]) => sum + value, 0);
    assert.equal(tree.total, sum);
    assert.equal(totalsOf(tree).reduce((sum, { self }) => sum + self, 0), sum);
    const path = at < tree.children.length ? `${at}` : "", line = nodeAt(tree, path);
    const root = line.at(-1)!, boxes = boxesOf(line, path);
    for (const box of boxes) {
      const { node, left, width, depth, parent } = box;
      if (depth >= line.length) {
        assert.ok(Math.abs(width - node.total / root.total) < 1e-9);
        assert.ok(left >= parent!.left && left + width <= parent!.left + parent!.width + 1e-9);
      }
      assert.equal(nodeAt(tree, box.path).at(-1), node);
      assert.equal(boxAt(boxes, left + width / 2, depth), box);
    }
  }));
});
