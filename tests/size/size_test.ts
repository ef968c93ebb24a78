import assert from "node:assert/strict";
import { test } from "node:test";
import { bundle, CASES } from "./bundle.ts";

test("The root loads at its start what async context needs, and no other module of the runtime", () => {
  const root = CASES.find(({ name }) => name === ". (telltale)")!;
  // On Deno `node:process` and `node:fs` alone would cost as much as all the rest.
  assert.deepEqual(bundle(root.source).builtIns, ["node:async_hooks", "node:buffer"]);
});

for (const { name, source, budgetKb } of CASES) {
  test(`${name} stays within ${budgetKb} KB, minified and gzipped`, () => {
    const kb = bundle(source).startBytes / 1024;
    assert.ok(kb > 0.5, "nothing was bundled");
    assert.ok(
      kb <= budgetKb,
      `${kb.toFixed(1)} KB: raise the budget knowingly, or load it when needed`,
    );
  });
}
