/** A member of a cluster of processes: works without pause, and scrapes itself when it is asked. */
import process from "node:process";
import { createInterface } from "node:readline";
import { Registry } from "../../src/metrics/mod.ts";

const registry = new Registry({
  cluster: { socket: process.argv[2]!, goneAfterMs: 1000, deadlineMs: 300 },
});
const work = registry.counter("work_total", "");
registry.gauge("process_count", "").set(1);
setInterval(() => work.add(10), 1);
createInterface({ input: process.stdin }).on("line", async () => {
  console.log(JSON.stringify(await (await registry.scrape()).text()));
});
console.log("ready");
