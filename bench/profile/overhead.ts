/**
 * What profiling all the time adds, at the default schedule: CPU time of this process, all threads.
 *
 *     deno run -A bench/profile/overhead.ts [--pairs N]        bun bench/profile/overhead.ts
 *
 * A sample is measured at 1 ms and in sleep by turns, with and without; windows are read as they come after
 * five seconds of work. The schedule's cost is the sum of these, as often as they occur in a minute.
 *
 * @module
 */
import process from "node:process";
import { parseArgs } from "node:util";
import { ENGINE, Recorder } from "../../src/profile/capture/recorder.ts";
import { readCpu } from "../../src/profile/capture/read.ts";
import { DEFAULTS } from "../../src/profile/keep/options.ts";
import { Profiler } from "../../src/profile/keep/profiler.ts";
import { Profiles } from "../../src/compose/profiles.ts";
import { telltale } from "../../mod.ts";
import { systemClock } from "../../src/core/clock.ts";
import { burn } from "../../tests/profile/load.ts";
import { median, runtimeName } from "../versus/rounds.ts";

const { values: options } = parseArgs({ options: { pairs: { type: "string", default: "40" } } });
const PAIRS = Number(options.pairs);
const { everyMs, durationMs, intervalMicros } = DEFAULTS;
/** Ten times the samples of the default: what one costs shows through the noise of a busy machine. */
const DENSE_MICROS = 1000;

function cpuMs(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
}

const table = Array.from({ length: 50 }, (_, i) => ({ i, text: `row ${i}` }));

/** Work with some JSON, some arithmetic and some turns of the event loop. */
async function work(rounds: number): Promise<number> {
  let sum = 0;
  for (let i = 0; i < rounds; i++) {
    sum += burn(1) + JSON.parse(JSON.stringify(table)).length;
    if (i % 20 === 0) await new Promise((resolve) => setImmediate(resolve));
  }
  return sum;
}

const sleep = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

/** Half the distance between the quartiles. */
function spread(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return (sorted[Math.floor(sorted.length * .75)]! - sorted[Math.floor(sorted.length * .25)]!) / 2;
}

/** CPU microseconds that a sample adds to what is done, by turns; and how many samples a second there are. */
async function sampleMicros(interval: number, pairs: number, act: () => Promise<unknown>) {
  const recorder = await Recorder.open(interval);
  const added: number[] = [], shares: number[] = [];
  let perSecond = 0;
  for (let pair = 0; pair < pairs; pair++) {
    const plain = async () => {
      await act();
      const before = cpuMs();
      await act();
      return cpuMs() - before;
    };
    const profiled = async () => {
      const window = await recorder.begin();
      // The start has walked the heap: what it left in the caches is gone first.
      await act();
      const before = cpuMs();
      await act();
      const used = cpuMs() - before;
      const { raw, startMs, endMs } = await recorder.end(window);
      const samples = raw.samples?.length ?? 0;
      perSecond = samples / (endMs - startMs) * 1000;
      return { used, samples: Math.max(1, samples / 2) };
    };
    // Neither always runs after the other's garbage.
    const first = pair % 2 === 0 ? await plain() : undefined;
    const { used, samples } = await profiled();
    const without = first ?? await plain();
    added.push((used - without) * 1000 / samples);
    shares.push(used / without - 1);
  }
  await recorder.close();
  return { micros: median(added), spread: spread(added) / Math.sqrt(pairs), perSecond, shares };
}

let rounds = 100;
await work(500);
{
  const began = performance.now();
  await work(rounds);
  rounds = Math.ceil(rounds * 200 / (performance.now() - began));
}

const row = (name: string, text: string) => console.log(`  ${name.padEnd(44)} ${text}`);
console.log(`\nWhat profiling all the time costs, ${runtimeName()}: ${PAIRS} pairs of turns`);

// Off: the branch that each request passes.
await using t = telltale({ log: { sinks: [] } });
const off = new Profiles(undefined, {
  resource: t.resource,
  log: t.log,
  clock: systemClock,
  faults: t.faults,
});
const CALLS = 20_000_000;
{
  const before = cpuMs();
  for (let i = 0; i < CALLS; i++) off.ran("/orders", 1, 2);
  row("off, a request", `${((cpuMs() - before) * 1e6 / CALLS).toFixed(1)} ns`);
}

const busy = await sampleMicros(DENSE_MICROS, PAIRS, () => work(rounds));
row(
  "a sample while it works",
  `${busy.micros.toFixed(0)} µs ± ${busy.spread.toFixed(0)}, ${
    busy.perSecond.toFixed(0)
  } a second at 1 ms`,
);
const idle = await sampleMicros(intervalMicros, 10, () => sleep(1000));
row("a sample in sleep", `${idle.micros.toFixed(0)} µs ± ${idle.spread.toFixed(0)}`);

const recorder = await Recorder.open(intervalMicros);
const ends: number[] = [], reads: number[] = [], packs: number[] = [];
let samples = 0;
for (let i = 0; i < 5; i++) {
  const window = await recorder.begin(), until = performance.now() + 5000;
  while (performance.now() < until) await work(20);
  let before = cpuMs();
  const recording = await recorder.end(window);
  ends.push(cpuMs() - before);
  samples = (recording.raw.samples?.length ?? 0) / 5;
  before = cpuMs();
  const profile = await readCpu(recording, { intervalMicros, startMs: 0 });
  reads.push(cpuMs() - before);
  before = cpuMs();
  await profile.pprof();
  packs.push(cpuMs() - before);
}
await recorder.close();
const endMs = median(ends), keepMs = median(reads) + median(packs);
row("the end of a window", `${endMs.toFixed(1)} ms`);
row(
  "reading and packing one that is kept",
  `${keepMs.toFixed(1)} ms; ${samples.toFixed(0)} samples a second`,
);

const overlaps = ENGINE === "v8";
const windows = everyMs / (overlaps ? durationMs : everyMs);
const sampledMs = overlaps ? everyMs : durationMs;
const fixedMs = windows * endMs + keepMs;
for (
  const [name, each, perSecond] of [["loaded", busy.micros, samples], [
    "idle",
    idle.micros,
    idle.perSecond,
  ]] as const
) {
  const sampleMs = Math.max(0, each) / 1000 * perSecond * sampledMs / 1000;
  const share = (sampleMs + fixedMs) / everyMs;
  row(
    `the default schedule, ${name}`,
    `${(100 * share).toFixed(2)} % of a CPU${
      share <= DEFAULTS.maxOverhead ? " (1 % wanted)" : ": the budget holds it at 1 %"
    }`,
  );
}

// What the profiler itself says of a schedule of the same duty.
{
  const profiler = new Profiler({ everyMs: 6000, durationMs: 1000 });
  await profiler.start();
  const until = performance.now() + 18_000;
  while (performance.now() < until) await work(20);
  const { start, rotate, read, sample } = profiler.budget.costMs;
  const text = [["start", start], ["rotate", rotate], ["read", read], ["sample", sample]]
    .map(([step, ms]) => `${step} ${(ms as number).toFixed(0)} ms`).join(", ");
  row("counted by itself in 18 s, ten times as dense", text);
  await profiler.close();
}

// Memory: 50 windows follow each other.
{
  const { gc, Bun } = globalThis as { gc?: () => void; Bun?: { gc(force: boolean): void } };
  const rssMb = () => {
    if (Bun !== undefined) Bun.gc(true);
    else gc?.();
    return Math.round(process.memoryUsage.rss() / 1e6);
  };
  const profiler = new Profiler({ everyMs: 1000, durationMs: 100, maxOverhead: 1 });
  const sizes = [rssMb()];
  await profiler.start();
  for (let i = 0; i < 5; i++) {
    const until = performance.now() + (overlaps ? 1100 : 10_000);
    while (performance.now() < until) await work(20);
    sizes.push(rssMb());
  }
  const taken = overlaps ? profiler.counts.rotations : profiler.counts.captures()[0]?.[3];
  row(`MB resident, before and during ${taken} windows`, sizes.join(" "));
  await profiler.close();
}
process.exit(0);
