import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { stripVTControlCharacters } from "node:util";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { built, lackingBuilt } from "../peers/built.ts";
import { findNode } from "../serve/node_program.ts";
import { bun } from "../size/bundle.ts";
import { HANG_MS, installed, skipWhen } from "../tool.ts";

const pathOf = (name: string) => fileURLToPath(new URL(name, import.meta.url));
const SUITE = pathOf("./runners/suite.ts");
const isDeno = "Deno" in globalThis;
const node = findNode();
const VITEST = "peers/vitest/node_modules/vitest/vitest.mjs";

/** What the failing test says. */
const FAILURE = `Line "order placed" has other fields (- expected, + actual)

- order_id: 457
+ order_id: 456`;

interface Runner {
  readonly name: string;
  readonly command: () => readonly [program: string, args: readonly string[]];
  readonly skip: string | false;
  /** How it sums up: Deno runs no test beside another of its file. */
  readonly sums: RegExp;
}

const lackingNode = skipWhen(typeof node === "string", String(node));
const RUNNERS: readonly Runner[] = [
  {
    name: "deno test",
    command: () => [isDeno ? process.execPath : "deno", ["test", "-A", "--no-check", SUITE]],
    skip: skipWhen(!isDeno && !installed("deno"), "deno not installed"),
    sums: /1 passed \| 1 failed/,
  },
  {
    name: "bun test",
    command: () => [isDeno ? bun : process.execPath, ["test", SUITE]],
    skip: false,
    sums: / 3 pass\n 1 fail/,
  },
  {
    name: "node:test",
    command: () => {
      const { command, args = [] } = node as Exclude<typeof node, string>;
      return [command, [...args, "--test", "--test-reporter=spec", SUITE]];
    },
    skip: lackingNode,
    sums: /pass 3\n[^]*fail 1\n/,
  },
  {
    name: "vitest",
    command: () => {
      const { command, args = [] } = node as Exclude<typeof node, string>;
      const config = pathOf("./runners/vitest.config.mts");
      return [command, [...args, built(VITEST), "run", "--config", config]];
    },
    skip: lackingNode || lackingBuilt(VITEST),
    sums: /Tests +1 failed \| 3 passed/,
  },
];

for (const { name, command, skip, sums } of RUNNERS) {
  test(`a suite of ${name} observes, also side by side, and shows what was there`, {
    skip,
    timeout: HANG_MS,
  }, () => {
    const cache = mkdtempSync(join(tmpdir(), "telltale-runner-"));
    try {
      const [program, args] = command();
      const { CI: _, NODE_TEST_CONTEXT: __, ...env } = process.env;
      const { status, stdout, stderr } = spawnSync(program, [...args], {
        encoding: "utf8",
        cwd: fileURLToPath(new URL("../..", import.meta.url)),
        env: { ...env, NO_COLOR: "1", VITEST_CACHE: cache },
      });
      const said = stripVTControlCharacters(`${stdout}\n${stderr}`);
      // Runners indent it.
      const plain = said.split("\n").map((line) => line.replace(/^ +/, "")).join("\n");
      assert.ok(plain.includes(FAILURE), said);
      assert.match(said, sums);
      assert.notEqual(status, 0);
    } finally {
      rmSync(cache, { recursive: true });
    }
  });
}
