/**
 * Metrics beside prom-client and its successor, OpenTelemetry's SDK and, where `go` is installed, Go's own client.
 *
 * `deno task bench:versus metrics`, or with either runtime: `deno run -A bench/versus/metrics.ts`.
 *
 * @module
 */
import successor from "@prometheus-io/client";
import { MeterProvider, MetricReader } from "@opentelemetry/sdk-metrics";
import { spawnSync } from "node:child_process";
import process from "node:process";
import { fileURLToPath } from "node:url";
import prom from "prom-client";
import { Registry } from "../../src/metrics/mod.ts";
import { measure, print, type Row, runtimeName } from "./rounds.ts";
import { printScrapes } from "./scrape/turns.ts";

const LABELS = ["status", "method", "region"] as const;
const BUCKETS = [.005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10];
const values = Array.from({ length: 4096 }, (_, i) => Math.exp((i * 7919 % 4096) / 512 - 6));

class IdleReader extends MetricReader {
  protected override onForceFlush(): Promise<void> {
    return Promise.resolve();
  }
  protected override onShutdown(): Promise<void> {
    return Promise.resolve();
  }
}

const registry = new Registry();
const counter = registry.counter("orders_total", "Orders", LABELS);
const bound = counter.with({ status: "ok", method: "card", region: "eu" });
const histogram = registry.histogram("seconds", "Seconds", ["route"], { buckets: BUCKETS });
const boundHistogram = histogram.with({ route: "/orders" });

/** prom-client and its successor, which have one interface as far as it goes here. */
const RIVALS: readonly (readonly [name: string, client: Rival])[] = [
  ["prom-client", prom],
  ["@prometheus-io/client", successor as unknown as Rival],
];
type Rival = Pick<typeof prom, "Counter" | "Histogram" | "Registry">;

const otelCounter = new MeterProvider({ readers: [new IdleReader()] }).getMeter("bench")
  .createCounter("orders_total");

let i = 0;
const rows: Row[] = [
  ...RIVALS.flatMap(([rival, client]) => [
    ...calls(rival, client),
    manyHistograms(rival, client),
    manyCounters(rival, client),
  ]),
  {
    work: "counter, 3 labels by object",
    ours: () => counter.inc({ status: "ok", method: "card", region: "eu" }),
    rival: "OpenTelemetry",
    theirs: () => otelCounter.add(1, { status: "ok", method: "card", region: "eu" }),
    target: 8,
  },
];

function calls(rival: string, { Counter, Histogram, Registry }: Rival): Row[] {
  const registers = [new Registry()];
  const theirs = new Counter({
    name: "orders_total",
    help: "Orders",
    labelNames: [...LABELS],
    registers,
  });
  const theirBound = theirs.labels({ status: "ok", method: "card", region: "eu" });
  const theirHistogram = new Histogram({
    name: "seconds",
    help: "Seconds",
    labelNames: ["route"],
    buckets: BUCKETS,
    registers,
  }).labels({ route: "/orders" });
  return [
    {
      work: "counter, bound handle",
      ours: () => bound.inc(),
      rival,
      theirs: () => theirBound.inc(),
      target: 40,
    },
    {
      work: "counter, 3 labels by object",
      ours: () => counter.inc({ status: "ok", method: "card", region: "eu" }),
      rival,
      theirs: () => theirs.inc({ status: "ok", method: "card", region: "eu" }),
      target: 8,
    },
    {
      work: "histogram, bound handle",
      ours: () => boundHistogram.observe(values[i++ & 4095]!),
      rival,
      theirs: () => theirHistogram.observe(values[i++ & 4095]!),
      target: 20,
    },
  ];
}

function manyHistograms(rival: string, client: Rival): Row {
  const ours = new Registry(), theirs = new client.Registry();
  const a = ours.histogram("seconds", "Seconds", ["route"], { buckets: BUCKETS });
  const b = new client.Histogram({
    name: "seconds",
    help: "Seconds",
    labelNames: ["route"],
    buckets: BUCKETS,
    registers: [theirs],
  });
  for (let n = 0; n < 50_000; n++) {
    a.observe(values[n & 4095]!, { route: `/r/${n % 1000}` });
    b.observe({ route: `/r/${n % 1000}` }, values[n & 4095]!);
  }
  return {
    work: "scrape, 1000 histograms of 11 buckets",
    ours: async () => await (await ours.scrape()).arrayBuffer(),
    rival,
    theirs: async () => new TextEncoder().encode(await theirs.metrics()),
    target: 8,
    long: true,
  };
}

function manyCounters(rival: string, client: Rival): Row {
  const ours = new Registry({ maxSeries: 100_000 }), theirs = new client.Registry();
  const a = ours.counter("requests_total", "Requests", LABELS);
  const b = new client.Counter({
    name: "requests_total",
    help: "Requests",
    labelNames: [...LABELS],
    registers: [theirs],
  });
  for (let n = 0; n < 100_000; n++) {
    const labels = { status: String(200 + n % 7), method: `m${n % 100}`, region: String(n) };
    a.inc(labels);
    b.inc(labels);
  }
  return {
    work: "scrape, 100 000 counters",
    ours: async () => await (await ours.scrape()).arrayBuffer(),
    rival,
    theirs: async () => new TextEncoder().encode(await theirs.metrics()),
    target: 15,
    long: true,
  };
}

const results = [];
for (const row of rows) results.push(await measure(row));
print("Metrics", results);
first();
go();
memory();

/** The rows above are of warm code, which a scraper never meets. */
function first(): void {
  console.log(`\nFirst scrape of a process, 100 000 counters, ${runtimeName()}: median of 5`);
  const args = "Bun" in globalThis ? [] : ["run", "-A", "--no-check"];
  printScrapes({ command: [process.execPath, ...args], rounds: 5, target: 4 });
}

/** The same work by Go's client, timed by Go's own benchmarks. */
function go(): void {
  const cwd = fileURLToPath(new URL("./go/metrics", import.meta.url));
  const { status, stdout } = spawnSync(
    "go",
    ["test", "-run", "^$", "-bench", ".", "-benchtime", "300ms", "-count", "3"],
    { cwd, encoding: "utf8" },
  );
  if (status !== 0) {
    console.log("\n  (Go's client is not measured: go is not installed, or can't build it)");
    return;
  }
  const byName = new Map<string, number[]>();
  for (
    const [, name, ns] of stdout.matchAll(/^Benchmark(\w+?)(?:-\d+)?\s+\d+\s+([\d.]+) ns\/op/gm)
  ) {
    byName.set(name!, [...byName.get(name!) ?? [], Number(ns)]);
  }
  console.log("\nGo's client_golang, the same work, median of 3");
  for (const [name, ns] of byName) {
    const median = ns.sort((a, b) => a - b)[1]!;
    console.log(
      `  ${name.padEnd(32)} ${
        median < 1e6 ? `${median.toFixed(1)} ns` : `${(median / 1e6).toFixed(1)} ms`
      }`,
    );
  }
}

function memory(): void {
  const collect = globalThis as { gc?: () => void; Bun?: { gc(force: boolean): void } };
  const heap = () => {
    collect.gc?.();
    collect.Bun?.gc(true);
    return process.memoryUsage().heapUsed;
  };
  const bytesPer = (make: () => (n: number) => void, count: number): number => {
    const before = heap();
    const add = make();
    for (let n = 0; n < count; n++) add(n);
    const bytes = (heap() - before) / count;
    kept.push(add);
    return Math.round(bytes);
  };
  const kept: unknown[] = [];
  const roomy = () => new Registry({ maxSeries: 1_000_000 });
  console.log("\nMemory, bytes of heap a series");
  console.log(`  counter, 2 labels         ${
    bytesPer(() => {
      const c = roomy().counter("c_total", "C", ["a", "b"]);
      return (n) => c.inc({ a: `${n % 100}`, b: `${n}` });
    }, 50_000)
  }`);
  for (const octaves of [1, 5, 14]) {
    console.log(`  histogram, ${String(octaves).padStart(2)} octaves seen  ${
      bytesPer(() => {
        const h = roomy().histogram("h", "H", ["a"]);
        return (n) => {
          for (let o = 0; o < octaves; o++) h.observe(2 ** (o - 9) * 1.3, { a: `${n}` });
        };
      }, 5_000)
    }`);
  }
  const capped = new Registry();
  const users = capped.counter("u_total", "U", ["user"]);
  for (let n = 0; n < 10_000; n++) users.inc({ user: `u${n}` });
  const before = heap();
  for (let n = 0; n < 1_000_000; n++) users.inc({ user: `user ${n}` });
  console.log(
    `  heap after 1 000 000 more label sets than the cap takes: ${
      ((heap() - before) / 1024).toFixed(0)
    } KB more`,
  );
  if (kept.length === 0) throw new Error("nothing was kept");
}
