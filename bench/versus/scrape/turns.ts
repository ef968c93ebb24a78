/**
 * The first scrapes of processes, and scrapes after other work: ours and the rivals' by turns, each in a
 * process of its own.
 *
 * @module
 */
import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { median } from "../rounds.ts";
import type { Scrape } from "./turn.ts";

const RIVALS = ["@prometheus-io/client", "prom-client"] as const;
const TURN = fileURLToPath(new URL("./turn.ts", import.meta.url));

/** Measures and prints. */
export interface ScrapePlan {
  /** What runs a file. */
  readonly command: readonly [program: string, ...args: string[]];
  readonly rounds: number;
  /** Seconds of other work before each scrape but the first; with none, the first is measured. */
  readonly work?: readonly number[];
  /** The least wanted ratio of the CPU time of the faster rival to ours. */
  readonly target: number;
}

/** Takes turns and prints a row for each rival: CPU time, since other load on the machine is none of it. */
export function printScrapes({ command, rounds, work = [], target }: ScrapePlan): void {
  const cpu = new Map<string, number[]>(), wall = new Map<string, number[]>();
  const [program, ...args] = command;
  for (let round = 0; round < rounds; round++) {
    const names = ["ours", ...RIVALS];
    for (const name of round % 2 === 0 ? names : names.reverse()) {
      const { stdout, stderr } = spawnSync(program, [...args, TURN, name, ...work.map(String)], {
        encoding: "utf8",
      });
      if (stdout === "") throw new Error(stderr);
      const scrapes = JSON.parse(stdout) as Scrape[];
      const measured = work.length === 0 ? scrapes : scrapes.slice(1);
      cpu.set(name, [...cpu.get(name) ?? [], ...measured.map(({ cpuMs }) => cpuMs)]);
      wall.set(name, [...wall.get(name) ?? [], ...measured.map(({ ms }) => ms)]);
    }
  }
  const of = (name: string) => [median(cpu.get(name)!), median(wall.get(name)!)] as const;
  const [cpuMs, ms] = of("ours");
  const faster = Math.min(...RIVALS.map((rival) => of(rival)[0])) / cpuMs;
  console.log(`  ${"ours".padEnd(24)} CPU ${shown(cpuMs)}, wall ${shown(ms)}`);
  for (const rival of RIVALS) {
    const [theirCpuMs, theirMs] = of(rival);
    const ratios = `${(theirCpuMs / cpuMs).toFixed(1)}x, ${(theirMs / ms).toFixed(1)}x`;
    console.log(
      `  ${rival.padEnd(24)} CPU ${shown(theirCpuMs)}, wall ${shown(theirMs)}   ${ratios}`,
    );
  }
  const verdict = faster >= target ? `${target} wanted` : `MISSED: ${target} wanted`;
  console.log(`  CPU of the faster rival over ours: ${faster.toFixed(1)}x  (${verdict})`);
}

function shown(ms: number): string {
  return `${ms.toFixed(1)} ms`.padStart(9);
}
