import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { test } from "node:test";
import { breaches, FLOORS, type SourceFile } from "./breaches.ts";
import { circles } from "./circles.ts";
import { flows, gaps, MOST } from "./flows.ts";
import { imports } from "./imports.ts";
import { crowded, MAX_FILES, ROOMS, roomTable } from "./rooms.ts";

const ROOT = new URL("../../", import.meta.url);

function house(): SourceFile[] {
  const under = readdirSync(new URL("src/", ROOT), { recursive: true, encoding: "utf8" });
  return ["mod.ts", ...under.map((name) => `src/${name.replaceAll("\\", "/")}`)]
    .filter((path) => path.endsWith(".ts"))
    .map((path) => ({ path, source: readFileSync(new URL(path, ROOT), "utf8") }));
}

test("the house keeps its floors", () => {
  const files = house();
  assert.ok(files.length > 8, "the walk found no house");
  assert.deepEqual(breaches(files), []);
});

test("no room has too many files, and none of the table is empty", () => {
  const paths = house().map((file) => file.path);
  assert.deepEqual(crowded(paths), []);
  const empty = Object.entries(ROOMS).flatMap(([folder, rooms]) =>
    rooms.map((room) =>
      `src/${folder === "src" ? "" : `${folder}/`}${room === "." ? "" : `${room}/`}`
    )
  ).filter((room) => !paths.some((path) => path.startsWith(room)));
  assert.deepEqual(empty, []);
});

test("crowded() counts the files of a room without those of the rooms inside it", () => {
  const paths = Array.from({ length: MAX_FILES + 1 }, (_, i) => `src/log/sink/a${i}.ts`);
  assert.deepEqual(crowded([...paths, "src/log/logger.ts"]), [`log/sink: ${MAX_FILES + 1}`]);
  assert.deepEqual(crowded([...paths.slice(1), "src/log/logger.ts"]), []);
});

test("every folder of the floor table exists, and CONTRIBUTING shows the table", () => {
  const paths = house().map(({ path }) => path);
  const folders = FLOORS.flatMap((row) =>
    row.folders.map((name) => name === "src" ? name : `src/${name}`)
  );
  const missing = folders.filter((name) => !paths.some((path) => path.startsWith(`${name}/`)));
  assert.deepEqual(missing, []);
  const text = readFileSync(new URL("CONTRIBUTING.md", ROOT), "utf8");
  const shown = FLOORS.filter(({ folders }) => !folders.includes("src"))
    .map(({ folders, floor }) => new RegExp(`^\\| ${floor} +\\| ${folders.join(", ")} +\\|`, "m"));
  assert.deepEqual(shown.filter((row) => !row.test(text)), []);
});

test("CONTRIBUTING shows the table of rooms", () => {
  const text = readFileSync(new URL("CONTRIBUTING.md", ROOT), "utf8");
  const lines = new Set(text.split("\n").map((line) => line.trim()));
  assert.deepEqual(roomTable().filter((line) => !lines.has(line)), []);
});

test("CONTRIBUTING shows flows of few files, each imported by another of its list", () => {
  const sources = new Map(house().map(({ path, source }) => [path, source]));
  const shown = flows(readFileSync(new URL("CONTRIBUTING.md", ROOT), "utf8"));
  assert.deepEqual([...shown.keys()], Object.keys(MOST));
  for (const [name, steps] of shown) {
    assert.ok(steps.length > 5 && steps.length <= MOST[name]!, `${name}: ${steps.length} files`);
    assert.deepEqual(
      gaps(steps, sources),
      [],
      `${name}: CONTRIBUTING.md shows files that none of the list imports`,
    );
  }
});

test("gaps() finds files that no listed file imports, and files that do not exist", () => {
  const sources = new Map(Object.entries({
    "src/telltale.ts": `import { a } from "./log/a.ts";`,
    "src/log/a.ts": `import type { B } from "./b.ts"; const c = import("../core/c.ts");`,
    "src/log/b.ts": `import { maker } from "./maker.ts";`,
    "src/log/maker.ts": `import { made } from "./made.ts";`,
    "src/log/made.ts": ``,
    "src/core/c.ts": ``,
    "src/core/d.ts": ``,
  }));
  const found = (lines: string) => gaps(flows(`## A span\n\n${lines}`).get("A span")!, sources);
  const a = "    src/log/a.ts  begins\n", b = "    src/log/b.ts\n", c = "    src/core/c.ts\n";
  const made = "    src/log/made.ts  (made by src/log/maker.ts)\n";
  assert.deepEqual(found(a + b + c + made), []);
  assert.deepEqual(found(a + made + c + b), [], "the order is that of run time");
  assert.deepEqual(found(a + c + made), ["src/log/made.ts"]);
  assert.deepEqual(found(c + b + made), ["src/log/b.ts", "src/log/made.ts"]);
  assert.deepEqual(found(a + "    src/core/d.ts\n    src/core/e.ts\n"), [
    "src/core/d.ts",
    "src/core/e.ts",
  ]);
});

test("no files of the house import each other in a circle", () => {
  assert.deepEqual(circles(house()), []);
});

test("every entry point of the exports map is a file of the house", () => {
  const config = JSON.parse(readFileSync(new URL("deno.json", ROOT), "utf8"));
  const paths = new Set(house().map((file) => file.path));
  const entries = Object.values<string>(config.exports).map((path) => path.replace("./", ""));
  assert.deepEqual(entries.filter((path) => !paths.has(path)), []);
});

/** A house without a breach, into which each test puts one. */
const SOUND: Record<string, string> = {
  "mod.ts":
    `/** The roof. @module */\nexport { telltale } from "./src/telltale.ts";\nexport * from "./src/metrics/mod.ts";`,
  "src/core/ring.ts": `import process from "node:process";\nexport class Ring {}`,
  "src/core/platform.ts": `export const deno = (globalThis as { Deno?: object }).Deno;`,
  "src/metrics/mod.ts":
    `export * from "./instrument/counter.ts";\nexport type { A, B } from "./data/family.ts";`,
  "src/metrics/instrument/counter.ts":
    `import { Ring } from "../../core/ring.ts";\nimport type { A } from "../data/family.ts";`,
  "src/metrics/data/family.ts":
    `export interface A { enum: number; using?: string; Denomination: 1 }`,
  "src/log/logger.ts": `import type { Ring } from "../core/ring.ts";`,
  "src/http/server/instrument.ts": `import { Counter } from "../../metrics/instrument/counter.ts";`,
  "src/export/push/gateway.ts": `import { Counter } from "../../metrics/instrument/counter.ts";`,
  "src/telltale.ts":
    `import { a } from "./http/server/instrument.ts";\nimport { b } from "./compose/self_metrics.ts";`,
  "src/compose/self_metrics.ts": `import type { Counter } from "../metrics/instrument/counter.ts";`,
  "src/serve/deno.ts": `import { telltale } from "../telltale.ts";\nDeno.serve(() => 1);`,
  "src/testing/capture.ts": `export const a = 1;`,
};

/** A file, its source with a breach, and the complaint; line 2 shows that lines are counted. */
const BREACHES: readonly (readonly [string, string, string])[] = [
  [
    "src/metrics/instrument/counter.ts",
    `\nimport { Logger } from "../../log/logger.ts";`,
    "2: imports src/log/logger.ts from floor 1, but is on floor 1",
  ],
  [
    "src/metrics/instrument/counter.ts",
    `import type { Logger } from "../../log/logger.ts";`,
    "1: imports src/log/logger.ts from floor 1, but is on floor 1",
  ],
  [
    "src/core/ring.ts",
    `import * as a from '../metrics/instrument/counter.ts'`,
    "1: imports src/metrics/instrument/counter.ts from floor 1, but is on floor 0",
  ],
  [
    "src/core/ring.ts",
    `\nexport { a as b } from "../metrics/instrument/counter.ts";`,
    "2: re-exports src/metrics/instrument/counter.ts from floor 1, but is on floor 0",
  ],
  [
    "src/core/ring.ts",
    `export * as all from "../metrics/instrument/counter.ts";`,
    "1: re-exports src/metrics/instrument/counter.ts from floor 1, but is on floor 0",
  ],
  [
    "src/export/push/gateway.ts",
    `const a = await import("../../http/server/instrument.ts");`,
    "1: imports src/http/server/instrument.ts from floor 2, but is on floor 2",
  ],
  [
    "src/export/push/gateway.ts",
    "const a = `\n${`${await import('../../http/server/instrument.ts')}`}`;",
    "2: imports src/http/server/instrument.ts from floor 2, but is on floor 2",
  ],
  [
    "src/export/push/gateway.ts",
    `type A = import("../../http/server/instrument.ts").Instrument;`,
    "1: imports src/http/server/instrument.ts from floor 2, but is on floor 2",
  ],
  [
    "src/http/server/instrument.ts",
    `import "../../telltale.ts";`,
    "1: imports src/telltale.ts from floor 4, but is on floor 2",
  ],
  [
    "src/serve/deno.ts",
    `import { a } from "../testing/capture.ts";`,
    "1: imports src/testing/capture.ts from floor 5, but is on floor 5",
  ],
  [
    "src/http/server/instrument.ts",
    `import { Counter } from "../../metrics/mod.ts";`,
    "1: imports src/metrics/mod.ts; import the file that it re-exports",
  ],
  [
    "src/metrics/instrument/counter.ts",
    `import { A } from "../mod.ts";`,
    "1: imports src/metrics/mod.ts; import the file that it re-exports",
  ],
  [
    "src/telltale.ts",
    `import { t } from "../mod.ts";`,
    "1: imports mod.ts; import the file that it re-exports",
  ],
  [
    "src/log/logger.ts",
    `import pino from "pino";`,
    `1: imports "pino", neither relative nor node:`,
  ],
  [
    "src/log/logger.ts",
    `import { a } from "../../tests/run.ts";`,
    "1: imports tests/run.ts, which is no file under src",
  ],
  ["src/log/logger.ts", `await import(name);`, "1: imports what only run time knows"],
  ["src/log/logger.ts", "await import(`./${name}.ts`);", "1: imports what only run time knows"],
  [
    "src/telltale.ts",
    `import page from "./core/ring.ts" with { type: "text" };`,
    `1: imports "./core/ring.ts" with attributes, which Node can't`,
  ],
  ["src/log/logger.ts", `\nDeno.exit(1);`, "2: names Deno outside core/platform.ts and serve/"],
  [
    "src/log/logger.ts",
    "const a = `${globalThis.Bun.version}`;",
    "1: names Bun outside core/platform.ts and serve/",
  ],
  ["src/core/ring.ts", `declare global { var a: 1 }`, "1: declares a global"],
  ["src/core/ring.ts", `export const enum A { b }`, "1: declares an enum, which is not erasable"],
  ["src/core/ring.ts", `namespace A { }`, "1: declares a namespace, which is not erasable"],
  ["src/core/ring.ts", `{ using a = b; }`, "1: has a using statement, which Node 22 can't read"],
  [
    "mod.ts",
    `export * from "./src/telltale.ts";\nexport const a = 1;`,
    "2: is a mod.ts, but does more than re-export",
  ],
  ["mod.ts", `import "./src/telltale.ts";`, "1: is a mod.ts, but does more than re-export"],
  ["src/metrics/mod.ts", `export { a };`, "1: is a mod.ts, but does more than re-export"],
  ["src/utils/strings.ts", ``, "1: is in no folder of the floor table"],
  ["src/metrics/strings/a.ts", ``, "1: is in no room of the room table"],
  ["src/metrics/data/data_names.ts", ``, "1: repeats its folder's name"],
  [
    "src/metrics/data/family.ts",
    `\nimport type { Counter } from "../instrument/counter.ts";`,
    "2: imports src/metrics/instrument/counter.ts from room instrument, which is not to the left of room data",
  ],
  [
    "src/compose/self_metrics.ts",
    `import { telltale } from "../telltale.ts";`,
    "1: imports src/telltale.ts from room ., which is not to the left of room compose",
  ],
];

test("breaches() finds none in a sound house", () => {
  const files = Object.entries(SOUND).map(([path, source]) => ({ path, source }));
  assert.deepEqual(breaches(files), []);
});

for (const [path, source, expected] of BREACHES) {
  test(`breaches() finds ${path} with ${JSON.stringify(source)}`, () => {
    const files = Object.entries({ ...SOUND, [path]: source })
      .map(([path, source]) => ({ path, source }));
    assert.deepEqual(breaches(files), [`${path}:${expected}`]);
  });
}

test("circles() finds files that need each other, for types or later too", () => {
  const files = Object.entries({
    "src/a.ts": `import { b } from "./core/b.ts";`,
    "src/core/b.ts": `import type { C } from "./c.ts";\nimport "node:fs";`,
    "src/core/c.ts": `export { d } from "../d.ts";`,
    "src/d.ts": `const b = await import("./core/b.ts"), e = import("./e.ts");`,
    "src/e.ts": `import "./f.ts";`,
    "src/f.ts": ``,
    "src/g.ts": `import "./g.ts";\nimport "./f.ts";\nimport "./e.ts";`,
  }).map(([path, source]) => ({ path, source }));
  assert.deepEqual(circles(files), [["src/core/b.ts", "src/core/c.ts", "src/d.ts"], ["src/g.ts"]]);
});

test("imports() reads statements, not comments, strings, templates or regular expressions", () => {
  const source = [
    `#!/usr/bin/env -S deno run`,
    `// import "a";`,
    `/* export * from "b"; */ import /* c */ { type D } /* e */ from /* f */ "./g.ts"; // h`,
    `const s = "import 'i'", t = 'it\\'s import "j"', u = \`import "k" \\\` \${"}"} import "l"\`;`,
    `const r = /import "m"[/"]/g.test(x) ? 4 / 2 / 1 : x["import"] / y.import / 3;`,
    `import.meta.url; export type N = 1; export type { O } from "./p.ts"; const from = "q";`,
    `import type R, { from } from "./s.ts"; export { from }; export default class {}`,
    `const t2 = { import: 1, ...(await import("./u.ts")) }; type V = import("./w.ts").X;`,
    `import y from "./z.json" with { type: "json" };`,
  ].join("\n");
  assert.deepEqual(imports(source), [
    { form: "import", specifier: "./g.ts", line: 3, attributes: false },
    { form: "export", specifier: "./p.ts", line: 6, attributes: false },
    { form: "import", specifier: "./s.ts", line: 7, attributes: false },
    { form: "reference", specifier: "./u.ts", line: 8, attributes: false },
    { form: "reference", specifier: "./w.ts", line: 8, attributes: false },
    { form: "import", specifier: "./z.json", line: 9, attributes: true },
  ]);
});

test("imports() throws on a source it can't read to its end", () => {
  assert.throws(() => imports("const a = `${b"), SyntaxError);
  assert.throws(() => imports("const a = `b"), SyntaxError);
  assert.throws(() => imports("import { a } of b"), SyntaxError);
});

test("imports() agrees with the runtime's own parser about the whole house", () => {
  const files = house();
  const parsed = parsedByRuntime(files);
  for (const { path, source } of files) {
    const ours = new Set(imports(source).map((entry) => entry.specifier));
    assert.deepEqual(parsed.get(path)?.filter((specifier) => !ours.has(specifier)), [], path);
  }
});

/** The specifiers that the runtime sees, by path; Bun's lists lack what only types name. */
function parsedByRuntime(files: readonly SourceFile[]): Map<string, string[]> {
  const { Bun } = globalThis as unknown as {
    Bun?: {
      Transpiler: new (options: object) => { scanImports(code: string): { path: string }[] };
    };
  };
  if (Bun !== undefined) {
    const transpiler = new Bun.Transpiler({ loader: "ts" });
    return new Map(files.map(({ path, source }) => {
      return [path, transpiler.scanImports(source).map((found) => found.path)];
    }));
  }
  // One entry that imports them all: one run of `deno info` instead of one a file.
  const folder = mkdtempSync(join(tmpdir(), "telltale-floors-"));
  const entry = join(folder, "all.ts");
  writeFileSync(entry, files.map(({ path }) => `import "${new URL(path, ROOT)}";`).join("\n"));
  try {
    const info = execFileSync(process.execPath, ["info", "--json", entry], {
      encoding: "utf8",
      maxBuffer: Infinity,
    });
    const modules: DenoInfoModule[] = JSON.parse(info).modules;
    return new Map(
      modules.filter(({ specifier }) => specifier.startsWith(ROOT.href)).map((found) => [
        found.specifier.slice(ROOT.href.length),
        (found.dependencies ?? []).map(({ specifier }) => specifier),
      ]),
    );
  } finally {
    rmSync(folder, { recursive: true });
  }
}

interface DenoInfoModule {
  readonly specifier: string;
  readonly dependencies?: readonly { readonly specifier: string }[];
}
