/** Consumers under the settings that people have compile against our declarations, all checked. */
import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { fileURLToPath } from "node:url";
import ts from "typescript";
import { HANG_MS, skipWhen } from "../tool.ts";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));
const OPTIONS = {
  skip: skipWhen(!("Deno" in globalThis), "compiled once, on Deno"),
  timeout: HANG_MS,
};

interface Setting {
  readonly lib: readonly string[];
  readonly types: readonly string[];
  readonly skipLibCheck: boolean;
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
  "DOM and Node's types": { lib: ["es2024", "dom"], types: ["node"], skipLibCheck: false },
};

const COMMON: ts.CompilerOptions = {
  target: ts.ScriptTarget.ES2024,
  module: ts.ModuleKind.NodeNext,
  moduleResolution: ts.ModuleResolutionKind.NodeNext,
  strict: true,
};

const EXPORTS: Readonly<Record<string, string>> =
  JSON.parse(readFileSync(join(ROOT, "deno.json"), "utf8")).exports;
const SUB_PATHS = Object.keys(EXPORTS);

/** The package as its consumers get it: declarations in `node_modules`, with its sub-paths. */
function publish(folder: string): void {
  const target = join(folder, "node_modules/@telltale/telltale");
  const program = ts.createProgram(Object.values(EXPORTS).map((path) => join(ROOT, path)), {
    ...COMMON,
    lib: libraries(["es2024", "esnext.disposable", "dom", "dom.iterable", "dom.asynciterable"]),
    types: ["node"],
    declaration: true,
    emitDeclarationOnly: true,
    outDir: target,
    rootDir: ROOT,
    skipLibCheck: true,
    rewriteRelativeImportExtensions: true,
  });
  assert.deepEqual(problems(program.emit().diagnostics), []);
  const types = Object.entries(EXPORTS).map(([name, path]) => [
    name,
    { types: path.replace(/\.ts$/, ".d.ts") },
  ]);
  writeFileSync(
    join(target, "package.json"),
    JSON.stringify({
      name: "@telltale/telltale",
      type: "module",
      exports: Object.fromEntries(types),
    }),
  );
  for (const name of ["@types", "bun-types", "undici-types"]) {
    const from = join(ROOT, "node_modules", name);
    try {
      symlinkSync(from, join(folder, "node_modules", name));
    } catch {
      // Not at the top where the package manager nests it.
    }
  }
}

function libraries(names: readonly string[]): string[] {
  return names.map((name) => `lib.${name}.d.ts`);
}

/** Of ours and the consumer's; what other packages' declarations need is theirs. */
function problems(diagnostics: readonly ts.Diagnostic[]): string[] {
  return diagnostics
    .filter(({ file }) =>
      file === undefined || !file.fileName.includes("node_modules") ||
      file.fileName.includes("@telltale")
    )
    .map(({ file, start, messageText }) => {
      const line = file === undefined ? 0 : file.getLineAndCharacterOfPosition(start ?? 0).line + 1;
      const path = file?.fileName.replace(/^.*@telltale\/telltale\//, "");
      return `${path}:${line} ${ts.flattenDiagnosticMessageText(messageText, " ")}`;
    });
}

const folder = mkdtempSync(join(tmpdir(), "telltale-consumer-"));
after(() => rmSync(folder, { recursive: true }));
let isPublished = false;

/** What TypeScript finds in a consumer with this source. */
function compile(source: string, { lib, types, skipLibCheck }: Setting): string[] {
  if (!isPublished) publish(folder);
  isPublished = true;
  const file = join(folder, "consumer.ts");
  writeFileSync(file, source);
  const program = ts.createProgram([file], {
    ...COMMON,
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
