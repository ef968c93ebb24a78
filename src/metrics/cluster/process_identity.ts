/**
 * What tells one process from another.
 *
 * @module
 */
import process from "node:process";
import { fileSystem, mayRead } from "../../core/platform.ts";

/**
 * The same in all isolates of a process, another in every other process, one of the same pid in
 * another container or after a restart included: pid, its name space and start time, as Linux tells
 * them. Where they can't be read (other systems; Deno without every permission) it is made up: then
 * isolates of one process that meet at a socket pass for processes, and what they share counts once
 * for each.
 */
export function processIdentity(): string {
  try {
    if (!mayRead("/proc")) return crypto.randomUUID();
    const { readFileSync, readlinkSync } = fileSystem();
    const stat = readFileSync("/proc/self/stat", "latin1");
    // The name of the program, in parentheses, may hold spaces; the start is the 20th after it.
    const startTicks = stat.slice(stat.lastIndexOf(")") + 2).split(" ")[19]!;
    return `${readlinkSync("/proc/self/ns/pid")} ${process.pid} ${startTicks}`;
  } catch {
    return crypto.randomUUID();
  }
}
