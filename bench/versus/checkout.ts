/**
 * Checks out the sources of another revision, to measure them beside today's in one run.
 *
 * @module
 */
import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, rmSync, symlinkSync } from "node:fs";
import { fileURLToPath, pathToFileURL } from "node:url";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));

/** Lays the tree of a revision below `.cache/revisions`, once, and gives its folder. */
export function checkout(revision: string): string {
  const git = (...args: string[]): Uint8Array =>
    execFileSync("git", ["-C", ROOT, ...args], { maxBuffer: 1 << 28 });
  const commit = new TextDecoder().decode(
    git("rev-parse", "--verify", "--end-of-options", `${revision}^{commit}`),
  ).trim();
  const folder = `${ROOT}.cache/revisions/${commit}`;
  if (existsSync(`${folder}/node_modules`)) return folder;
  mkdirSync(folder, { recursive: true });
  execFileSync("tar", ["-x", "-C", folder], { input: git("archive", commit) });
  // Made last: without it the next run starts again. A link to a tree that has
  // been moved or deleted since is replaced.
  rmSync(`${folder}/node_modules`, { force: true });
  symlinkSync(`${ROOT}node_modules`, `${folder}/node_modules`);
  return folder;
}

/** Imports a revision's entry points by its exports map, wherever its files lie. */
export async function entryPoint<Module>(folder: string, name: string): Promise<Module> {
  const { exports } = JSON.parse(readFileSync(`${folder}/deno.json`, "utf8"));
  return await import(new URL(exports[name], pathToFileURL(`${folder}/`)).href);
}

/** Today's own. */
export const TODAY: string = ROOT.replace(/\/$/, "");
