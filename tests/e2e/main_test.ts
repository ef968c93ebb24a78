/** The demo's command line, run as a person runs it. */
import assert from "node:assert/strict";
import { existsSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import process from "node:process";
import { test } from "node:test";
import { HANG_MS, skipWhen } from "../tool.ts";
import { demo, runDemo, RUNTIME } from "./command.ts";
import { freePort, until } from "./wait.ts";

const LIMIT = { timeout: HANG_MS };
/** The process ids that the header names. */
function pids(output: string): number[] {
  return [...output.matchAll(/pid (\d+)$/gm)].map(([, pid]) => Number(pid));
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

/** The folder of logs and database that the header names. */
function folder(output: string): string {
  return /tail -f (\S+)\/\*\.log$/m.exec(output)![1]!;
}

test("the demo ends by itself with a summary, and leaves nothing behind", LIMIT, async () => {
  const { output, ended } = demo("--port", "0", "--runtime", RUNTIME, "--for", "3");
  assert.equal(await ended, 0, output());
  assert.match(output(), /^ {2}\d+ requests in 3\.\d s {3}\d+\.\d req\/s$/m);
  assert.match(output(), /^ {2}\d+ errors \(\d+\.\d %\) {3}p50 \d+\.\d ms {3}p99 \d+\.\d ms$/m);
  const confirmed = /^ {2}(\d+) orders confirmed, (\d+) in the database$/m.exec(output());
  assert.ok(Number(confirmed?.[1]) > 0, output());
  assert.equal(confirmed?.[1], confirmed?.[2]);
  assert.match(output(), /is slow \(300 to 800 ms\): that is the p99/, "slowness is meant");
  assert.match(
    output(),
    /for development .* Telltale itself has\s+no dependency/,
    "of what npm says",
  );
  assert.match(output(), /^ {2}orders ended with exit code 0$/m);
  assert.match(output(), /^ {2}payments ended with exit code 0$/m);
  assert.ok(!output().includes("\r") && !output().includes("\x1b"), "no terminal, no rewriting");
  assert.equal(pids(output()).length, 2);
  assert.deepEqual(pids(output()).filter(isAlive), []);
  assert.equal(existsSync(folder(output())), false);
});

test("the demo drains at Ctrl-C, even when it comes twice at once", LIMIT, async () => {
  const { send, output, ended } = demo("--port=0", `--runtime=${RUNTIME}`);
  await until("the header", () => output().includes("Ctrl-C drains"));
  send("SIGINT");
  send("SIGINT");
  assert.equal(await ended, 0, output());
  assert.match(output(), /^ {2}orders ended with exit code 0$/m);
  assert.match(output(), /^ {2}payments ended with exit code 0$/m);
  assert.deepEqual(pids(output()).filter(isAlive), []);
});

test("the demo starts payments again when it is killed", LIMIT, async () => {
  const { send, output, ended } = demo("--port=0", `--runtime=${RUNTIME}`);
  await until("the header", () => output().includes("Ctrl-C drains"));
  process.kill(pids(output())[1]!, "SIGTERM");
  await until("payments to be back", () => /^payments is back, pid/m.test(output()));
  assert.match(output(), /^payments ended with exit code 0; starting it again in 5 s$/m);
  send("SIGTERM");
  assert.equal(await ended, 0, output());
});

test("the services end when the demo itself is killed", LIMIT, async () => {
  const { send, output, ended } = demo("--port=0", `--runtime=${RUNTIME}`);
  await until("the header", () => output().includes("Ctrl-C drains"));
  send("SIGKILL");
  await ended;
  assert.equal(pids(output()).length, 2);
  await until("the services to end", () => !pids(output()).some(isAlive));
  rmSync(folder(output()), { recursive: true });
});

test("the demo says what is wrong with an option, and exits 2", LIMIT, async () => {
  const { output, ended } = demo("--prot", "9000");
  assert.equal(await ended, 2);
  assert.match(output(), /^There is no option --prot\n\nUsage: deno task demo /);
});

for (const [name, offset] of [["orders", 0], ["payments", 1]] as const) {
  test(`the demo says that the port of ${name} is in use, and exits 1`, LIMIT, async () => {
    // Its neighbours are free as well: no system gives them to others.
    const server = createServer(), port = await freePort();
    await new Promise<void>((resolve) => server.listen(port, "127.0.0.1", resolve));
    try {
      const { output, ended } = demo("--port", String(port - offset), "--runtime", RUNTIME);
      assert.equal(await ended, 1, output());
      assert.match(output(), new RegExp(`^Cannot start ${name}: port ${port} is in use$`, "m"));
      assert.match(output(), /^Choose another with --port N/m);
    } finally {
      await new Promise((closed) => server.close(closed));
    }
  });
}

test("the demo says which permissions it lacks, and exits 1", {
  ...LIMIT,
  skip: skipWhen(RUNTIME === "bun", "Bun has no permissions"),
}, async () => {
  const { output, ended } = runDemo(["run", "--quiet", "--no-prompt"], "--port=0");
  assert.equal(await ended, 1, output());
  assert.match(
    output(),
    /^The demo starts two services .* run it with deno task demo, or with -A \(Requires env access/,
  );
  assert.ok(!output().includes("    at "), output());
});
