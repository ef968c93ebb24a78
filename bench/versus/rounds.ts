/**
 * Times two ways to do one thing by turns, so that other load on the machine affects both alike.
 *
 * @module
 */
import process from "node:process";

/** One thing to do, our way and a rival's. */
export interface Row {
  /** What is done. */
  readonly work: string;
  /** Ours; may be async. */
  readonly ours: () => unknown;
  /** Name of the rival. */
  readonly rival: string;
  /** The rival's. */
  readonly theirs: () => unknown;
  /** The least wanted ratio of their time to ours. */
  readonly target?: number;
  /** The most nanoseconds of CPU that ours may take. */
  readonly maxNs?: number;
  /** Whether one call takes milliseconds: then a round is a few calls. */
  readonly long?: boolean;
}

/** The result of a row. */
export interface Result {
  readonly work: string;
  readonly rival: string;
  readonly oursNs: number;
  readonly theirsNs: number;
  /** The median of theirs over ours, round by round. */
  readonly ratio: number;
  readonly target: number | undefined;
  /** What ours takes of the CPU, where that is bounded. */
  readonly cpuNs: number | undefined;
  readonly maxNs: number | undefined;
}

const ROUNDS = 15;

/** Runs a row's rounds, each way in turn. */
export async function measure(row: Row): Promise<Result> {
  const calls = row.long === true
    ? [4, 4] as const
    : [await fit(row.ours), await fit(row.theirs)] as const;
  const ours: number[] = [], theirs: number[] = [], cpu: number[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    // Neither always runs after the other's garbage.
    const first = round % 2 === 0;
    if (first) ours.push(await time(row.ours, calls[0]));
    theirs.push(await time(row.theirs, calls[1]));
    if (!first) ours.push(await time(row.ours, calls[0]));
    if (row.maxNs !== undefined) cpu.push(await cpuTime(row.ours, calls[0]));
  }
  return {
    work: row.work,
    rival: row.rival,
    oursNs: median(ours),
    theirsNs: median(theirs),
    ratio: median(theirs.map((ns, i) => ns / ours[i]!)),
    target: row.target,
    cpuNs: row.maxNs === undefined ? undefined : median(cpu),
    maxNs: row.maxNs,
  };
}

/** How many calls take about 20 ms. */
async function fit(fn: () => unknown): Promise<number> {
  let calls = 1000;
  for (let i = 0; i < 5; i++) {
    const ns = await time(fn, calls);
    calls = Math.max(10, Math.min(5_000_000, Math.round(20e6 / ns)));
  }
  return calls;
}

async function time(fn: () => unknown, calls: number): Promise<number> {
  const start = process.hrtime.bigint();
  if (fn() instanceof Promise) {
    for (let i = 1; i < calls; i++) await fn();
  } else {
    for (let i = 1; i < calls; i++) fn();
  }
  return Number(process.hrtime.bigint() - start) / calls;
}

/** Without the waiting of a busy machine; with the work of the runtime's other threads. */
async function cpuTime(fn: () => unknown, calls: number): Promise<number> {
  const start = process.cpuUsage();
  await time(fn, calls);
  const { user, system } = process.cpuUsage(start);
  return (user + system) * 1000 / calls;
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[sorted.length >> 1]!;
}

/** Prints results as a table. */
export function print(title: string, results: readonly Result[]): void {
  console.log(`\n${title}, ${runtimeName()}: median of ${ROUNDS} rounds in turn`);
  const wide = Math.max(...results.map(({ work }) => work.length));
  for (const { work, rival, oursNs, theirsNs, ratio, target, cpuNs, maxNs } of results) {
    const verdict = target === undefined
      ? ""
      : ratio >= target
      ? `  (${target} wanted)`
      : `  MISSED: ${target} wanted`;
    console.log(
      `  ${work.padEnd(wide)}  ${format(oursNs)}  ${rival} ${format(theirsNs)}  ${
        ratio.toFixed(ratio < 2 ? 2 : 1)
      }x${verdict}`,
    );
    if (cpuNs !== undefined && maxNs !== undefined) {
      const kept = cpuNs <= maxNs ? "" : "MISSED: ";
      console.log(`  ${"of the CPU".padEnd(wide)}  ${format(cpuNs)}  (${kept}${maxNs} ns wanted)`);
    }
  }
}

export function runtimeName(): string {
  return "Bun" in globalThis
    ? `Bun ${process.versions.bun}`
    : "Deno" in globalThis
    ? `Deno ${process.versions.deno}`
    : `Node ${process.version}`;
}

function format(ns: number): string {
  const text = ns < 1000
    ? `${ns.toFixed(1)} ns`
    : ns < 1e6
    ? `${(ns / 1000).toFixed(2)} µs`
    : `${(ns / 1e6).toFixed(2)} ms`;
  return text.padStart(10);
}
