/** A process of a cluster at a socket: counts the events of each line, `good bad`, then says its state. */
import process from "node:process";
import { createInterface } from "node:readline";
import { Registry } from "../../src/metrics/mod.ts";
import { SloRegistry } from "../../src/slo/mod.ts";

const metrics = new Registry({ cluster: { socket: process.argv[2]!, goneAfterMs: 1000 } });
const slo = new SloRegistry({ metrics }).define("checkout", { objective: 0.99, custom: true });
createInterface({ input: process.stdin }).on("line", async (line) => {
  const [good, bad] = line.split(" ").map(Number);
  slo.good(good);
  slo.bad(bad);
  await metrics.scrape();
  console.log(JSON.stringify(slo.state()));
});
console.log("ready");
