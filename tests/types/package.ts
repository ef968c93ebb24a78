/**
 * The package as its consumers get it from a registry for npm: JavaScript and declarations with its sub-paths.
 *
 * @module
 */
import assert from "node:assert/strict";
import { readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import ts from "typescript";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));

/** How consumers compile, and we. */
export const COMMON: ts.CompilerOptions = {
  target: ts.ScriptTarget.ES2024,
  module: ts.ModuleKind.NodeNext,
  moduleResolution: ts.ModuleResolutionKind.NodeNext,
  strict: true,
};

const EXPORTS: Readonly<Record<string, string>> =
  JSON.parse(readFileSync(join(ROOT, "deno.json"), "utf8")).exports;
/** The sub-paths that can be imported: `.`, `./metrics` and so on. */
export const SUB_PATHS = Object.keys(EXPORTS);

/** Writes the package into the `node_modules` of a folder. */
export function publish(folder: string): void {
  const target = join(folder, "node_modules/@telltale/telltale");
  const program = ts.createProgram(Object.values(EXPORTS).map((path) => join(ROOT, path)), {
    ...COMMON,
    // Modules of the language's own: this checkout says nothing of them to Node.
    module: ts.ModuleKind.ESNext,
    moduleResolution: ts.ModuleResolutionKind.Bundler,
    lib: libraries(["es2024", "esnext.disposable", "dom", "dom.iterable", "dom.asynciterable"]),
    types: ["node"],
    declaration: true,
    outDir: target,
    rootDir: ROOT,
    skipLibCheck: true,
    rewriteRelativeImportExtensions: true,
  });
  assert.deepEqual(problems(program.emit().diagnostics), []);
  const types = Object.entries(EXPORTS).map(([name, path]) => [
    name,
    { types: path.replace(/\.ts$/, ".d.ts"), default: path.replace(/\.ts$/, ".js") },
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

/** The files of TypeScript's own libraries. */
export function libraries(names: readonly string[]): string[] {
  return names.map((name) => `lib.${name}.d.ts`);
}

/** What is wrong: of ours and the consumer's; what other packages' declarations need is theirs. */
export function problems(diagnostics: readonly ts.Diagnostic[]): string[] {
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
