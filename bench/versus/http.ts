/**
 * Cost of a request with everything on: the server's CPU time, as the operating system counts it,
 * beside the rivals', in short bursts by turns. See bench/README.md.
 *
 * `deno task bench:http [--rounds N] [--seconds S] [--runtime deno|bun] [--ablate] [--pin]
 * [--against REVISION]`; Linux only. `--against` measures today's sources beside another revision's
 * and nothing else.
 *
 * @module
 */
import process from "node:process";
import { parseArgs } from "node:util";
import { checkout } from "./checkout.ts";
import {
  exportingTo,
  type Runtime,
  runtimes,
  type Server,
  Servers,
  TITLES,
} from "./http/server.ts";
import { type Cost, type Costs, inTurns, printCosts } from "./http/turns.ts";
import { median } from "./rounds.ts";

const { values: options } = parseArgs({
  options: {
    rounds: { type: "string", default: "9" },
    seconds: { type: "string", default: "1" },
    runtime: { type: "string" },
    ablate: { type: "boolean", default: false },
    pin: { type: "boolean" },
    against: { type: "string" },
  },
});
const plan = { rounds: Number(options.rounds), seconds: Number(options.seconds) };

/** Ours up to a part; see http/ours.ts. */
const PARTS = [
  ["nothing", "no part"],
  ["metrics", "+ metrics"],
  ["spans", "+ spans kept"],
  ["ring", "+ log records kept"],
  ["lines", "+ log lines written"],
  ["export", "+ spans exported"],
] as const;

function ratio(costs: Costs, what: string, name: string, limit: number): void {
  const ours = costs.get("ours"), theirs = costs.get(name);
  if (ours === undefined || theirs === undefined) return;
  tell(`added CPU, ours / ${what}`, median(ours.added) / median(theirs.added), limit);
}

function tell(what: string, value: number, limit: number): void {
  const verdict = value <= limit ? "met" : "MISSED";
  console.log(`  ${what}: ${value.toFixed(2)}  (at most ${limit} wanted: ${verdict})`);
}

async function compare(servers: Servers, runtime: Runtime, sink: Server, go: Server[]) {
  const env = exportingTo(sink);
  const rivals = [
    await servers.script("bare", runtime, "bare"),
    await servers.script("floor", runtime, "floor"),
    await servers.script("ours", runtime, "ours", { env }),
    await servers.script("prom-client+pino+OTel", runtime, "glued", { env }),
  ];
  if (runtime === "deno") {
    const builtIn = { ...env, OTEL_DENO: "true" };
    rivals.push(await servers.script("OTEL_DENO", runtime, "bare", { env: builtIn }));
  }
  const costs = await inTurns([...rivals, ...go], plan);
  servers.end(rivals);
  printCosts(TITLES[runtime], costs, plan);
  ratio(costs, "glued stack", "prom-client+pino+OTel", 0.25);
  ratio(costs, "OTEL_DENO", "OTEL_DENO", 0.5);
  ratio(costs, "floor", "floor", 1.25);
  const goBare = costs.get("Go net/http, bare");
  if (goBare === undefined) return;
  const whole = ({ micros }: Cost) => median(micros);
  tell("whole CPU, ours / Go's bare net/http", whole(costs.get("ours")!) / whole(goBare), 1);
}

async function ablate(servers: Servers, runtime: Runtime, sink: Server) {
  const variants = [
    await servers.script("bare", runtime, "bare"),
    await servers.script("the floor", runtime, "floor"),
  ];
  for (const [part, name] of PARTS) {
    const env = exportingTo(sink);
    variants.push(await servers.script(name, runtime, "ours", { args: [part], env }));
  }
  const env = { ...exportingTo(sink), OTEL_METRICS_EXPORTER: "otlp", OTEL_LOGS_EXPORTER: "otlp" };
  variants.push(await servers.script("+ logs and metrics too", runtime, "ours", { env }));
  const costs = await inTurns(variants, plan);
  servers.end(variants);
  printCosts(`${TITLES[runtime]}, part by part`, costs, plan);
}

/** Today's sources beside a checkout of another revision; no more than 5 % worse is wanted. */
async function against(servers: Servers, runtime: Runtime, sink: Server, revision: string) {
  const env = exportingTo(sink), root = checkout(revision);
  const both = [
    await servers.script("bare", runtime, "bare"),
    await servers.script(revision, runtime, "ours", { env, root }),
    await servers.script("ours", runtime, "ours", { env }),
  ];
  const costs = await inTurns(both, plan);
  servers.end(both);
  printCosts(`${TITLES[runtime]}, today beside ${revision}`, costs, plan);
  ratio(costs, revision, revision, 1.05);
}

{
  using servers = new Servers();
  const sink = await servers.sink();
  const go = options.ablate || options.against ? [] : await servers.go(exportingTo(sink));
  for (const runtime of runtimes(options.runtime)) {
    if (options.against) await against(servers, runtime, sink, options.against);
    else if (options.ablate) await ablate(servers, runtime, sink);
    else await compare(servers, runtime, sink, go);
  }
}
process.exit(0);
