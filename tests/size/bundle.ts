/**
 * Bundles as a user's bundler would.
 *
 * @module
 */
import { spawnSync } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";

const root = fileURLToPath(new URL("../..", import.meta.url));

/** Bun, as the development dependency that it is. */
export const bun: string = join(root, "node_modules/.bin/bun");

/** What is bundled, and how large it may be. */
export interface SizeCase {
  readonly name: string;
  readonly source: string;
  /** Past this the budget test fails: today's size and a little room. */
  readonly budgetKb: number;
  /** The aim. */
  readonly wantedKb?: number;
}

const take = (name: string, path: string) =>
  `import { ${name} } from ${JSON.stringify(join(root, path))}; globalThis.kept = ${name};`;
const whole = (path: string) => `export * from ${JSON.stringify(join(root, path))};`;

export const CASES: readonly SizeCase[] = [
  { name: ". (telltale)", source: take("telltale", "mod.ts"), budgetKb: 66, wantedKb: 35 },
  { name: ". (Registry)", source: take("Registry", "mod.ts"), budgetKb: 25.5, wantedKb: 10 },
  { name: ". (Tracer)", source: take("Tracer", "mod.ts"), budgetKb: 12.5, wantedKb: 10 },
  { name: ". (Logger)", source: take("Logger", "mod.ts"), budgetKb: 17.5, wantedKb: 10 },
  {
    name: ". (HealthRegistry)",
    source: take("HealthRegistry", "mod.ts"),
    budgetKb: 7.6,
    wantedKb: 10,
  },
  { name: "./metrics, all of it", source: whole("src/metrics/mod.ts"), budgetKb: 31 },
  { name: "./trace, all of it", source: whole("src/trace/mod.ts"), budgetKb: 12.5 },
  { name: "./log, all of it", source: whole("src/log/mod.ts"), budgetKb: 18.5 },
  { name: "./health, all of it", source: whole("src/health/mod.ts"), budgetKb: 7.8, wantedKb: 10 },
  { name: "./http, all of it", source: whole("src/http/mod.ts"), budgetKb: 20 },
  { name: "./otlp", source: whole("src/export/mod.ts"), budgetKb: 16.8 },
  { name: "./push", source: whole("src/export/push.ts"), budgetKb: 11 },
  { name: "./loki", source: whole("src/export/loki.ts"), budgetKb: 11 },
  { name: "./otel", source: whole("src/bridge/otel.ts"), budgetKb: 31 },
  { name: "./std-log", source: whole("src/bridge/std_log.ts"), budgetKb: 2.8 },
  { name: "./testing", source: whole("src/testing/mod.ts"), budgetKb: 7.2 },
  { name: "./deno", source: whole("src/serve/deno.ts"), budgetKb: 2.6 },
  { name: "./bun", source: whole("src/serve/bun.ts"), budgetKb: 3.3 },
  { name: "./node", source: whole("src/serve/node.ts"), budgetKb: 3.7 },
];

/** The gzipped size of what a program loads at its start, and of what it loads when it needs it. */
export function bundle(source: string): { startBytes: number; lazyBytes: number } {
  const folder = mkdtempSync(join(tmpdir(), "telltale-size-"));
  try {
    writeFileSync(join(folder, "entry.ts"), source);
    const { status, stderr } = spawnSync(bun, [
      "build",
      "--minify",
      "--splitting",
      "--target=node",
      `--outdir=${join(folder, "out")}`,
      join(folder, "entry.ts"),
    ], { encoding: "utf8" });
    if (status !== 0) throw new Error(`Cannot bundle: ${stderr}`);
    return measure(join(folder, "out"));
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** Chunks that the entry imports, and those imports, are loaded at the start; the rest is not. */
function measure(folder: string): { startBytes: number; lazyBytes: number } {
  const texts = new Map(
    readdirSync(folder).map((name) => [name, readFileSync(join(folder, name), "utf8")]),
  );
  const start = new Set<string>();
  const visit = (name: string) => {
    if (start.has(name)) return;
    start.add(name);
    const imports = texts.get(name)!.matchAll(/(?:from|import)\s*"\.\/([^"]+)"/g);
    for (const [, imported] of imports) visit(imported!);
  };
  visit("entry.js");
  let startBytes = 0, lazyBytes = 0;
  for (const [name, text] of texts) {
    const size = gzipSync(text, { level: 9 }).length;
    if (start.has(name)) startBytes += size;
    else lazyBytes += size;
  }
  return { startBytes, lazyBytes };
}
