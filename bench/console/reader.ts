/**
 * What one reader of the console's stream costs the service: the same process is measured with a reader and
 * without one, by turns.
 *
 *     deno run -A bench/console/reader.ts [--runtime deno|bun] [--rounds N] [--only latency|items]
 *
 * Latency: p50 and p99 at half of the rate that the server can take. Items: CPU time of the whole process for
 * a line and of a span, each at a rate of its own, since what is sent depends on the time as well as
 * on the number. Linux only.
 *
 * @module
 */
import { connect } from "node:net";
import process from "node:process";
import { parseArgs } from "node:util";
import { telltale } from "../../mod.ts";
import { hello, listen } from "../versus/http/listen.ts";
import { drive } from "../versus/http/load.ts";
import { pace } from "../versus/http/paced.ts";
import {
  cpuMicros,
  type Runtime,
  runtimes,
  type Server,
  Servers,
  TITLES,
} from "../versus/http/server.ts";
import { median } from "../versus/rounds.ts";

/** Items a second, and how often some are due. */
const RATES = { line: 4000, span: 4000 } as const, STEP_MS = 5;
/** Length of a turn; a reader is there for as long before it, so that it has caught up. */
const TURN_MS = 1500, SETTLE_MS = 300;

type Kind = keyof typeof RATES;

/** The service: answers, and writes lines or spans for as long as it runs if its argument says so. */
function serve(kind: string | undefined): void {
  const t = telltale({ service: "bench", otlp: false });
  listen(t.instrument(hello));
  if (kind !== "line" && kind !== "span") return;
  let i = 0;
  const one = kind === "line"
    ? () => t.log.info("placed order", { order_id: i, customer: "c-1024", ms: i % 97 })
    : () =>
      t.tracer.span("SELECT prices", { kind: "client" }, (span) => {
        span.set("db.system.name", "postgresql").set("db.namespace", "shop");
      });
  const begun = performance.now();
  setInterval(() => {
    const due = (performance.now() - begun) * RATES[kind] / 1000;
    for (; i < due; i++) one();
  }, STEP_MS);
}

/** A page that is open: takes what the stream gives. */
async function read({ port }: Server): Promise<{ readonly bytes: number; end(): void }> {
  const socket = connect(port, "127.0.0.1");
  const reading = {
    bytes: 0,
    end: () => {
      socket.destroy();
    },
  };
  await new Promise<void>((resolve, reject) => {
    socket.once("error", reject);
    socket.on("data", (chunk) => {
      if (reading.bytes === 0 && !chunk.toString("latin1").startsWith("HTTP/1.1 200")) {
        reject(new Error(`Cannot read the stream: ${chunk}`));
      }
      reading.bytes += chunk.length;
      resolve();
    });
    socket.write(
      `GET /telltale/api/stream?want=tick,rows,logs HTTP/1.1\r\nhost: 127.0.0.1:${port}\r\n\r\n`,
    );
  });
  return reading;
}

const mean = (numbers: readonly number[]) => numbers.reduce((a, b) => a + b) / numbers.length;
const sleep = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

/** Takes turns, every second pair the other way round. */
async function byTurns<T>(server: Server, rounds: number, turn: () => Promise<T>) {
  const alone: T[] = [], besides: T[] = [];
  let bytes = 0;
  for (let i = 0; i < 2 * rounds; i++) {
    const isRead = i % 4 === 1 || i % 4 === 2;
    const reading = isRead ? await read(server) : undefined;
    await sleep(SETTLE_MS);
    (isRead ? besides : alone).push(await turn());
    reading?.end();
    bytes += reading?.bytes ?? 0;
  }
  return { alone, besides, megabytes: bytes / rounds / 1e6 };
}

async function latency(servers: Servers, runtime: Runtime, rounds: number): Promise<void> {
  const server = await start(servers, runtime, "request");
  const bursts: number[] = [];
  for (let i = 0; i < 5; i++) bursts.push(await drive(server.port, 1));
  const rate = Math.round(median(bursts) / 2), seconds = 2;
  const { alone, besides, megabytes } = await byTurns(server, rounds, async () => {
    const before = cpuMicros(server);
    const micros = await pace(server.port, rate, seconds);
    return [micros[0], micros[1], (cpuMicros(server) - before) / (rate * seconds)] as const;
  });
  servers.end([server]);
  console.log(
    `\n${TITLES[runtime]}, ${rate} requests/s, ${rounds} turns each of ${seconds} s, ` +
      `${megabytes.toFixed(1)} MB read a turn`,
  );
  for (const [i, name] of ["p50, µs", "p99, µs", "CPU µs/request"].entries()) {
    const ratio = median(alone.map((one, k) => besides[k]![i]! / one[i]!));
    const [a, b] = [alone, besides].map((all) => median(all.map((one) => one[i]!)).toFixed(1));
    console.log(`  ${name.padEnd(15)} alone ${a}, read ${b}: ${ratio.toFixed(3)}×`);
  }
}

async function items(servers: Servers, runtime: Runtime, kind: Kind, rounds: number) {
  const server = await start(servers, runtime, kind);
  await sleep(2000);
  const { alone, besides, megabytes } = await byTurns(server, rounds, async () => {
    const before = cpuMicros(server), begun = performance.now();
    await sleep(TURN_MS);
    const count = (performance.now() - begun) / 1000 * RATES[kind];
    return (cpuMicros(server) - before) / count;
  });
  servers.end([server]);
  // The count of the operating system has steps of 10 ms: the mean of turns tells more than one of them.
  const [a, b] = [mean(alone), mean(besides)];
  console.log(
    `  ${TITLES[runtime]}, a ${kind} of ${RATES[kind]} a second: alone ${a.toFixed(2)}, read ` +
      `${b.toFixed(2)} µs of CPU: +${(b - a).toFixed(2)} µs, ${(b / a).toFixed(2)}×; ` +
      `${megabytes.toFixed(2)} MB a turn`,
  );
}

function start(servers: Servers, runtime: Runtime, kind: string): Promise<Server> {
  return servers.script(kind, runtime, "../../console/reader", { args: ["serve", kind] });
}

if (process.argv[2] === "serve") {
  serve(process.argv[3]);
} else {
  const { values: options } = parseArgs({
    options: {
      rounds: { type: "string", default: "9" },
      runtime: { type: "string" },
      only: { type: "string" },
    },
  });
  const rounds = Number(options.rounds);
  {
    using servers = new Servers();
    for (const runtime of runtimes(options.runtime)) {
      if (options.only !== "items") await latency(servers, runtime, rounds);
      if (options.only === "latency") continue;
      for (const kind of ["line", "span"] as const) await items(servers, runtime, kind, rounds);
    }
  }
  process.exit(0);
}
