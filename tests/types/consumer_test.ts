/** Consumers under the settings that people have compile against our declarations, all checked. */
import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import ts from "typescript";
import { HANG_MS, skipWhen } from "../tool.ts";
import { COMMON, libraries, problems, publish, SUB_PATHS } from "./package.ts";

const OPTIONS = {
  skip: skipWhen(!("Deno" in globalThis), "compiled once, on Deno"),
  timeout: HANG_MS,
};

interface Setting {
  readonly lib: readonly string[];
  readonly types: readonly string[];
  readonly skipLibCheck: boolean;
  /** How modules are found. @default that of Node */
  readonly resolution?: "node16" | "bundler";
  /** What these consumers do not import. */
  readonly without?: readonly string[];
}

/** `./node` is for Node's own server, whose types are `@types/node`'s. */
const NO_NODE = { types: [], without: ["./node"] };
const SETTINGS: Readonly<Record<string, Setting>> = {
  "Node's types, no DOM": { lib: ["es2024"], types: ["node"], skipLibCheck: false },
  "Node's types, no DOM, unchecked": { lib: ["es2024"], types: ["node"], skipLibCheck: true },
  "Bun's types, no DOM": { lib: ["esnext"], types: ["bun"], skipLibCheck: false },
  "Bun's types, no DOM, unchecked": { lib: ["esnext"], types: ["bun"], skipLibCheck: true },
  "DOM alone": { lib: ["es2024", "dom", "dom.iterable"], skipLibCheck: false, ...NO_NODE },
  "DOM alone, unchecked": { lib: ["es2024", "dom"], skipLibCheck: true, ...NO_NODE },
  "a bundler's resolution, DOM alone": {
    lib: ["es2024", "dom"],
    skipLibCheck: false,
    resolution: "bundler",
    ...NO_NODE,
  },
  "Node 16's resolution": {
    lib: ["es2024"],
    types: ["node"],
    skipLibCheck: false,
    resolution: "node16",
  },
  "DOM and Node's types": { lib: ["es2024", "dom"], types: ["node"], skipLibCheck: false },
};

const folder = mkdtempSync(join(tmpdir(), "telltale-consumer-"));
after(() => rmSync(folder, { recursive: true }));
let isPublished = false;

const RESOLUTIONS: Readonly<Record<string, ts.CompilerOptions>> = {
  bundler: {
    module: ts.ModuleKind.ESNext,
    moduleResolution: ts.ModuleResolutionKind.Bundler,
  },
  node16: {
    module: ts.ModuleKind.Node16,
    moduleResolution: ts.ModuleResolutionKind.Node16,
  },
};

/** What TypeScript finds in a consumer with this source. */
function compile(source: string, { lib, types, skipLibCheck, resolution }: Setting): string[] {
  if (!isPublished) publish(folder);
  isPublished = true;
  const file = join(folder, "consumer.mts");
  writeFileSync(file, source);
  const program = ts.createProgram([file], {
    ...COMMON,
    ...resolution && RESOLUTIONS[resolution],
    lib: libraries(lib),
    types: [...types],
    skipLibCheck,
    noEmit: true,
  });
  return problems(ts.getPreEmitDiagnostics(program));
}

const read = (name: string) => readFileSync(new URL(name, import.meta.url), "utf8");
const RIGHT = read("right.txt");
/** Each line is one wrong use of what the right use declares. */
const WRONG = read("wrong.txt").trim().split("\n");

for (const [name, setting] of Object.entries(SETTINGS)) {
  test(`right use compiles and wrong use does not for a consumer with ${name}`, OPTIONS, () => {
    const imports = SUB_PATHS.filter((path) => !setting.without?.includes(path)).map((path, i) =>
      `import * as part${i} from "@telltale/telltale${path.slice(1)}";\nvoid part${i};\n`
    );
    const wrong = WRONG.map((line) => `// @ts-expect-error ${line}\n${line}\n`);
    assert.deepEqual(compile([...imports, RIGHT, ...wrong].join(""), setting), []);
  });
}

test("wrong use fails by its type, not by an unknown name", OPTIONS, () => {
  const found = compile(RIGHT + WRONG.join("\n"), SETTINGS["Node's types, no DOM, unchecked"]!);
  const first = RIGHT.split("\n").length;
  assert.deepEqual(
    found.map((problem) => Number(/:(\d+) /.exec(problem)?.[1]) - first),
    WRONG.map((_, i) => i),
  );
  assert.deepEqual(found.filter((problem) => problem.includes("Cannot find name")), []);
});
