/** A process that does nothing but scrape itself, as the only member of its cluster. */
import { Registry } from "../../src/metrics/mod.ts";

const registry = new Registry({ cluster: { name: `alone ${crypto.randomUUID()}` } });
registry.counter("jobs_total", "").inc();
console.log(await (await registry.scrape()).text());
await registry.close();
