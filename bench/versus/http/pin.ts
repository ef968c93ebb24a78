/**
 * `--pin` keeps the measured server and its driver on different cores. Figures repeat better, but a
 * server that spreads its work over threads is then measured as on a machine with one core.
 *
 * @module
 */
import { spawnSync } from "node:child_process";
import { availableParallelism } from "node:os";
import process from "node:process";

/** The measured server has the first core; driver and sink have the rest. */
export type Place = "measured" | "besides";

const cores = availableParallelism();
const isWanted = process.argv.includes("--pin");
if (isWanted && (cores < 2 || spawnSync("taskset", ["--version"]).error !== undefined)) {
  throw new Error("Cannot pin servers: it needs two cores and taskset");
}

/** A command line, pinned to its cores if `--pin` is set. */
export function placed(place: Place, command: string, args: readonly string[]): [string, string[]] {
  if (!isWanted) return [command, [...args]];
  const list = place === "measured" ? "0" : cores === 2 ? "1" : `1-${cores - 1}`;
  return ["taskset", ["-c", list, command, ...args]];
}
