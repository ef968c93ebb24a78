/**
 * What a record of the ring really occupies, beside what its `sizeBytes` says.
 *
 *     deno run -A --v8-flags=--expose-gc bench/log/record_bytes.ts        bun bench/log/record_bytes.ts
 *
 * An argument is the number of records, a power of two.
 */
import process from "node:process";
import type { Context } from "../../src/core/context.ts";
import { INFO, Logger } from "../../src/log/mod.ts";

const COUNT = Number(process.argv[2] ?? 65_536);
const { Bun: bun, gc } = globalThis as {
  Bun?: { gc(sync: boolean): void };
  gc?: () => void;
};

/** A text that no other record has. */
function own(text: string, i: number): string {
  return JSON.parse(JSON.stringify(text + String(i).padStart(5, "0")));
}

function context(i: number, isOwnRequestId: boolean): Context {
  const traceId = own("0af7651916cd43dd8448eb21cc8", i), spanId = own("b7ad6b71692", i);
  const requestId = isOwnRequestId ? own("0af7651916cd43dd8448eb21cc9", i) : traceId;
  return { traceId, spanId, requestId, flags: 1, tracestate: "" };
}

const three = (i: number) => ({ order_id: i, customer: "c-1024", express: true });
const cases: Record<string, (log: Logger, i: number) => void> = {
  "a message": (log) => log.info("placing order"),
  "3 fields": (log, i) => log.info("placing order", three(i)),
  "3 fields, texts of its own": (log, i) =>
    log.info("placing order", { order_id: i, customer: own("customer-", i), path: own("/o/", i) }),
  "3 fields in a request": (log, i) => log.write(INFO, "placing", three(i), context(i, false)),
  "the same, with a request id": (log, i) => log.write(INFO, "placing", three(i), context(i, true)),
  "nested fields": (log, i) =>
    log.info("placing order", { order: { id: i, lines: [{ sku: "a", count: 2 }] } }),
  "an array of 10": (log, i) => log.info("placing order", { a: [i, 1, 2, 3, 4, 5, 6, 7, 8, 9] }),
  "an error": (log, i) => log.error("failed", new Error(own("no stock of ", i))),
  "500 letters": (log, i) => log.info("placing order", { text: own("y".repeat(495), i) }),
};

async function heapBytes(): Promise<number> {
  for (let i = 0; i < 4; i++) {
    if (bun !== undefined) bun.gc(true);
    else gc?.();
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  return process.memoryUsage().heapUsed;
}

console.log("record".padEnd(30), "really", "  says");
for (const [name, write] of Object.entries(cases)) {
  const log = new Logger({ level: "info", sinks: [], maxRecords: COUNT, maxBytes: Infinity });
  for (let i = 0; i < COUNT; i++) write(log, i);
  const last = log.ring.at(COUNT - 1)!, full = await heapBytes();
  for (let i = 0; i < COUNT; i++) log.ring.push(last);
  const really = (full - await heapBytes()) / COUNT;
  console.log(name.padEnd(30), really.toFixed(0).padStart(6), String(last.sizeBytes).padStart(6));
}
