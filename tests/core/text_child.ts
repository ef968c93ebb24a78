/** Logs cuts of far longer texts, and prints the size of the heap; run by text_test.ts. */
import process from "node:process";
import { EMAILS, Logger } from "../../src/log/mod.ts";

const { gc, Bun } = globalThis as { gc?(): void; Bun?: { gc(now: boolean): void } };
const heapBytes = () => {
  for (let i = 0; i < 3; i++) Bun === undefined ? gc!() : Bun.gc(true);
  return process.memoryUsage().heapUsed;
};

const before = heapBytes();
const logs = [new Logger({ sinks: [] }), new Logger({ sinks: [], redact: { patterns: [EMAILS] } })];
for (let i = 0; i < 100; i++) {
  const text = new TextDecoder().decode(new Uint8Array(1_000_000).fill(97 + i % 26));
  for (const log of logs) log.info(text, { text, nested: [{ text }], [text]: new Error(text) });
}
console.log(heapBytes() - before);
