/**
 * What a request costs with everything on: the server's CPU time, by the operating system's count,
 * beside the rivals', in short bursts by turns.
 *
 * `deno task bench:http [--rounds N] [--seconds S] [--runtime deno|bun]`; Linux only.
 *
 * @module
 */
import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { drive } from "./http/load.ts";
import { median } from "./rounds.ts";

const { values: options } = parseArgs({
  options: {
    rounds: { type: "string", default: "9" },
    seconds: { type: "string", default: "1" },
    runtime: { type: "string" },
  },
});
const rounds = Number(options.rounds), seconds = Number(options.seconds);
const here = (path: string) => fileURLToPath(new URL(path, import.meta.url));
const bun = here("../../node_modules/.bin/bun");
const folder = mkdtempSync(join(tmpdir(), "telltale-bench-"));
const TICKS_PER_SECOND = Number(spawnSync("getconf", ["CLK_TCK"], { encoding: "utf8" }).stdout) ||
  100;

interface Server {
  readonly name: string;
  readonly child: ChildProcess;
  readonly port: number;
}

/** Every process that was started, to be ended whatever happens. */
const started: ChildProcess[] = [];

/** CPU microseconds a request, one for each round. */
type Costs = Map<string, number[]>;

async function start(name: string, command: string, args: string[], env = {}): Promise<Server> {
  // Log lines go to a file, as they would in production: a terminal or a full pipe is another bench.
  const out = openSync(join(folder, `${name.replaceAll(/\W+/g, "_")}.log`), "w");
  const child = spawn(command, args, {
    stdio: ["ignore", out, "pipe"],
    env: { ...process.env, ...env },
  });
  started.push(child);
  closeSync(out);
  let said = "";
  for await (const line of createInterface({ input: child.stderr! })) {
    const port = /^READY (\d+)$/.exec(line)?.[1];
    said += `${line}\n`;
    if (port !== undefined) {
      child.stderr!.resume();
      return { name, child, port: Number(port) };
    }
  }
  throw new Error(`Cannot start ${name}:\n${said}`);
}

/** User and system time of a process so far, all its threads included. */
function cpuMicros(pid: number): number {
  const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  return (Number(fields[11]) + Number(fields[12])) / TICKS_PER_SECOND * 1e6;
}

async function burst({ child, port }: Server): Promise<{ micros: number; perSecond: number }> {
  const before = cpuMicros(child.pid!);
  const requests = await drive(port, seconds);
  return { micros: (cpuMicros(child.pid!) - before) / requests, perSecond: requests / seconds };
}

async function compare(title: string, servers: Server[]): Promise<Costs> {
  const costs: Costs = new Map(), speeds: Costs = new Map();
  for (const server of servers) await burst(server); // Warm.
  for (let round = 0; round < rounds; round++) {
    for (const server of servers) {
      const { micros, perSecond } = await burst(server);
      costs.set(server.name, [...costs.get(server.name) ?? [], micros]);
      speeds.set(server.name, [...speeds.get(server.name) ?? [], perSecond]);
    }
  }
  const bare = costs.get("bare")!;
  console.log(`\n${title}: CPU µs a request, ${rounds} rounds of ${seconds} s in turn`);
  console.log("  server                      median    min   added   requests/s");
  for (const [name, micros] of costs) {
    const added = median(micros.map((cost, i) => cost - bare[i]!));
    console.log(
      `  ${name.padEnd(26)} ${fixed(median(micros))} ${fixed(Math.min(...micros))} ${
        fixed(added)
      } ${median(speeds.get(name)!).toFixed(0).padStart(12)}`,
    );
  }
  return costs;
}

function fixed(micros: number): string {
  return micros.toFixed(1).padStart(7);
}

function ratio(costs: Costs, what: string, name: string, limit: number): void {
  const bare = costs.get("bare")!, ours = costs.get("ours"), theirs = costs.get(name);
  if (ours === undefined || theirs === undefined) return;
  const value = median(ours.map((cost, i) => (cost - bare[i]!) / (theirs[i]! - bare[i]!)));
  console.log(`  added CPU, ours / ${what}: ${value.toFixed(2)}  (at most ${limit} wanted)`);
}

async function run(runtime: "deno" | "bun", go: Server[]): Promise<void> {
  const command = runtime === "deno" ? process.execPath : bun;
  const flags = runtime === "deno" ? ["run", "-A", "--no-check"] : [];
  const sink = await start("sink", command, [...flags, here("http/sink.ts")]);
  const env = {
    OTEL_EXPORTER_OTLP_ENDPOINT: `http://127.0.0.1:${sink.port}`,
    OTEL_SERVICE_NAME: "bench",
    // What the glued stack exports: traces. Metrics are scraped, log lines go to standard output.
    OTEL_METRICS_EXPORTER: "none",
    OTEL_LOGS_EXPORTER: "none",
  };
  const at = (name: string, file: string, extra = {}) =>
    start(name, command, [...flags, here(`http/${file}.ts`)], { ...extra });
  const servers = [
    await at("bare", "bare"),
    await at("floor", "floor"),
    await at("ours", "ours", env),
    await at("prom-client+pino+OTel", "glued", env),
  ];
  if (runtime === "deno") {
    servers.push(await at("OTEL_DENO", "bare", { ...env, OTEL_DENO: "true" }));
  }
  const costs = await compare(runtime === "deno" ? "Deno" : "Bun", [...servers, ...go]);
  ratio(costs, "glued stack", "prom-client+pino+OTel", 0.25);
  ratio(costs, "OTEL_DENO", "OTEL_DENO", 0.5);
  ratio(costs, "floor", "floor", 1.25);
  const goBare = costs.get("Go net/http, bare");
  if (goBare !== undefined) {
    const value = median(costs.get("ours")!.map((cost, i) => cost / goBare[i]!));
    console.log(`  whole CPU, ours / Go's bare net/http: ${value.toFixed(2)}  (at most 1 wanted)`);
  }
  for (const { child } of [sink, ...servers]) child.kill("SIGKILL");
}

async function startGo(): Promise<Server[]> {
  const binary = join(folder, "go-server");
  const built = spawnSync("go", ["build", "-o", binary, "."], { cwd: here("go/http") });
  if (built.status !== 0) {
    console.log("Go's servers are not measured: go is not installed, or can't build them");
    return [];
  }
  return [
    await start("Go net/http, bare", binary, ["bare"]),
    await start("Go, zerolog+prom+otelhttp", binary, ["glued"]),
  ];
}

try {
  const go = await startGo();
  for (const runtime of ["deno", "bun"] as const) {
    if (options.runtime === undefined || options.runtime === runtime) await run(runtime, go);
  }
} finally {
  for (const child of started) child.kill("SIGKILL");
  rmSync(folder, { recursive: true });
}
process.exit(0);
