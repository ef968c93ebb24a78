/**
 * The package as a registry for npm has it, JavaScript and declarations, in a project of a consumer: run by Node, Deno
 * and Bun, bundled, minified, compiled to one file.
 */
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { after, test } from "node:test";
import { fileURLToPath } from "node:url";
import { findNode } from "../serve/node_program.ts";
import { HANG_MS, skipWhen } from "../tool.ts";
import { publish, SUB_PATHS } from "../types/package.ts";

const onDeno = skipWhen(!("Deno" in globalThis), "built once, on Deno");
const OPTIONS = { skip: onDeno, timeout: HANG_MS };
const BUN = fileURLToPath(new URL("../../node_modules/.bin/bun", import.meta.url));

/** What each import has; those of one runtime and of a command line are imported by nobody else. */
const IMPORTED = SUB_PATHS.filter((path) => !["./cli", "./bun", "./deno", "./node"].includes(path));

const CONSUMER = `
${
  IMPORTED.map((path, i) => `import * as part${i} from "@telltale/telltale${path.slice(1)}";`).join(
    "\n",
  )
}
const empty = [${IMPORTED.map((path, i) => `["${path}", part${i}]`).join(", ")}]
  .filter(([, part]) => Object.keys(part).length === 0);
const { setRoute, telltale } = part0;
const t = telltale({ service: "orders", log: { sinks: [] } });
const handler = t.instrument((request) => {
  setRoute(request, "/orders");
  t.log.info("placed", { password: "hunter2" });
  return Response.json(t.flags.define({ fast: { default: true } }).boolean("fast"), { status: 201 });
});
const response = await handler(new Request("http://localhost/orders", { method: "POST" }));
const page = await (await t.metrics.scrape()).text();
const why = await t.ask("route:/orders by status");
const line = [...t.log.ring].find(({ message }) => message === "placed");
console.log(JSON.stringify({
  empty: empty.map(([path]) => path),
  status: response.status,
  counted: /^http_requests_total\\{.*\\} 1$/m.test(page),
  groups: why.groups.length,
  password: line.fields.password,
  traced: line.traceId === response.headers.get("x-request-id"),
}));
await t.shutdown();
`;
const EXPECTED = {
  empty: [],
  status: 201,
  counted: true,
  groups: 1,
  password: "[REDACTED]",
  traced: true,
};

const folder = mkdtempSync(join(tmpdir(), "telltale-package-"));
after(() => rmSync(folder, { recursive: true }));
let isPublished = false;

/** What a command prints in the consumer's project. */
function printed(command: string, ...args: readonly string[]): unknown {
  if (!isPublished) {
    publish(folder);
    writeFileSync(join(folder, "package.json"), `{ "name": "consumer", "type": "module" }`);
    writeFileSync(join(folder, "main.js"), CONSUMER);
  }
  isPublished = true;
  const env = { ...process.env, NO_COLOR: "1" };
  return execFileSync(command, [...args], { cwd: folder, encoding: "utf8", env });
}

function answer(text: unknown): unknown {
  return JSON.parse(String(text).trim().split("\n").at(-1)!);
}

test("the package runs on Deno from node_modules", OPTIONS, () => {
  assert.deepEqual(answer(printed(process.execPath, "run", "--allow-env", "main.js")), EXPECTED);
});

test("the package runs on Bun from node_modules", OPTIONS, () => {
  assert.deepEqual(answer(printed(BUN, "run", "main.js")), EXPECTED);
});

const node = findNode();
test("the package runs on Node from node_modules", {
  ...OPTIONS,
  skip: onDeno || skipWhen(typeof node === "string", String(node)),
}, () => {
  const { command } = node as Exclude<typeof node, string>;
  assert.deepEqual(answer(printed(command, "main.js")), EXPECTED);
});

test("Bun's bundler minifies it to something that runs", OPTIONS, () => {
  printed(BUN, "build", "--minify", "--target=bun", "--outdir=bundled", "main.js");
  assert.deepEqual(answer(printed(BUN, "run", "bundled/main.js")), EXPECTED);
});

test("bun build --compile makes one file that runs", OPTIONS, () => {
  printed(BUN, "build", "--compile", "--minify", "--outfile=compiled", "main.js");
  assert.deepEqual(answer(printed(join(folder, "compiled"))), EXPECTED);
});
