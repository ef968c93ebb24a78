import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import process from "node:process";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { runtime } from "../../src/core/platform.ts";

const CHILD = fileURLToPath(new URL("./exit_child.ts", import.meta.url));

interface Ended {
  readonly code: number | null;
  readonly lines: string[];
  readonly stderr: string;
}

/** Runs the child on this runtime, without any permission; leaves after its first output if told to. */
function runChild(args: readonly string[], env: Record<string, string> = {}, leave = false) {
  const before = runtime.name === "deno" ? ["run", "--no-prompt"] : [];
  // By way of env: Deno adds all permissions to a child that it sees is Deno itself.
  const child = spawn("env", [process.execPath, ...before, CHILD, ...args], {
    stdio: ["ignore", "pipe", "pipe"],
    env: { ...process.env, NO_COLOR: "1", ...env },
  });
  let stdout = "", stderr = "";
  child.stdout.on("data", (chunk) => {
    stdout += chunk;
    if (leave) child.stdout.destroy();
  });
  child.stderr.on("data", (chunk) => stderr += chunk);
  return new Promise<Ended>((resolve, reject) => {
    child.on("error", reject);
    child.on("close", (code) => {
      const lines = stdout.split("\n");
      if (!leave) assert.equal(lines.pop(), "", "the last line is whole");
      resolve({ code, lines, stderr });
    });
  });
}

function numbers(lines: readonly string[]): number[] {
  return lines.map((line) => JSON.parse(line).i);
}

const ROWS: readonly [ending: string, code: number, deno: boolean, twice: boolean][] = [
  ["normal", 0, false, false],
  ["process.exit", 3, false, false],
  ["Deno.exit", 4, true, false],
  ["throw", 1, false, false],
  ["throw later", 1, false, false],
  ["rejection", 1, false, false],
  ["exit while writing", 5, false, true],
  ["throw while writing", 1, false, true],
];

for (const [ending, code, denoOnly, twice] of ROWS) {
  const skip = denoOnly && runtime.name !== "deno";
  test(`lines survive the end: ${ending}`, { skip }, async () => {
    const ended = await runChild([ending, "20"]);
    const expected = Array.from({ length: twice ? 40 : 20 }, (_, i) => i);
    assert.deepEqual(numbers(ended.lines), expected, ended.stderr);
    assert.equal(ended.code, code, ended.stderr);
  });
}

test("lines survive the end: more than a pipe holds", async () => {
  const ended = await runChild(["process.exit", "20000"]);
  assert.deepEqual(numbers(ended.lines), Array.from({ length: 20_000 }, (_, i) => i));
  assert.equal(ended.code, 3);
});

test("a broken pipe ends the output quietly, and not the process", async () => {
  const ended = await runChild(["broken pipe"], {}, true);
  assert.equal(ended.stderr.trim(), "survived");
  assert.equal(ended.code, 0);
});
