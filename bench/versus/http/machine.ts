/**
 * CPU time that other processes took of the machine.
 *
 * @module
 */
import { spawnSync } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import process from "node:process";

const TICKS_PER_SECOND = Number(spawnSync("getconf", ["CLK_TCK"], { encoding: "utf8" }).stdout) ||
  100;

/** The numbers of a `stat` file of a process or thread, from its state on. */
function stat(file: string): number[] {
  const text = readFileSync(file, "utf8");
  return text.slice(text.lastIndexOf(")") + 2).split(" ").map(Number);
}

const micros = (ticks: number) => ticks / TICKS_PER_SECOND * 1e6;

/** User and system time of a process or thread so far, by its `stat` file. */
export function statMicros(file: string): number {
  const fields = stat(file);
  return micros(fields[11]! + fields[12]!);
}

/** CPU time so far of all but this process and those that it started. */
export function foreignMicros(): number {
  // User, nice and system; interrupts belong to no process.
  const busy = readFileSync("/proc/stat", "utf8").split(/\s+/, 4).slice(1).map(Number);
  const own = stat("/proc/self/stat");
  // The last two are of children that have ended.
  let ours = own[11]! + own[12]! + own[13]! + own[14]!;
  for (const thread of readdirSync("/proc/self/task")) {
    const children = readFileSync(`/proc/${process.pid}/task/${thread}/children`, "utf8");
    for (const id of children.split(" ").filter((id) => id !== "")) {
      const [user, system] = stat(`/proc/${id}/stat`).slice(11, 13);
      ours += user! + system!;
    }
  }
  return micros(busy.reduce((sum, ticks) => sum + ticks, 0) - ours);
}
