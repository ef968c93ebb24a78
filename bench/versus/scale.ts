/**
 * Cost of a request above a bare one with growing numbers of routes, log lines and child spans: flat
 * for routes, linear for the rest; and a scrape of 100 000 counters by a process that has done other work
 * for 15 s. See bench/README.md.
 *
 * `deno task bench:scale [--rounds N] [--seconds S] [--runtime deno|bun] [--pin] [--scrape]`; Linux
 * only. `--scrape` measures the scrape alone.
 *
 * @module
 */
import process from "node:process";
import { parseArgs } from "node:util";
import {
  COMMANDS,
  exportingTo,
  type Runtime,
  runtimes,
  type Server,
  Servers,
  TITLES,
} from "./http/server.ts";
import { fixed, inTurns, spread } from "./http/turns.ts";
import { median } from "./rounds.ts";
import { printScrapes } from "./scrape/turns.ts";

const { values: options } = parseArgs({
  options: {
    rounds: { type: "string", default: "5" },
    seconds: { type: "string", default: "1" },
    runtime: { type: "string" },
    pin: { type: "boolean" },
    scrape: { type: "boolean" },
  },
});
const plan = { rounds: Number(options.rounds), seconds: Number(options.seconds) };

interface Size {
  readonly routes: number;
  readonly lines: number;
  readonly spans: number;
  /** The most series of a metric. @default 2000 */
  readonly maxSeries?: number;
}

/** The result for one size. */
interface Added {
  readonly bare: number;
  readonly micros: number;
  readonly spread: number;
  /** Our own counters after the run. */
  readonly overflowed: number;
  readonly droppedSpans: number;
}

const ONE: Size = { routes: 1, lines: 0, spans: 0 };
const SIZES: readonly Size[] = [
  ONE,
  { ...ONE, routes: 100 },
  { ...ONE, routes: 10_000 },
  { ...ONE, routes: 10_000, maxSeries: 20_000 },
  { ...ONE, lines: 5 },
  { ...ONE, lines: 20 },
  { ...ONE, spans: 5 },
  { ...ONE, spans: 20 },
];

async function measure(servers: Servers, runtime: Runtime, sink: Server, size: Size) {
  const { routes, lines, spans, maxSeries } = size;
  const args = [routes, lines, spans, maxSeries ?? 2000].map(String);
  const bare = await servers.script("bare", runtime, "scaled", { args: ["bare", ...args] });
  const ours = await servers.script("ours", runtime, "scaled", {
    args: ["ours", ...args],
    env: exportingTo(sink),
  });
  const costs = await inTurns([bare, ours], { ...plan, routes });
  const page = await (await fetch(`http://127.0.0.1:${ours.port}/metrics`)).text();
  servers.end([bare, ours]);
  const { added } = costs.get("ours")!;
  const processed = "otel_sdk_processor_span_processed_total";
  const dropped = count(page, processed, 'error_type="queue_full"');
  return {
    bare: median(costs.get("bare")!.micros),
    micros: median(added),
    spread: spread(added),
    overflowed: count(page, "telltale_samples_overflowed_total"),
    droppedSpans: dropped / count(page, processed),
  };
}

/** The sum of a metric's samples that have a label. */
function count(page: string, name: string, label = ""): number {
  return page.split("\n")
    .filter((line) => line.startsWith(name) && line.includes(label))
    .reduce((sum, line) => sum + Number(/ ([\d.e+]+)/.exec(line.slice(name.length))?.[1]), 0);
}

function print(runtime: Runtime, results: ReadonlyMap<Size, Added>): void {
  console.log(`\n${TITLES[runtime]}: added CPU µs a request, ${plan.rounds} rounds in turn`);
  console.log("  routes  lines  spans    bare   added       ±  each more   notes");
  const base = results.get(ONE)!.micros;
  for (const [size, { bare, micros, spread, overflowed, droppedSpans }] of results) {
    const { routes, lines, spans, maxSeries } = size;
    const more = lines + spans;
    const notes = [
      maxSeries !== undefined && `maxSeries ${maxSeries}`,
      overflowed > 0 && "past the cap of series",
      droppedSpans > 0 && `${(droppedSpans * 100).toFixed(0)} % of the spans found no room to wait`,
    ].filter((note) => note !== false);
    console.log(
      `  ${String(routes).padStart(6)} ${String(lines).padStart(6)} ${String(spans).padStart(6)} ${
        fixed(bare)
      } ${fixed(micros)} ${(spread * 100).toFixed(0).padStart(5)} % ${
        (more === 0 ? "" : fixed((micros - base) / more)).padStart(10)
      }   ${notes.join("; ")}`,
    );
  }
}

if (!options.scrape) {
  using servers = new Servers();
  const sink = await servers.sink();
  for (const runtime of runtimes(options.runtime)) {
    const results = new Map<Size, Added>();
    for (const size of SIZES) results.set(size, await measure(servers, runtime, sink, size));
    print(runtime, results);
  }
}
for (const runtime of runtimes(options.runtime)) {
  console.log(`\n${TITLES[runtime]}: scrape of 100 000 counters after 15 s of other work`);
  printScrapes({ command: COMMANDS[runtime], rounds: 1, work: [15, 15, 15], target: 6 });
}
process.exit(0);
