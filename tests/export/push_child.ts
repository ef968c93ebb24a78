/** A job that ends in one of several ways; what it pushes at its end is the test's. */
import process from "node:process";
import { Pushgateway, RemoteWrite } from "../../src/export/push.ts";
import { Registry } from "../../src/metrics/mod.ts";

const [to, url, end] = process.argv.slice(2) as [string, string, string];

if (to === "patient") {
  // Not awaited here: some runtimes wait for what a module awaits, whatever it is.
  void new Pushgateway({ url, job: "patient" }).push([]).then(({ tries }) => process.exit(tries));
}

const registry = new Registry();
const rows = registry.counter("rows_total", "Rows copied");
registry.gauge("asynchronous", "Never there", [], {
  collect: (gauge) => Promise.resolve().then(() => gauge.set(1)),
});

if (to === "gateway") {
  new Pushgateway({ url, job: "copy", grouping: { end } }).pushAtExit(() => registry.collectNow());
} else if (to === "remote") {
  new RemoteWrite({ url, labels: { job: "copy", end } }).writeAtExit(() => registry.collectNow());
}
rows.add(5);

const ends: Record<string, () => void> = {
  natural: () => setTimeout(() => rows.inc(), 10),
  exit: () => process.exit(3),
  throw: () =>
    setTimeout(() => {
      throw new Error("the job failed");
    }, 1),
  rejection: () => void Promise.reject(new Error("the job failed")),
  "Deno.exit": () => (globalThis as unknown as { Deno: typeof Deno }).Deno.exit(4),
};
ends[end]?.();
