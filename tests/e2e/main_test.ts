/** The demo's command line, run as a person runs it. */
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { existsSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import process from "node:process";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { until } from "./wait.ts";
import { HANG_MS } from "../tool.ts";

const LIMIT = { timeout: HANG_MS };
const MAIN = fileURLToPath(new URL("../../examples/demo/main.ts", import.meta.url));
/** Deno may be missing where Bun runs the tests. */
const RUNTIME = "Bun" in globalThis ? "bun" : "deno";

interface Demo {
  readonly send: (signal: "SIGINT" | "SIGTERM" | "SIGKILL") => void;
  readonly output: () => string;
  readonly ended: Promise<number | null>;
}

function demo(...args: string[]): Demo {
  const prefix = RUNTIME === "bun" ? ["run"] : ["run", "-A", "--quiet"];
  const child = spawn(process.execPath, [...prefix, MAIN, ...args], {
    stdio: ["ignore", "pipe", "pipe"],
  });
  let output = "";
  child.stdout!.setEncoding("utf8").on("data", (text) => output += text);
  child.stderr!.setEncoding("utf8").on("data", (text) => output += text);
  const ended = new Promise<number | null>((resolve) => child.once("close", resolve));
  // Not `child.kill`: Deno then reports that signal as the end, whatever the exit code was.
  return { send: (signal) => process.kill(child.pid!, signal), output: () => output, ended };
}

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

test("the demo says that a port is in use, and exits 1", LIMIT, async () => {
  const server = createServer();
  const port = await new Promise<number>((resolve) => {
    server.listen(0, "127.0.0.1", () => resolve((server.address() as { port: number }).port));
  });
  try {
    const { output, ended } = demo("--port", String(port - 1), "--runtime", RUNTIME);
    assert.equal(await ended, 1, output());
    assert.match(output(), new RegExp(`^Cannot start payments: port ${port} is in use$`, "m"));
    assert.match(output(), /^Choose another with --port N/m);
  } finally {
    await new Promise((closed) => server.close(closed));
  }
});
