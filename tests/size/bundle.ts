/**
 * Bundles a program as a user's bundler would.
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
  /** The budget test fails above it: today's size and a little room. */
  readonly budgetKb: number;
  /** The aim. */
  readonly wantedKb?: number;
}

const take = (name: string, path: string) =>
  `import { ${name} } from ${JSON.stringify(join(root, path))}; globalThis.kept = ${name};`;
const whole = (path: string) => `export * from ${JSON.stringify(join(root, path))};`;

export const CASES: readonly SizeCase[] = [
  { name: ". (telltale)", source: take("telltale", "mod.ts"), budgetKb: 94.9, wantedKb: 35 },
  { name: ". (Registry)", source: take("Registry", "mod.ts"), budgetKb: 14.3, wantedKb: 10 },
  { name: ". (Tracer)", source: take("Tracer", "mod.ts"), budgetKb: 21.4, wantedKb: 10 },
  { name: ". (Logger)", source: take("Logger", "mod.ts"), budgetKb: 25.2, wantedKb: 10 },
  {
    name: ". (HealthRegistry)",
    source: take("HealthRegistry", "mod.ts"),
    budgetKb: 13.2,
    wantedKb: 10,
  },
  { name: "./metrics, all of it", source: whole("src/metrics/mod.ts"), budgetKb: 21.1 },
  { name: "./trace, all of it", source: whole("src/trace/mod.ts"), budgetKb: 23.1 },
  { name: "./log, all of it", source: whole("src/log/mod.ts"), budgetKb: 30.2 },
  { name: "./health, all of it", source: whole("src/health/mod.ts"), budgetKb: 14.7, wantedKb: 10 },
  { name: "./events, all of it", source: whole("src/events/mod.ts"), budgetKb: 22.9 },
  { name: "./slo, all of it", source: whole("src/slo/mod.ts"), budgetKb: 15 },
  { name: "./flags, all of it", source: whole("src/flags/mod.ts"), budgetKb: 13.2 },
  { name: "./http, all of it", source: whole("src/http/mod.ts"), budgetKb: 38.4 },
  { name: "./profile, all of it", source: whole("src/profile/mod.ts"), budgetKb: 12 },
  { name: "./cli", source: whole("src/cli/main.ts"), budgetKb: 1.8 },
  { name: "./otlp", source: whole("src/export/otlp/mod.ts"), budgetKb: 31.5 },
  { name: "./push", source: whole("src/export/push/mod.ts"), budgetKb: 18.9 },
  { name: "./loki", source: whole("src/export/loki/mod.ts"), budgetKb: 19 },
  { name: "./otel", source: whole("src/bridge/otel/mod.ts"), budgetKb: 31.9 },
  { name: "./openfeature", source: whole("src/bridge/openfeature/mod.ts"), budgetKb: 2.6 },
  { name: "./db, all of it", source: whole("src/db/mod.ts"), budgetKb: 22.5 },
  { name: "./std-log", source: whole("src/bridge/std_log.ts"), budgetKb: 1.4 },
  { name: "./testing", source: whole("src/testing/mod.ts"), budgetKb: 61 },
  { name: "./deno", source: whole("src/serve/deno.ts"), budgetKb: 4.8 },
  { name: "./bun", source: whole("src/serve/bun.ts"), budgetKb: 5.7 },
  { name: "./node", source: whole("src/serve/node.ts"), budgetKb: 5.7 },
];

/** The code that a program loads. */
export interface Bundle {
  /** The gzipped size of the code that it loads at its start. */
  readonly startBytes: number;
  /** The gzipped size of the code that it loads later. */
  readonly lazyBytes: number;
  /** The built-in modules that it loads at its start, sorted. */
  readonly builtIns: readonly string[];
}

/** Bundles a program. */
export function bundle(source: string): Bundle {
  return inBundle(source, measure);
}

/** Bundles a program, whose `entry.js` and chunks are in a folder for as long as `use` takes. */
export function inBundle<T>(source: string, use: (folder: string) => T): T {
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
    return use(join(folder, "out"));
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/**
 * The chunks of a program by name. Those that the entry imports, directly or through others, are loaded
 * at the start; the rest is not.
 */
export function chunks(folder: string): { texts: Map<string, string>; start: Set<string> } {
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
  return { texts, start };
}

function measure(folder: string): Bundle {
  const { texts, start } = chunks(folder);
  let startBytes = 0, lazyBytes = 0;
  const builtIns = new Set<string>();
  for (const [name, text] of texts) {
    const size = gzipSync(text, { level: 9 }).length;
    if (!start.has(name)) lazyBytes += size;
    else {
      startBytes += size;
      for (const [, builtIn] of text.matchAll(/(?:from|import)\s*"(node:[^"]+)"/g)) {
        builtIns.add(builtIn!);
      }
    }
  }
  return { startBytes, lazyBytes, builtIns: [...builtIns].sort() };
}
