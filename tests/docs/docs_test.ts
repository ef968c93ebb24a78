/** Every code block of the documents, run as a reader runs it. */
import assert from "node:assert/strict";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import process from "node:process";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { findNode } from "../serve/node_program.ts";
import { HANG_MS, skipWhen } from "../tool.ts";
import { type Block, blocks } from "./blocks.ts";
import { checkTypes, printed, served } from "./program.ts";

const ROOT = fileURLToPath(new URL("../../", import.meta.url));
const BUN = "Bun" in globalThis, HERE = BUN ? "bun" : "deno", THERE = BUN ? "deno" : "bun";
const LIMIT = { timeout: HANG_MS };
const COMMAND = [process.execPath, "run", ...(BUN ? [] : ["-A"])];
const RUN = ["ts", "js"];
/** What is looked at and not run: what programs print, files of other programs, and shells. */
const SHOWN = ["text", "sh", "yaml", "json", "diff", "promql", ""];

const DOCUMENTS: readonly string[] = [
  "README.md",
  ...readdirSync(join(ROOT, "docs")).filter((name) => name.endsWith(".md")).sort()
    .map((name) => `docs/${name}`),
];

function read(name: string): string {
  return readFileSync(join(ROOT, name), "utf8");
}

function isFor(block: Block, runtime: string): boolean {
  const { language, words } = block;
  return RUN.includes(language) && !words.includes(runtime === "node" ? HERE : "node") &&
    !words.includes(THERE) && (runtime !== "node" || words.includes("node"));
}

for (const name of DOCUMENTS) {
  const all = blocks(read(name));
  const code = all.filter(({ language, words }) =>
    RUN.includes(language) && !words.includes("node")
  );
  const plain = code.filter(({ words }) => !words.includes("serve"));
  const here = plain.filter((block) => isFor(block, HERE));
  // Both runtimes have every test, and one of them may skip it.
  if (plain.length > 0) {
    const skip = skipWhen(here.length === 0, "about the other runtime");
    test(`${name}: its blocks run, and print what it says`, { ...LIMIT, skip }, async () => {
      const texts = await printed(here, COMMAND);
      assert.equal(texts.length, here.length);
      for (const [n, { line, prints }] of here.entries()) {
        assert.equal(texts[n], (prints ?? "").trimEnd(), `line ${line}`);
      }
    });
  }
  for (const block of code.filter(({ words }) => words.includes("serve"))) {
    const skip = skipWhen(!isFor(block, HERE), "about the other runtime");
    test(
      `${name}: the service of line ${block.line} answers its commands`,
      { ...LIMIT, skip },
      async () => {
        await served(block, COMMAND);
      },
    );
  }
  for (const block of all.filter((block) => isFor(block, "node"))) {
    const node = findNode();
    const skip = skipWhen(typeof node === "string", String(node));
    test(`${name}: the service of line ${block.line} on Node`, { ...LIMIT, skip }, async () => {
      const { command, args } = node as Exclude<typeof node, string>;
      await served(block, [command, ...args]);
    });
  }
}

test("blocks are in languages that are run here, or shown on purpose", () => {
  for (const name of DOCUMENTS) {
    for (const { language, line } of blocks(read(name))) {
      assert.ok([...RUN, ...SHOWN].includes(language), `${name}:${line}: ${language}`);
    }
  }
});

test("links lead to a file, and to a heading in it", () => {
  for (const name of DOCUMENTS) {
    for (const [, link] of read(name).matchAll(/\]\((?!https?:)([^)\s]+)\)/g)) {
      const [path = "", heading] = link!.split("#");
      const target = path === "" ? name : join(dirname(name), path);
      assert.ok(existsSync(join(ROOT, target)), `${name}: ${link}`);
      if (heading === undefined) continue;
      const headings = [...read(target).matchAll(/^#+ (.*)$/gm)].map(([, text]) => slug(text!));
      assert.ok(headings.includes(heading), `${name}: ${link}: ${headings.join(", ")}`);
    }
  }
});

/** What renderers make of a heading. */
function slug(heading: string): string {
  return heading.toLowerCase().replace(/[^\p{L}\p{N}\s_-]/gu, "").trim().replaceAll(" ", "-");
}

test("README points to every document", () => {
  const readme = read("README.md"), index = read("docs/README.md");
  assert.match(readme, /\]\(docs\/README\.md\)/);
  for (const name of DOCUMENTS) {
    const file = name.slice("docs/".length);
    if (name.startsWith("docs/") && file !== "README.md") {
      assert.ok(index.includes(`](${file})`), file);
    }
  }
});

const onDeno = skipWhen(BUN, "the types are checked by Deno");
test("blocks compile under strict settings", { ...LIMIT, skip: onDeno }, async () => {
  const all = DOCUMENTS.flatMap((name) =>
    blocks(read(name)).filter(({ language, words }) => language === "ts" && !words.includes("bun"))
      .map((block) => ({ name, block }))
  );
  assert.equal(await checkTypes(all), "");
});
