import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { rmSync } from "node:fs";
import { join } from "node:path";
import process from "node:process";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { chunks, inBundle } from "./bundle.ts";

const PROGRAM = `
  import { telltale } from ${
  JSON.stringify(fileURLToPath(new URL("../../mod.ts", import.meta.url)))
};

  const t = telltale({ service: "incomplete", log: { sinks: [] }, metrics: { cluster: true } });
  const handler = t.instrument(() => new Response("fine"));
  const told = {
    handler: await (await handler(new Request("http://localhost/"))).text(),
    fetched: await (await t.fetch("data:,fetched")).text(),
    livez: (await t.endpoints.answer("/livez", new Request("http://localhost/livez"), []))?.status,
    scrape: (await t.metrics.scrape()).status,
    faults: Object.fromEntries(t.faults.counts()),
  };
  await t.shutdown();
  console.log(JSON.stringify(told));
`;

/** The program's output, and its exit code, when parts of it are gone. */
function run(isGone: (isLoadedAtStart: boolean) => boolean): unknown[] {
  return inBundle(PROGRAM, (folder) => {
    const { texts, start } = chunks(folder);
    for (const name of texts.keys()) if (isGone(start.has(name))) rmSync(join(folder, name));
    const entry = join(folder, "entry.js");
    const args = "Bun" in globalThis ? [entry] : ["run", "-A", "--no-check", entry];
    const { status, stdout } = spawnSync(process.execPath, args, { encoding: "utf8" });
    return [status, JSON.parse(stdout)];
  });
}

test("What is loaded when needed is loaded by the first who needs it", () => {
  const told = { handler: "fine", fetched: "fetched", livez: 200, scrape: 200, faults: {} };
  assert.deepEqual(run(() => false), [0, told]);
});

test("Code that can't be loaded is a fault: the application and its requests go on", () => {
  const faults = { cluster: 1, fetch: 1, "endpoint /livez": 1, scrape: 1 };
  const told = { handler: "fine", fetched: "fetched", livez: 500, scrape: 500, faults };
  assert.deepEqual(run((isLoadedAtStart) => !isLoadedAtStart), [0, told]);
});
