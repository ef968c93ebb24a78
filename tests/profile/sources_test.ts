import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { SourceMap } from "../../src/profile/source/mappings.ts";
import { bun } from "../size/bundle.ts";
import { HANG_MS, skipWhen } from "../tool.ts";

const CHILD = fileURLToPath(new URL("bundled_child.ts", import.meta.url));
const isDeno = "Deno" in globalThis;
const PLACES =
  "burnOne profile/load.ts:74\nburnThree profile/load.ts:43\nkernel profile/load.ts:8\n";

const run = async (program: string, ...args: readonly string[]) =>
  (await promisify(execFile)(program, args)).stdout;

async function inFolder(use: (folder: string) => Promise<void>): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), "telltale-sources-"));
  try {
    await use(folder);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** The runtime that `deno compile` puts into programs: given, or downloaded before. */
function hasCompilerRuntime(): boolean {
  const { DENORT_BIN, DENO_DIR, XDG_CACHE_HOME, HOME = "" } = process.env;
  if (DENORT_BIN !== undefined) return existsSync(DENORT_BIN);
  const cache = DENO_DIR ?? join(XDG_CACHE_HOME ?? join(HOME, ".cache"), "deno");
  return existsSync(join(cache, "dl", "release", `v${process.versions.deno}`));
}

const flags = isDeno ? ["run", "--no-check", "--allow-sys", "--allow-read"] : [];

test(
  "The positions of a profile are those of the TypeScript source in a program that is run as it is",
  { timeout: HANG_MS },
  async () => {
    assert.equal(await run(process.execPath, ...flags, CHILD), PLACES);
  },
);

for (const kind of ["inline", "linked", "external"]) {
  test(
    `The positions of a profile are those of the TypeScript source in a bundle with its source map ${kind}`,
    { timeout: HANG_MS },
    () =>
      inFolder(async (folder) => {
        const bundled = join(folder, "bundled_child.js");
        // Bun's bundler: that of Deno inlines all modules too.
        await run(
          bun,
          "build",
          CHILD,
          "--target=node",
          `--sourcemap=${kind}`,
          `--outdir=${folder}`,
        );
        assert.equal(await run(process.execPath, ...flags, bundled), PLACES);
      }),
  );
}

test(
  "The positions of a profile are those of the TypeScript source in a program that is compiled by Bun",
  {
    timeout: HANG_MS,
    skip: skipWhen(isDeno, "about Bun's compiler"),
  },
  () =>
    inFolder(async (folder) => {
      const compiled = join(folder, "program");
      await run(bun, "build", CHILD, "--compile", "--sourcemap", `--outfile=${compiled}`);
      assert.equal(await run(compiled), PLACES);
    }),
);

test(
  "The positions of a profile are those of the TypeScript source in a program that is compiled by Deno",
  {
    timeout: HANG_MS,
    skip: skipWhen(!isDeno, "about Deno's compiler") ||
      skipWhen(isDeno && !hasCompilerRuntime(), "deno compile has no runtime here: set DENORT_BIN"),
  },
  () =>
    inFolder(async (folder) => {
      const compiled = join(folder, "program");
      const permissions = ["--allow-sys", "--allow-read"];
      await run(process.execPath, "compile", "--no-check", ...permissions, "-o", compiled, CHILD);
      assert.equal(await run(compiled), PLACES);
      // Without permission it says so, as the program that is not compiled.
      await run(process.execPath, "compile", "--no-check", "--no-prompt", "-o", compiled, CHILD);
      await assert.rejects(run(compiled), /Deno must be run with --allow-sys/);
    }),
);

test(
  "The positions of a profile are those of the TypeScript source but those of the script without permission to read it",
  {
    timeout: HANG_MS,
    skip: skipWhen(!isDeno, "about Deno's permissions"),
  },
  () =>
    inFolder(async (folder) => {
      const bundled = join(folder, "bundled_child.js");
      await run(bun, "build", CHILD, "--target=node", "--sourcemap=linked", `--outdir=${folder}`);
      const args = ["run", "--no-check", "--allow-sys", "--no-prompt", bundled];
      assert.match(await run(process.execPath, ...args), /^burnOne .*\/bundled_child\.js:\d+\n/);
    }),
);

test("SourceMap finds positions that TypeScript's compiler has written", async () => {
  const { default: ts } = await import("typescript");
  const source = "interface A {\n  b: 1;\n}\n\nexport function one(a: A) {\n" +
    "  return [\n    a.b,\n  ].map((x) =>\n    x + 1\n  );\n}\n\nconst two = (): number => {\n" +
    "  return 2;\n};\nexport default two;\n";
  const { outputText, sourceMapText } = ts.transpileModule(source, {
    fileName: "main.ts",
    compilerOptions: { sourceMap: true, target: ts.ScriptTarget.ESNext, removeComments: true },
  });
  const map = new SourceMap(sourceMapText!, "file:///app/main.js.map");
  const lines = outputText.split("\n"), origins = source.split("\n");
  const found = ["function one", "a.b", "x + 1", "two =", "return 2", "default two"].map((text) => {
    const at = lines.findIndex((line) => line.includes(text));
    const position = map.locate(at + 1, lines[at]!.indexOf(text))!;
    return [text, position.url, origins[position.line - 1]!.includes(text)];
  });
  assert.deepEqual(
    found,
    ["function one", "a.b", "x + 1", "two =", "return 2", "default two"].map((text) => [
      text,
      "file:///app/main.ts",
      true,
    ]),
  );
  // Past the end, and in a line without segments.
  assert.equal(map.locate(1000, 0), undefined);
  assert.equal(map.locate(0, 0), undefined);
});

test("SourceMap refuses what is no source map", () => {
  const cases = [
    "null",
    "{}",
    '{"version":2,"sources":[],"mappings":""}',
    '{"version":3,"sources":["a"],"mappings":"!"}',
    '{"version":3,"sources":["a"],"mappings":"g"}',
    '{"version":3,"sections":[]}',
  ];
  for (const text of cases) {
    assert.throws(() => new SourceMap(text, "file:///a.map"), { name: "SyntaxError" }, text);
  }
  // A guard line, a root, a segment without source, large numbers.
  const text = `)]}'\n${
    JSON.stringify({
      version: 3,
      sourceRoot: "/src",
      sources: ["a.ts"],
      mappings: ";A,IAAA;;oggBggDA",
    })
  }`;
  const map = new SourceMap(text, "file:///out/a.js.map");
  assert.equal(map.locate(2, 0), undefined);
  assert.deepEqual(map.locate(2, 9), { url: "file:///src/a.ts", line: 1 });
});
