/** A process with two clusters, which nothing but a signal ends. */
import { Registry } from "../../src/metrics/mod.ts";

for (const name of ["one", "two"]) new Registry({ cluster: { name: `several ${name}` } });
setInterval(() => {}, 1000);
console.log("ready");
