/**
 * Logging beside pino, in one process, by turns; and beside zerolog and log/slog where Go is installed.
 * Every round is drained before its time is taken, and no line may be lost.
 *
 *     deno run -A bench/versus/logging.ts        bun bench/versus/logging.ts
 */
import { spawnSync } from "node:child_process";
import { mkdirSync } from "node:fs";
import { fileURLToPath } from "node:url";
import pino from "pino";
import { FileSink, Logger, StdoutSink } from "../../src/log/mod.ts";

/** One side of a row. */
interface Side {
  /** Logs one line. */
  readonly log: (n: number) => void;
  /** Resolves when all lines are out. */
  readonly drain: () => unknown;
}

/** The same work on both sides, and the wanted ratio. */
interface Row {
  readonly work: string;
  readonly ours: Side;
  readonly theirs: Side;
  /** The least wanted ratio of their time to ours. */
  readonly ratio?: number;
}

const nowhere = {
  write: (bytes: Uint8Array) => Promise.resolve(bytes.length),
  writeSync: (bytes: Uint8Array) => bytes.length,
};
let taken = 0;
const service = "orders";
const ring = new Logger({ level: "info", service, sinks: [() => void taken++] });
const batched = new Logger({
  level: "info",
  service,
  sinks: [new StdoutSink({ format: "json", writer: nowhere })],
});
const filed = new Logger({ level: "info", service, sinks: [new FileSink({ path: "/dev/null" })] });
const child = batched.with({ component: "checkout", shard: 7 });

/**
 * Takes lines as ours are taken: in batches, as bytes. A sink that does not look at them would hide
 * most of the work, since engines join a string only when it is read.
 */
class Batches {
  readonly #encoder = new TextEncoder();
  #text = "";
  bytes = 0;

  write(line: string): void {
    this.#text += line;
    if (this.#text.length >= 16_384) this.flush();
  }

  flush(): void {
    this.bytes += this.#encoder.encode(this.#text).length;
    this.#text = "";
  }
}

const base = { base: { service } };
const batches = new Batches();
const pinoNull = pino(base, batches);
const destination = pino.destination({ dest: "/dev/null", sync: false, minLength: 8192 });
const pinoFile = pino(base, destination);
const pinoChild = pinoNull.child({ component: "checkout", shard: 7 });

const three = (logger: Logger) => (n: number) =>
  logger.info("placing order", { order_id: n, customer: "c-1024", express: true });
const pinoThree = (logger: pino.Logger) => (n: number) =>
  logger.info({ order_id: n, customer: "c-1024", express: true }, "placing order");
const nested = (n: number) => ({ order: { id: n, lines: [{ sku: "a", count: 2 }] } });
const nothing = () => {};
const drainBatches = () => batches.flush();
const drainFile = () => destination.flushSync();

const rows: readonly Row[] = [
  {
    work: "disabled",
    ours: { log: () => ring.debug("placing order"), drain: nothing },
    theirs: { log: () => pinoNull.debug("placing order"), drain: nothing },
  },
  {
    work: "3 fields, into the ring and read from it",
    ratio: 5,
    ours: { log: three(ring), drain: () => ring.flush() },
    theirs: { log: pinoThree(pinoNull), drain: drainBatches },
  },
  {
    work: "3 fields, encoded and written in batches",
    ratio: 1.5,
    ours: { log: three(batched), drain: () => batched.flush() },
    theirs: { log: pinoThree(pinoNull), drain: drainBatches },
  },
  {
    work: "the same, bound to 2 more",
    ratio: 1.5,
    ours: { log: three(child), drain: () => child.flush() },
    theirs: { log: pinoThree(pinoChild), drain: drainBatches },
  },
  {
    work: "a nested field, encoded and written",
    ratio: 1.2,
    ours: { log: (n) => batched.info("placing order", nested(n)), drain: () => batched.flush() },
    theirs: { log: (n) => pinoNull.info(nested(n), "placing order"), drain: drainBatches },
  },
  {
    work: "3 fields, to a file in batches",
    ratio: 1.5,
    ours: { log: three(filed), drain: () => filed.flush() },
    theirs: { log: pinoThree(pinoFile), drain: drainFile },
  },
];

const ROUNDS = 15, LINES = 20_000;
/** A server yields between its requests; so does this. */
const BURST = 500;

/** Nanoseconds per line over one round, draining included. */
async function timeNs({ log, drain }: Side): Promise<number> {
  const start = performance.now();
  for (let n = 0; n < LINES;) {
    for (const end = n + BURST; n < end; n++) log(n);
    await drain();
  }
  return (performance.now() - start) * 1e6 / LINES;
}

function median(values: number[]): number {
  return values.toSorted((a, b) => a - b)[values.length >> 1]!;
}

console.log("work".padEnd(42), "ours".padStart(9), "pino".padStart(10), "ratio".padStart(8));
for (const { work, ours, theirs, ratio } of rows) {
  const ourNs: number[] = [], theirNs: number[] = [], ratios: number[] = [];
  for (let round = -2; round < ROUNDS; round++) {
    const [our, their] = [await timeNs(ours), await timeNs(theirs)];
    if (round < 0) continue; // Warming up.
    ourNs.push(our);
    theirNs.push(their);
    ratios.push(their / our);
  }
  const measured = median(ratios);
  const reached = ratio === undefined || measured >= ratio;
  console.log(
    work.padEnd(42),
    `${median(ourNs).toFixed(0)} ns`.padStart(9),
    `${median(theirNs).toFixed(0)} ns`.padStart(10),
    `${measured.toFixed(1)}×`.padStart(8),
    ratio === undefined ? "" : `  aim ${ratio}×${reached ? "" : ", MISSED"}`,
  );
}

const lost = [ring, batched, filed].reduce(
  (sum, { counts: { records, missed, output } }) => sum + records - output.written + missed,
  0,
);
if (lost !== 0) throw new Error(`${lost} lines were not written`);
goRows();

/** The third row by zerolog and log/slog, built once into the cache. */
function goRows(): void {
  const folder = fileURLToPath(new URL("./go/logging", import.meta.url));
  const cache = fileURLToPath(new URL("../../.cache/", import.meta.url));
  mkdirSync(cache, { recursive: true });
  const built = spawnSync("go", ["build", "-o", `${cache}bench-logging`, "."], { cwd: folder });
  if (built.status !== 0) return console.log("zerolog and slog: Go is not installed");
  const { stdout } = spawnSync(`${cache}bench-logging`, { encoding: "utf8" });
  for (const line of stdout.trim().split("\n")) {
    const [name, ns] = line.split(" ");
    console.log(`${name}, the third row`.padEnd(42), "".padStart(9), `${ns} ns`.padStart(10));
  }
}
