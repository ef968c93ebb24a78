import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import process from "node:process";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { runtime } from "../../src/core/platform.ts";

const CHILD = fileURLToPath(new URL("./late_child.ts", import.meta.url));

const lost = (lines: number, sink: string, end = "the process was about to end") =>
  `telltale: ${lines} log lines may be lost: ${sink} had not taken all when ${end}`;
const closed = "the log was closed";

/** How it ends, the sinks, what is said on standard error, and the lines that stand there. */
const ROWS: readonly [ending: string, sinks: string[], said: string[], lines: number[]][] = [
  ["normal", ["loki"], [lost(2, "loki")], [0, 1]],
  ["normal", ["loki in time", "stream in time"], [], []],
  ["normal", ["function in time"], [], []],
  ["process.exit", ["loki"], [lost(2, "loki")], [0, 1]],
  ["process.exit", ["stream"], [lost(2, "stream")], [0, 1]],
  ["flushed, then throw", ["loki"], [lost(3, "loki")], [0, 1, 2]],
  ["flushed, then throw", ["stream"], [lost(3, "stream")], [0, 1, 2]],
  ["process.exit", ["function"], [lost(2, "function")], [0, 1]],
  ["process.exit", ["loki", "stream"], [lost(2, "loki"), lost(2, "stream")], [0, 1]],
  ["process.exit", ["loki", "stdout"], [lost(2, "loki")], []],
  ["process.exit", ["stdout"], [], []],
  ["process.exit", ["loki of warnings"], [lost(2, "loki")], [2, 3]],
  ["process.exit", ["loki", "loki of warnings"], [lost(5, "loki"), lost(2, "loki")], [
    0,
    1,
    2,
    3,
    4,
  ]],
  ["closed", ["loki"], [lost(2, "loki", closed)], [0, 1]],
  ["closed", ["stream"], [lost(2, "stream", closed)], [0, 1]],
  ["closed", ["loki", "stdout"], [lost(2, "loki", closed)], []],
];

for (const [ending, sinks, said, lines] of ROWS) {
  test(`what late sinks have not brought out is said: ${ending} with ${sinks.join(" and ")}`, () => {
    const before = runtime.name === "deno" ? ["run", "--no-prompt"] : [];
    const args = [...before, CHILD, ending, ...sinks];
    const { stdout, stderr } = spawnSync(process.execPath, args, { encoding: "utf8" });
    const found = stderr.split("\n");
    assert.deepEqual(found.filter((line) => line.startsWith("telltale: ")), said, stderr);
    const shown = found.filter((line) => line.startsWith('{"time"')).map((line) =>
      JSON.parse(line)
    );
    assert.deepEqual(shown.map(({ i }) => i), lines, stderr);
    const takes = sinks.filter((sink) => sink.endsWith("in time")).length;
    assert.equal(found.includes("taken"), takes > 0, stderr);
    assert.equal(stdout.split("\n").length - 1, sinks.includes("stdout") ? 2 : 0);
  });
}
