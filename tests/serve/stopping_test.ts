import { test } from "node:test";
import { deepEqual, match } from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import process from "node:process";
import { fileURLToPath } from "node:url";
import { skipWhen } from "../tool.ts";
import { ADAPTERS } from "./here.ts";
import { findNode } from "./node_program.ts";
import { HERE, type Program } from "./service.ts";

const CHILD = fileURLToPath(new URL("./stopping_child.ts", import.meta.url));
const env = { ...process.env, KUBERNETES_SERVICE_HOST: "" };

async function drains({ command, args }: Program, adapter: string): Promise<void> {
  const child = spawn(command, [...args, CHILD, adapter], {
    env,
    stdio: ["ignore", "pipe", "ignore"],
  });
  const closed = once(child, "close");
  let output = "", answer: Promise<string> | undefined;
  child.stdout!.setEncoding("utf8").on("data", (text: string) => {
    output += text;
    const port = /^listening (\d+)\n/.exec(output)?.[1];
    if (port === undefined) return;
    answer ??= fetch(`http://127.0.0.1:${port}/`).then((response) => response.text());
    answer.catch(() => {});
  });
  deepEqual([await closed, await answer?.catch(() => "cut")], [[0, null], "finished"]);
  match(output, /\ntold 4\n$/);
}

for (const name of ADAPTERS) {
  test(`a drain goes on when listeners of stopping throw, with ${name}`, () => drains(HERE, name));
}

const node = findNode();
test("a drain goes on when listeners of stopping throw, on node", {
  skip: typeof node === "string" && skipWhen(true, node),
}, () => drains(node as Program, "node"));
