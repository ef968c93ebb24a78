/**
 * A load at a constant rate, whatever the server does: `paced.ts PORT RATE SECONDS` prints quantiles
 * of the latency, in microseconds, as JSON.
 *
 * Latency counts from the moment at which a request was due, not from when a connection was free for
 * it: requests that a stalled server held up count as well (no coordinated omission).
 *
 * @module
 */
import { spawn } from "node:child_process";
import { connect, type Socket } from "node:net";
import process from "node:process";
import { fileURLToPath } from "node:url";
import { TRACEPARENT } from "./load.ts";
import { placed } from "./pin.ts";

/** Enough that a stall of some milliseconds finds a free one. */
const CONNECTIONS = 64;

const QUANTILES = [.5, .99, .999] as const;

/** Latencies at p50, p99 and p99.9, in microseconds. */
export type Latencies = readonly [p50: number, p99: number, p999: number];

/** Drives a server from a process of its own. */
export async function pace(port: number, perSecond: number, seconds: number): Promise<Latencies> {
  const file = fileURLToPath(import.meta.url);
  const args = ["run", "-A", "--no-check", file, ...[port, perSecond, seconds].map(String)];
  const child = spawn(...placed("besides", process.execPath, args), {
    stdio: ["ignore", "pipe", "inherit"],
  });
  let output = "";
  for await (const chunk of child.stdout!) output += chunk;
  return JSON.parse(output);
}

/** A connection, and when the request under way on it was due. */
interface Lane {
  readonly socket: Socket;
  dueMs: number;
}

async function drive(port: number, perSecond: number, seconds: number): Promise<Latencies> {
  const request =
    `GET /hello/world HTTP/1.1\r\nhost: 127.0.0.1\r\ntraceparent: ${TRACEPARENT}\r\n\r\n`;
  const total = perSecond * seconds;
  const micros = new Float64Array(total);
  let sent = 0, answered = 0;
  const free: Lane[] = [];
  for (let i = 0; i < CONNECTIONS; i++) {
    const socket = connect(port, "127.0.0.1");
    const lane: Lane = { socket, dueMs: 0 };
    socket.setNoDelay(true);
    await new Promise<void>((resolve, reject) => {
      socket.once("connect", resolve);
      socket.once("error", reject);
    });
    // An answer this small arrives in one piece.
    socket.on("data", () => {
      micros[answered++] = (performance.now() - lane.dueMs) * 1000;
      free.push(lane);
    });
    free.push(lane);
  }
  const startMs = performance.now();
  await new Promise<void>((resolve) => {
    // Timers are exact to a millisecond, in which dozens of requests are due: so it spins.
    const step = () => {
      const nowMs = performance.now();
      while (sent < total && free.length > 0) {
        const dueMs = startMs + sent * 1000 / perSecond;
        if (dueMs > nowMs) break;
        const lane = free.pop()!;
        lane.dueMs = dueMs;
        lane.socket.write(request);
        sent++;
      }
      if (answered < total) setImmediate(step);
      else resolve();
    };
    step();
  });
  micros.sort();
  return QUANTILES.map((part) => micros[Math.floor(part * total)]!) as unknown as Latencies;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const [port, perSecond, seconds] = process.argv.slice(2).map(Number);
  console.log(JSON.stringify(await drive(port!, perSecond!, seconds!)));
  process.exit(0);
}
