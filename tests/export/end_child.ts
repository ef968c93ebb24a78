/** A service that ends in one of several ways with all of its telemetry still in memory. */
import process from "node:process";
import { setImmediate } from "node:timers/promises";
import { telltale } from "../../mod.ts";

const [end, endpoint, folder] = process.argv.slice(2) as [string, string, string | undefined];
const t = telltale({
  service: "ending",
  log: { sinks: [] },
  otlp: { endpoint, protocol: "http/json", spool: folder },
});
if (end !== "early") {
  await import("../../src/export/otlp/sender.ts");
  for (let i = 0; i < 3; i++) await setImmediate();
}

for (let i = 0; i < 1000; i++) t.tracer.span(`span ${i}`, () => {});
for (let i = 0; i < 100; i++) t.log.info(`line ${i}`);
t.metrics.counter("work_total", "Work").inc();

const ends: Record<string, () => void> = {
  early: () => process.exit(3),
  "process.exit": () => process.exit(3),
  "Deno.exit": () => (globalThis as unknown as { Deno: typeof Deno }).Deno.exit(4),
  throw: () =>
    setTimeout(() => {
      throw new Error("on purpose");
    }, 0),
  rejection: () => void Promise.reject(new Error("on purpose")),
  signal: () => {
    setInterval(() => {}, 1000);
    console.log("ready");
  },
};
ends[end]?.();
