/**
 * One service in several isolates: `deno serve --parallel --allow-net examples/parallel.ts`, then look at /metrics:
 * whichever isolate answers, it adds up all of them.
 */
import { setRoute, telltale } from "../mod.ts";

const t = telltale({ service: "parallel", metrics: { cluster: true } });
const greetings = t.metrics.counter("greetings_total", "Greetings sent");

const fetch = t.instrument((request: Request, _info: unknown) => {
  setRoute(request, "/");
  greetings.inc();
  return new Response("hello\n");
});

const service: { fetch: typeof fetch } = { fetch };
export default service;
