/**
 * What an import costs: `deno task bench:size`. Size, minified and gzipped, of each sub-path and of
 * the parts a program takes from the root; import time and memory of the root on both runtimes.
 *
 * @module
 */
import { spawnSync } from "node:child_process";
import process from "node:process";
import { fileURLToPath } from "node:url";
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

const START = `
  const root = process.env.TELLTALE_ROOT;
  const rss = process.memoryUsage().rss, started = performance.now();
  const { telltale } = await import(root);
  const imported = performance.now();
  telltale({ service: "size" });
  const made = performance.now();
  console.log(JSON.stringify([imported - started, made - imported, (process.memoryUsage().rss - rss) / 1e6]));
  process.exit(0);
`;

console.log(
  "\nStart of the root, median of 7    import ms   telltale() ms   MB   (30 ms and 8 MB wanted)",
);
for (
  const [name, command, args] of [
    ["Deno", process.execPath, [
      "eval",
      "--no-check",
      `import process from "node:process";${START}`,
    ]],
    ["Bun", bun, ["-e", START]],
  ] as const
) {
  const env = { ...process.env, TELLTALE_ROOT: new URL("../mod.ts", import.meta.url).href };
  const cwd = fileURLToPath(new URL("..", import.meta.url));
  const runs = Array.from({ length: 7 }, () => {
    const { stdout, stderr } = spawnSync(command, [...args], { env, cwd, encoding: "utf8" });
    if (stdout === "") throw new Error(stderr);
    return JSON.parse(stdout) as [number, number, number];
  });
  const median = (i: 0 | 1 | 2) => runs.map((run) => run[i]).sort((a, b) => a - b)[3]!;
  console.log(
    `  ${name.padEnd(30)} ${median(0).toFixed(1).padStart(10)} ${
      median(1).toFixed(1).padStart(14)
    } ${median(2).toFixed(1).padStart(7)}`,
  );
}
