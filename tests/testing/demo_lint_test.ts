import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import process from "node:process";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { HANG_MS } from "../tool.ts";

test("lint() finds nothing wrong with the demo", { timeout: HANG_MS }, () => {
  const child = fileURLToPath(new URL("./demo_child.ts", import.meta.url));
  const args = "Deno" in globalThis ? ["run", "-A", "--no-check", child] : [child];
  const { stderr } = spawnSync(process.execPath, args, { encoding: "utf8", maxBuffer: 1 << 26 });
  const { found, seen } = JSON.parse(stderr.trim().split("\n").at(-1)!);
  assert.deepEqual(found, { orders: [], payments: [] });
  for (const [spans, lines] of seen) assert.ok(spans >= 50 && lines >= 75, `${spans}, ${lines}`);
});
