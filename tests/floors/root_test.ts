import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import process from "node:process";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import * as root from "../../mod.ts";
import { HANG_MS, skipWhen } from "../tool.ts";

interface Documented {
  readonly name: string;
  readonly kind?: string;
  readonly declarations?: readonly { readonly kind: string }[];
}

/** `class` begins their source, on both runtimes. */
function isClass(value: unknown): boolean {
  return /^class\b/.test(Function.prototype.toString.call(value));
}

test("The root has telltale(), what a handler calls, and classes, and no other value", () => {
  const others = Object.entries(root).filter(([, value]) => !isClass(value)).map(([name]) => name);
  const expected = ["current", "instrument", "run", "setError", "setRoute", "telltale"];
  assert.deepEqual(others.sort(), expected);
});

test("What the root's documentation shows as a value can be imported from it", {
  skip: skipWhen(!("Deno" in globalThis), "deno doc is Deno's"),
  timeout: HANG_MS,
}, () => {
  const path = fileURLToPath(new URL("../../mod.ts", import.meta.url));
  const { stdout } = spawnSync(process.execPath, ["doc", "--json", path], {
    encoding: "utf8",
    maxBuffer: 1 << 28,
  });
  const nodes: object = JSON.parse(stdout).nodes;
  const symbols = Object.values(nodes).flatMap((node: { symbols?: Documented[] } & Documented) =>
    node.symbols ?? [node]
  );
  const isValue = ({ kind, declarations = [] }: Documented) =>
    [kind, ...declarations.map((one) => one.kind)].some((one) =>
      one === "class" || one === "function" || one === "variable"
    );
  const values = symbols.filter(isValue).map(({ name }) => name);
  assert.ok(values.includes("telltale") && values.includes("Counter"), values.join());
  assert.deepEqual(values.filter((name) => !Object.hasOwn(root, name)), []);
});
