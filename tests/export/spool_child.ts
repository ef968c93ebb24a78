/**
 * A process that spools spans to the folder of its first argument and says when they are there; it
 * then waits to be killed. Its receiver never answers.
 */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import process from "node:process";
import { decodeFrame } from "../../src/export/spool/frame.ts";
import { OtlpExporter } from "../../src/export/otlp/exporter.ts";
import { until } from "../e2e/wait.ts";
import { spanRecord } from "./span_record.ts";

const [folder, how] = process.argv.slice(2);
const exporter = new OtlpExporter({
  endpoint: "http://receiver",
  spool: folder!,
  traces: { maxBatchItems: 10, delayMs: 600_000 },
  fetch: () => new Promise(() => {}),
});
for (let i = 0; i < 25; i++) exporter.span(spanRecord(`span ${i}`));
await until("a try", () => exporter.counts("traces")!.inFlight === 10);
if (how === "throw") throw new Error("on purpose");
if (how === "exit") process.exit(3);
// Five spans wait in memory for more; the two full batches are written one after the other.
await until("both batches", () => {
  const names = readdirSync(folder!).filter((name) => name.endsWith(".batch"));
  return names.length === 2 &&
    names.every((name) => decodeFrame(readFileSync(join(folder!, name))));
});
console.log("spooled");
setInterval(() => {}, 1000);
