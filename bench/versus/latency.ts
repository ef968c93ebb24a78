/**
 * Latency at half of the rate that our server can take: p50, p99 and p99.9 beside a bare server, and
 * what an export, a scrape and a reader of the rings add. See bench/README.md.
 *
 * `deno task bench:latency [--rounds N] [--seconds S] [--runtime deno|bun] [--pin]`; Linux only.
 *
 * @module
 */
import process from "node:process";
import { parseArgs } from "node:util";
import { drive } from "./http/load.ts";
import { type Latencies, pace } from "./http/paced.ts";
import {
  exportingTo,
  type Runtime,
  runtimes,
  type Server,
  Servers,
  TITLES,
} from "./http/server.ts";
import { median } from "./rounds.ts";

const { values: options } = parseArgs({
  options: {
    rounds: { type: "string", default: "5" },
    seconds: { type: "string", default: "5" },
    runtime: { type: "string" },
    pin: { type: "boolean" },
  },
});
const rounds = Number(options.rounds), seconds = Number(options.seconds);

/** A server, and what runs beside it. */
interface Case {
  readonly name: string;
  readonly server: Server;
  readonly scraped?: boolean;
}

/** Requests a second at which a server is busy all the time. */
async function saturation({ port }: Server): Promise<number> {
  const bursts: number[] = [];
  for (let i = 0; i < 5; i++) bursts.push(await drive(port, 1));
  return median(bursts);
}

async function run({ server, scraped }: Case, perSecond: number): Promise<Latencies> {
  const scrape = () => {
    void fetch(`http://127.0.0.1:${server.port}/metrics`).then((page) => page.text());
  };
  const timer = scraped ? setInterval(scrape, 1000) : undefined;
  try {
    return await pace(server.port, perSecond, seconds);
  } finally {
    clearInterval(timer);
  }
}

async function compare(title: string, cases: readonly Case[], perSecond: number) {
  const results = new Map(cases.map((item): [Case, Latencies[]] => [item, []]));
  for (let round = 0; round < rounds; round++) {
    for (const [item, latencies] of results) latencies.push(await run(item, perSecond));
  }
  console.log(`\n${title}, ${perSecond} requests/s: µs, median of ${rounds} runs of ${seconds} s`);
  console.log("                                  p50     p99   p99.9      above bare");
  let bare: number[] | undefined;
  for (const [{ name }, latencies] of results) {
    const micros = [0, 1, 2].map((i) => median(latencies.map((run) => run[i]!)));
    const above = bare === undefined ? [] : micros.map((value, i) => value - bare![i]!);
    bare ??= micros;
    console.log(`  ${name.padEnd(28)} ${columns(micros)}  ${columns(above)}`);
  }
}

function columns(micros: readonly number[]): string {
  return micros.map((value) => value.toFixed(0).padStart(7)).join(" ");
}

async function measure(servers: Servers, runtime: Runtime, sink: Server) {
  const env = exportingTo(sink);
  const script = (name: string, file: string, part: string) =>
    servers.script(name, runtime, file, { args: [part], env });
  const bare = await script("bare", "bare", "");
  const kept = await script("lines", "ours", "lines");
  const ours = await script("ours", "ours", "export");
  const read = await script("read", "ours", "read");
  const glued = await script("glued", "glued", "");
  const most = new Map<Server, number>();
  for (const server of [bare, kept, ours, read, glued]) most.set(server, await saturation(server));
  const half = (server: Server) => Math.round(most.get(server)! / 2);
  await compare(`${TITLES[runtime]} at half of what ours can take`, [
    { name: "bare", server: bare },
    { name: "ours, without export", server: kept },
    { name: "ours (exports)", server: ours },
    { name: "ours, scraped each second", server: ours, scraped: true },
    { name: "ours, read each second", server: read },
  ], half(ours));
  await compare(`${TITLES[runtime]} at half of what the glued stack can take`, [
    { name: "bare", server: bare },
    { name: "ours", server: ours },
    { name: "prom-client+pino+OTel", server: glued },
  ], half(glued));
  servers.end([...most.keys()]);
}

{
  using servers = new Servers();
  const sink = await servers.sink();
  for (const runtime of runtimes(options.runtime)) await measure(servers, runtime, sink);
}
process.exit(0);
