import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import process from "node:process";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { runtime } from "../../src/core/platform.ts";
import { lacking, skipWhen } from "../tool.ts";

const path = (name: string) => fileURLToPath(new URL(name, import.meta.url));
const DENIED = ["env", "read", "write", "net", "run", "sys", "ffi"].map((name) => `--deny-${name}`);
const isDeno = runtime.name === "deno";
/** What Deno is run with: it may say whether the pipe refuses, or may not be asked. Bun has no such. */
const COMMANDS: readonly (readonly string[])[] = [
  ["run", "-A"],
  ["run", ...DENIED],
  ["run", "--allow-read", "--deny-sys"],
];

for (const [i, permissions] of COMMANDS.entries()) {
  const command = isDeno ? permissions : [];
  const title =
    `stdoutWriter() writes each line once into a full pipe that refuses: ${permissions}`;
  test(title, {
    skip: skipWhen(!isDeno && i > 0, "only Deno has permissions") || lacking("python3"),
  }, async () => {
    const child = [process.execPath, ...command, path("./writer_child.ts")];
    const text = await new Promise<string>((resolve, reject) => {
      const options = { maxBuffer: 2 ** 26 };
      execFile("python3", [path("./full_pipe.py"), ...child], options, (error, stdout) => {
        if (error) reject(error);
        else resolve(stdout);
      });
    });
    const expected = Array.from(
      { length: 4000 },
      (_, i) => `${i} ${"x".repeat(i % 50 === 7 ? 6000 : 90)}\n`,
    );
    assert.equal(text.length, expected.join("").length);
    assert.equal(text, expected.join(""));
  });
}
