import { equal, ok } from "node:assert/strict";
import { execFile } from "node:child_process";
import process from "node:process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { test } from "node:test";
import { runtime } from "../../src/core/platform.ts";
import { HANG_MS, skipWhen } from "../tool.ts";

const child = fileURLToPath(new URL("./leak_child.ts", import.meta.url));
const args = runtime.name === "bun"
  ? [child]
  : ["run", "-A", "--no-check", "--v8-flags=--expose-gc", child];

test("a million requests do not grow the heap, and none loses its context", {
  skip: skipWhen(runtime.name === "node", "its child runs on Deno and Bun"),
  timeout: HANG_MS,
}, async () => {
  const { stdout } = await promisify(execFile)(process.execPath, args);
  const { heap, lost, started, finished } = JSON.parse(stdout);
  equal(lost, 0);
  equal(started, 3_000_000);
  equal(finished, started);
  // The first reading is before any work, the second when code is compiled and the ring is full.
  const [, warm, ...later] = heap as number[];
  for (const bytes of later) ok(bytes - warm! < 2_000_000, `heap grew: ${heap.join(", ")}`);
});
