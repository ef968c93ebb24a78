import { test } from "node:test";
import { ok } from "node:assert/strict";
import { spawnSync } from "node:child_process";
import process from "node:process";

const before = "Deno" in globalThis ? ["run", "-A", "--v8-flags=--expose-gc"] : [];
const FILE = new URL("../../bench/log/record_bytes.ts", import.meta.url).pathname;

test("sizeBytes says what a record occupies in the heap, whatever its shape", () => {
  const { stdout, stderr } = spawnSync(process.execPath, [...before, FILE, "8192"], {
    encoding: "utf8",
  });
  const lines = stdout.trimEnd().split("\n").slice(1);
  ok(lines.length >= 9, stderr);
  for (const line of lines) {
    const [really, says] = line.slice(30).trim().split(/\s+/).map(Number);
    // An object has a tenth less on JavaScriptCore, a message alone a third.
    ok(says! > 0.8 * really! && says! < 1.5 * really!, line);
  }
});
