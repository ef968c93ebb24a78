import { equal, match } from "node:assert/strict";
import { spawnSync } from "node:child_process";
import process from "node:process";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { runtime } from "../../src/core/platform.ts";
import { testEndpoints } from "./endpoints.ts";
import { testHostile } from "./hostile.ts";
import { testLife } from "./life.ts";
import { testListen } from "./listen.ts";
import { findNode } from "./node_program.ts";
import { HERE } from "./service.ts";
import { skipWhen } from "../tool.ts";

// Node is a child process either way: once is enough.
const found = runtime.name === "bun" ? "seen from Deno" : findNode();
const node = typeof found === "string" ? HERE : found;
const skip = skipWhen(typeof found === "string", String(found));
if (skip && runtime.name !== "bun" && process.env.CI === "true") throw new Error(skip);

testLife(node, "node", skip);
testListen(node, "node", skip);
testHostile(node, "node", skip);
testEndpoints(node, "node", skip);

test("the adapter's own tests pass, on node", { skip }, () => {
  const file = fileURLToPath(new URL("./node_exchange.ts", import.meta.url));
  const { status, stdout, stderr } = spawnSync(node.command, [
    ...node.args,
    "--test",
    "--test-timeout=20000",
    "--test-force-exit",
    "--test-reporter=tap",
    file,
  ], {
    encoding: "utf8",
  });
  equal(status, 0, stdout + stderr);
  match(stdout, /^# pass 11$/m);
});
