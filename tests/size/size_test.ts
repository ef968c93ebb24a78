import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import process from "node:process";
import { test } from "node:test";
import { bundle, CASES, chunks, inBundle } from "./bundle.ts";
import { skipWhen } from "../tool.ts";

test("The root loads no module of the runtime at its start but those of async context", () => {
  const root = CASES.find(({ name }) => name === ". (telltale)")!;
  // On Deno `node:process` and `node:fs` alone would cost as much as all the rest.
  assert.deepEqual(bundle(root.source).builtIns, ["node:async_hooks", "node:buffer"]);
});

test("The root loads no encoder at its start but its default's", () => {
  const root = CASES.find(({ name }) => name === ". (telltale)")!;
  const text = inBundle(root.source, (folder) => {
    const { texts, start } = chunks(folder);
    return [...start].map((name) => texts.get(name)).join("");
  });
  const marks = {
    json: "request_id",
    ecs: "ecs.version",
    gelf: "_level_name",
    openmetrics: "# EOF",
  };
  const found = Object.entries(marks).filter(([, mark]) => text.includes(mark));
  assert.deepEqual(found.map(([format]) => format), ["json"]);
});

test("Loading the root does not make Deno set up its Node compatibility", {
  skip: skipWhen(!("Deno" in globalThis), "about Deno's start"),
}, () => {
  const program = `
    const root = ${JSON.stringify(new URL("../../mod.ts", import.meta.url).href)};
    Object.defineProperty(globalThis, "process", { get: () => { throw new Error("touched"); } });
    const { telltale } = await import(root);
    const t = telltale({ service: "size" });
    t.metrics.counter("jobs_total", "Jobs").inc();
    t.tracer.span("job", () => t.log.info("done"));
    console.error("untouched");
    Deno.exit(0);
  `;
  const args = ["eval", "--no-check", program];
  const { stderr } = spawnSync(process.execPath, args, { encoding: "utf8" });
  // At the end it may touch it, to write the lines.
  assert.equal(stderr.split("\n")[0], "untouched");
});

for (const { name, source, budgetKb } of CASES) {
  test(`${name} stays within ${budgetKb} KB, minified and gzipped`, () => {
    const kb = bundle(source).startBytes / 1024;
    assert.ok(kb > 0.5, "nothing was bundled");
    assert.ok(
      kb <= budgetKb,
      `${kb.toFixed(1)} KB: raise the budget knowingly, or load it when needed`,
    );
  });
}
