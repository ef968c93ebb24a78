import assert from "node:assert/strict";
import { spawn, spawnSync } from "node:child_process";
import process from "node:process";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { runtime } from "../../src/core/platform.ts";
import { skipWhen } from "../tool.ts";

const CHILD = fileURLToPath(new URL("./exit_child.ts", import.meta.url));

const SIGNALLED = fileURLToPath(new URL("./signal_child.ts", import.meta.url));

/** Denied by name: Deno hands its permissions on to a child that it sees is Deno itself. */
const DENIED = ["env", "read", "write", "net", "run", "sys", "ffi"].map((name) => `--deny-${name}`);

interface Ended {
  readonly code: number | null;
  readonly endedBy: string | null;
  readonly lines: string[];
  readonly stderr: string;
}

/** How a child is run, and what is done to it. */
interface Handling {
  /** Leaves after its first output. */
  readonly leave?: boolean;
  /** Sent when it says that it is ready. */
  readonly signal?: NodeJS.Signals;
  /** Deno's permissions; none unless given. */
  readonly permissions?: readonly string[];
}

/** Runs the child on this runtime. */
function runChild(args: readonly string[], handling: Handling = {}, file = CHILD) {
  const { leave = false, signal, permissions = DENIED } = handling;
  const before = runtime.name === "deno" ? ["run", ...permissions] : [];
  const child = spawn(process.execPath, [...before, file, ...args], {
    stdio: ["ignore", "pipe", "pipe"],
    env: { ...process.env, NO_COLOR: "1" },
  });
  let stdout = "", stderr = "";
  child.stdout.on("data", (chunk) => {
    stdout += chunk;
    if (leave) child.stdout.destroy();
  });
  child.stderr.on("data", (chunk) => {
    stderr += chunk;
    // Not `child.kill`: Deno then says that the signal ended the child, whatever did.
    if (signal !== undefined && String(chunk).includes("ready")) process.kill(child.pid!, signal);
  });
  return new Promise<Ended>((resolve, reject) => {
    child.on("error", reject);
    child.on("close", (code, endedBy) => {
      const lines = stdout.split("\n");
      if (!leave) assert.equal(lines.pop(), "", "the last line is whole");
      resolve({ code, endedBy, lines, stderr });
    });
  });
}

function numbers(lines: readonly string[]): (number | string)[] {
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

for (const [ending, code, denoOnly] of ROWS.filter(([, , , twice]) => !twice)) {
  const skip = denoOnly && runtime.name !== "deno";
  test(`a sink with only \`write\` gets all at the end: ${ending}`, { skip }, async () => {
    const ended = await runChild([ending, "20", "write only"]);
    assert.deepEqual(numbers(ended.lines), Array.from({ length: 20 }, (_, i) => i), ended.stderr);
    assert.equal(ended.code, code, ended.stderr);
  });
}

test("a sink with only `write` gets all at the end: SIGTERM", async () => {
  const args = ["signal", "20", "write only"];
  const ended = await runChild(args, { signal: "SIGTERM", permissions: ["--allow-run"] });
  assert.deepEqual(numbers(ended.lines), Array.from({ length: 20 }, (_, i) => i), ended.stderr);
  assert.deepEqual([ended.endedBy, ended.code], ["SIGTERM", null]);
});

// They are registered after the logger, so they run after its last words.
for (
  const [ending, code, denoOnly] of [
    ["handler of exit", 0, false],
    ["handler of unload", 0, true],
    ["handler of error", 1, true],
    ["handler of unhandledrejection", 1, true],
    ["monitor", 1, false],
    ["handler that goes on", 0, false],
  ] as const
) {
  const skip = denoOnly && runtime.name !== "deno";
  test(`the application's last line survives the end: ${ending}`, { skip }, async () => {
    const ended = await runChild([ending, "3"]);
    assert.deepEqual(numbers(ended.lines), [0, 1, 2, 3], ended.stderr);
    assert.equal(ended.code, code, ended.stderr);
  });
}

test("lines survive the end: more than a pipe holds", async () => {
  const ended = await runChild(["process.exit", "20000"]);
  assert.deepEqual(numbers(ended.lines), Array.from({ length: 20_000 }, (_, i) => i));
  assert.equal(ended.code, 3);
});

/** Runs its arguments with a pipe for output that refuses when it is full, and reads it slowly. */
const SLOW_READER = `
import os, subprocess, sys, time
r, w = os.pipe()
os.set_blocking(w, False)
child = subprocess.Popen(sys.argv[1:], stdout=w)
os.close(w)
while True:
    data = os.read(r, 20000)
    if not data: break
    sys.stdout.buffer.write(data)
    time.sleep(0.002)
sys.exit(child.wait())
`;

for (const ending of ["process.exit", "throw later"]) {
  const python = spawnSync("python3", ["--version"]).status === 0;
  test(`lines come once each through a pipe that refuses when it is full: ${ending}`, {
    skip: skipWhen(!python && process.env.CI !== "true", "python3 not installed"),
  }, () => {
    const before = runtime.name === "deno" ? ["run", "-A"] : [];
    const args = ["-c", SLOW_READER, process.execPath, ...before, CHILD, ending, "20000"];
    const { stdout } = spawnSync("python3", args, { encoding: "utf8", maxBuffer: 1 << 26 });
    const lines = stdout.split("\n");
    assert.equal(lines.pop(), "");
    assert.deepEqual(numbers(lines), Array.from({ length: 20_000 }, (_, i) => i));
  });
}

test("a broken pipe ends the output quietly, and not the process", async () => {
  const ended = await runChild(["broken pipe"], { leave: true });
  assert.equal(ended.stderr.trim(), "survived");
  assert.equal(ended.code, 0);
});

for (const signal of ["SIGTERM", "SIGINT"] as const) {
  test(`lines survive the end: ${signal}, which ends the process as it would have`, async () => {
    const ended = await runChild(["signal", "20"], { signal, permissions: ["--allow-run"] });
    assert.deepEqual(numbers(ended.lines), Array.from({ length: 20 }, (_, i) => i), ended.stderr);
    assert.deepEqual([ended.endedBy, ended.code], [signal, null]);
  });
}

test("lines survive the end: SIGTERM without the permission to send one", {
  skip: skipWhen(runtime.name !== "deno", "only Deno has permissions"),
}, async () => {
  const ended = await runChild(["signal", "20"], { signal: "SIGTERM" });
  assert.deepEqual(numbers(ended.lines), Array.from({ length: 20 }, (_, i) => i), ended.stderr);
  assert.equal(ended.code, 143);
});

for (const when of ["before", "after"]) {
  test(`SIGTERM is the application's where it listened ${when} the logger was made`, async () => {
    const ended = await runChild([`signal, own listener ${when}`, "20"], { signal: "SIGTERM" });
    // Ours has made way by then, where it was there at all.
    assert.match(ended.stderr, /own listener, 1 in all/);
    assert.equal(ended.code, 7);
    assert.deepEqual(numbers(ended.lines), Array.from({ length: 20 }, (_, i) => i));
  });
}

for (const ending of ["throw", "rejection"]) {
  test(`lines of open requests are written at the end: ${ending}`, async () => {
    const ended = await runChild([`flight, ${ending}`, "1"]);
    assert.equal(ended.code, 1, ended.stderr);
    assert.deepEqual(numbers(ended.lines), [0, "open", "open too"]);
  });
}

for (const api of ["Deno", "Deno, once", "process", "process, once"]) {
  for (const when of ["before", "after", "late"]) {
    for (const permissions of [["-A"], DENIED]) {
      const rights = permissions[0] === "-A" ? "all rights" : "no rights";
      test(`an application's drain at SIGTERM is its own: by ${api}, ${when}, ${rights}`, {
        skip: skipWhen(
          runtime.name !== "deno" && (api.startsWith("Deno") || permissions[0] !== "-A"),
          "only Deno has this interface, and permissions",
        ),
      }, async () => {
        const ended = await runChild([api, when], { signal: "SIGTERM", permissions }, SIGNALLED);
        assert.deepEqual([ended.code, ended.endedBy], [0, null], ended.stderr);
        const lines = ended.lines.map((line) => JSON.parse(line));
        assert.deepEqual(lines.filter(({ msg }) => msg === "draining").length, 1);
        const { msg, heard } = lines.at(-1)!;
        assert.deepEqual([msg, heard], ["drained", 1]);
      });
    }
  }
}

test("an application's drain at SIGTERM is its own: beside a logger in a worker", async () => {
  const child = fileURLToPath(new URL("./worker_child.ts", import.meta.url));
  const ended = await runChild([], { signal: "SIGTERM", permissions: ["-A"] }, child);
  assert.deepEqual([ended.code, ended.endedBy], [0, null], ended.stderr);
  assert.deepEqual(ended.lines.map((line) => JSON.parse(line)), [{ msg: "drained", heard: 1 }]);
});

for (const made of ["a Logger", "a Telltale"]) {
  test(`Deno says that a program hangs, beside ${made} too`, {
    skip: skipWhen(runtime.name !== "deno", "only Deno looks for it"),
  }, () => {
    const program = `
      import { Logger, telltale } from ${JSON.stringify(new URL("../../mod.ts", import.meta.url))};
      const log = ${made === "a Logger" ? "new Logger()" : "telltale().log"};
      log.info("starts");
      await new Promise(() => {});
    `;
    const { status, stdout, stderr } = spawnSync(process.execPath, ["run", "-"], {
      input: program,
      encoding: "utf8",
    });
    assert.match(stderr, /promise never resolved/i);
    assert.equal(JSON.parse(stdout).msg, "starts");
    assert.equal(status, 1);
  });
}
