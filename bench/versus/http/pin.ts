/**
 * `--pin` keeps what is measured and what drives it off each other's core. Figures repeat better;
 * but a server that spreads its work over threads is then measured as on a machine of one core.
 *
 * @module
 */
import { spawnSync } from "node:child_process";
import { availableParallelism } from "node:os";
import process from "node:process";

/** What is measured has the first core; whoever drives it or takes exports has the rest. */
export type Place = "measured" | "besides";

const cores = availableParallelism();
const isWanted = process.argv.includes("--pin");
if (isWanted && (cores < 2 || spawnSync("taskset", ["--version"]).error !== undefined)) {
  throw new Error("Cannot pin servers: it needs two cores and taskset");
}

/** A command line that stays in its place where that is asked for. */
export function placed(place: Place, command: string, args: readonly string[]): [string, string[]] {
  if (!isWanted) return [command, [...args]];
  const list = place === "measured" ? "0" : cores === 2 ? "1" : `1-${cores - 1}`;
  return ["taskset", ["-c", list, command, ...args]];
}
