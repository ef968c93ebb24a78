import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { decodeFrame } from "../../src/export/spool/frame.ts";
import { HANG_MS, skipWhen } from "../tool.ts";
import { itemsOf } from "./collector.ts";
import type { Decoded } from "./decode.ts";

/** How the process ends, and what its parent sees. */
const ENDS: readonly (readonly [end: string, code: number | null, signal: string | null])[] = [
  ["normal", 0, null],
  ["throw", 1, null],
  ["rejection", 1, null],
  ["process.exit", 3, null],
  // In the first turn of the loop, before the exporter's code is loaded.
  ["early", 3, null],
  ["Deno.exit", 4, null],
  ["SIGTERM", null, "SIGTERM"],
  ["SIGINT", null, "SIGINT"],
];

interface Ended {
  readonly code: number | null;
  readonly signal: string | null;
  readonly stderr: string;
}

function runToEnd(end: string, args: readonly string[]): Promise<Ended> {
  const isSignal = end.startsWith("SIG");
  const child = fileURLToPath(new URL("end_child.ts", import.meta.url));
  const prefix = "Bun" in globalThis ? ["run"] : ["run", "-A", "--no-check", "--quiet"];
  const job = spawn(process.execPath, [...prefix, child, isSignal ? "signal" : end, ...args]);
  let stderr = "";
  job.stderr.setEncoding("utf8").on("data", (text) => stderr += text);
  job.stdout.on("data", () => {
    if (isSignal) job.kill(end as NodeJS.Signals);
  });
  return new Promise((resolve) => {
    job.once("close", (code, signal) => resolve({ code, signal, stderr }));
  });
}

/** Requests by signal, as a receiver on a port of its own got them. */
async function withReceiver(
  work: (url: string, taken: Record<string, Decoded[]>) => Promise<void>,
): Promise<void> {
  const taken: Record<string, Decoded[]> = { traces: [], metrics: [], logs: [] };
  const server = createServer((request, response) => {
    let body = "";
    request.setEncoding("utf8").on("data", (text) => body += text);
    request.on("end", () => {
      taken[request.url!.split("/").at(-1)!]!.push(JSON.parse(body));
      response.writeHead(200).end();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  try {
    await work(`http://127.0.0.1:${(server.address() as AddressInfo).port}`, taken);
  } finally {
    server.closeAllConnections();
    server.close();
  }
}

function spooled(folder: string, taken: Record<string, Decoded[]>): void {
  for (const name of readdirSync(folder).filter((name) => name.endsWith(".batch"))) {
    const frame = decodeFrame(readFileSync(join(folder, name)));
    // One that was being written at the end: a spool that is opened leaves it out, as it is whole
    // in another.
    if (frame === undefined) continue;
    taken[name.split("-")[0]!]!.push(JSON.parse(new TextDecoder().decode(frame.body)));
  }
}

/** Counts distinct items: a batch that is being sent at the end may arrive twice. */
function counts(taken: Record<string, Decoded[]>): Record<string, number> {
  const items = (signal: string) =>
    itemsOf(taken[signal]!.flatMap((r) => r.resourceSpans ?? r.resourceMetrics ?? r.resourceLogs));
  return {
    spans: new Set(items("traces").map(({ spanId }) => spanId)).size,
    records: new Set(items("logs").map(({ body }) => body.stringValue)).size,
    work: new Set(items("metrics").filter(({ name }) => name === "work_total")).size,
  };
}

const ALL = { spans: 1000, records: 100, work: 1 };

for (const [end, code, signal] of ENDS) {
  const isDenos = end === "Deno.exit" && !("Deno" in globalThis);
  const options = { timeout: HANG_MS, skip: skipWhen(isDenos, "Deno's own way to end") };
  for (const spool of [false, true]) {
    const place = spool ? "in the spool or with the receiver" : "with the receiver";
    test(`OtlpExporter: after ${end} all is ${place}`, options, async () => {
      const folder = mkdtempSync(join(tmpdir(), "telltale-end-"));
      try {
        await withReceiver(async (url, taken) => {
          const ended = await runToEnd(end, [url, ...spool ? [folder] : []]);
          assert.deepEqual([ended.code, ended.signal], [code, signal], ended.stderr);
          assert.doesNotMatch(ended.stderr, /lost|Cannot/);
          spooled(folder, taken);
          assert.deepEqual({ ...counts(taken), work: Math.min(counts(taken).work!, 1) }, ALL);
        });
      } finally {
        rmSync(folder, { recursive: true });
      }
    });

    const told = spool ? "all is in the spool" : "the loss is reported";
    test(`OtlpExporter: after ${end} without a receiver ${told}`, options, async () => {
      const folder = mkdtempSync(join(tmpdir(), "telltale-end-"));
      try {
        let away = "";
        await withReceiver((url) => (away = url, Promise.resolve()));
        const ended = await runToEnd(end, [away, ...spool ? [folder] : []]);
        assert.deepEqual([ended.code, ended.signal], [code, signal], ended.stderr);
        const lines = ended.stderr.split("\n").filter((line) => line.includes("lost"));
        if (spool) {
          const taken = { traces: [], metrics: [], logs: [] };
          spooled(folder, taken);
          assert.deepEqual(counts(taken), ALL);
          assert.deepEqual(lines, []);
        } else {
          assert.equal(lines.length, 1, ended.stderr);
          assert.match(
            lines[0]!,
            /^telltale: otlp: Error: 1000 spans, 100 log records, \d+ data points? /,
          );
          assert.ok(lines[0]!.includes(`may be lost: ${away.slice("http://".length)}: `), lines[0]);
          assert.match(lines[0]!, /refused|ECONNREFUSED/i);
        }
      } finally {
        rmSync(folder, { recursive: true });
      }
    });
  }
}
