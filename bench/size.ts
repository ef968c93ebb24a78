/**
 * Cost of an import: `deno task bench:size`. Minified and gzipped size of each sub-path and of the parts
 * that a program takes from the root; time and memory that loading the root adds on both runtimes.
 *
 * @module
 */
import { spawnSync } from "node:child_process";
import { cpSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { fileURLToPath, pathToFileURL } from "node:url";
import { bun, bundle, CASES } from "../tests/size/bundle.ts";

console.log("Size in KB, minified and gzipped      at start   loaded when needed   wanted");
for (const { name, source, wantedKb } of CASES) {
  const { startBytes, lazyBytes } = bundle(source);
  const kb = (bytes: number) => (bytes / 1024).toFixed(1);
  console.log(
    `  ${name.padEnd(34)} ${kb(startBytes).padStart(8)} ${kb(lazyBytes).padStart(20)} ${
      wantedKb === undefined ? "" : String(wantedKb).padStart(8)
    }`,
  );
}

/** A program that loads nothing else: on Deno, the first `node:` module is part of the cost. */
const start = (load: string) => `
  const rss = () => (globalThis.Deno ?? process).memoryUsage().rss / 1e6;
  const before = rss(), started = performance.now();
  ${load}
  console.log(JSON.stringify([imported - started, performance.now() - imported, rss() - before]));
  (globalThis.Deno ?? process).exit(0);
`;
const ours = (root: string) => `
  const { telltale } = await import(${JSON.stringify(root)});
  const imported = performance.now();
  telltale({ service: "size" });
`;
/** What any user of async context makes the runtime load. */
const RUNTIME = `
  await Promise.all([import("node:async_hooks"), import("node:buffer"), import("node:timers")]);
  const imported = performance.now();
`;

const RUNS = 11;
const folder = mkdtempSync(join(tmpdir(), "telltale-start-"));
try {
  // Where Deno is installed: within this checkout it reads the development dependencies too.
  for (const part of ["mod.ts", "src"]) {
    cpSync(fileURLToPath(new URL(`../${part}`, import.meta.url)), join(folder, part), {
      recursive: true,
    });
  }
  const root = pathToFileURL(join(folder, "mod.ts")).href;
  console.log(
    `\nStart of the root, median of ${RUNS}   import ms   telltale() ms   MB   (30 ms and 8 MB wanted)`,
  );
  for (
    const [name, command, args, load] of [
      ["Deno", process.execPath, ["eval", "--no-check"], ours(root)],
      ["  of which the runtime's modules", process.execPath, ["eval", "--no-check"], RUNTIME],
      ["Bun", bun, ["-e"], ours(root)],
      ["  of which the runtime's modules", bun, ["-e"], RUNTIME],
    ] as const
  ) {
    const runs = Array.from({ length: RUNS }, () => {
      const { stdout, stderr } = spawnSync(command, [...args, start(load)], {
        cwd: folder,
        encoding: "utf8",
      });
      if (stdout === "") throw new Error(stderr);
      return JSON.parse(stdout) as [number, number, number];
    });
    const median = (i: 0 | 1 | 2) => runs.map((run) => run[i]).sort((a, b) => a - b)[RUNS >> 1]!;
    console.log(
      `  ${name.padEnd(32)} ${median(0).toFixed(1).padStart(8)} ${
        median(1).toFixed(1).padStart(14)
      } ${median(2).toFixed(1).padStart(7)}`,
    );
  }
} finally {
  rmSync(folder, { recursive: true });
}
