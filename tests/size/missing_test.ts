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
  const status = async (path, headers) =>
    (await t.endpoints.answer(path, new Request("http://localhost" + path, { headers }), []))?.status;
  const told = {
    handler: await (await handler(new Request("http://localhost/"))).text(),
    fetched: await (await t.fetch("data:,fetched")).text(),
    livez: await status("/livez"),
    health: await status("/health"),
    draft: await status("/health", { accept: "application/health+json" }),
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

test("Code that is loaded lazily is loaded at its first use", () => {
  const statuses = { livez: 200, health: 200, draft: 200, scrape: 200 };
  const told = { handler: "fine", fetched: "fetched", ...statuses, faults: {} };
  assert.deepEqual(run(() => false), [0, told]);
});

test("Code that can't be loaded counts as a fault: the application, its requests and probes go on", () => {
  const faults = { cluster: 1, "endpoint /health": 1, scrape: 1 };
  const statuses = { livez: 200, health: 200, draft: 500, scrape: 500 };
  const told = { handler: "fine", fetched: "fetched", ...statuses, faults };
  assert.deepEqual(run((isLoadedAtStart) => !isLoadedAtStart), [0, told]);
});
