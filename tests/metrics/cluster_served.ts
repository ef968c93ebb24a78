/** A member of a cluster under `deno serve --parallel`. */
import { Registry } from "../../src/metrics/mod.ts";

const registry = new Registry({ cluster: true });
const work = registry.counter("work_total", "");

export default {
  fetch(request: Request): Response | Promise<Response> {
    if (request.url.endsWith("/metrics")) return registry.scrape(request);
    work.inc();
    return new Response("done");
  },
};
