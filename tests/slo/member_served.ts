/** A member of a cluster under `deno serve --parallel`, or a process at a socket on Bun: one bad in ten. */
import { telltale } from "../../mod.ts";

const t = telltale({
  service: "shop",
  log: { sinks: [] },
  otlp: false,
  metrics: { runtime: false, cluster: true },
});
const slo = t.slo("checkout", { objective: 0.999, availability: {} });
const handler = t.instrument((request: Request) => {
  return new Response(null, { status: request.url.endsWith("/fails") ? 500 : 200 });
}, { endpoints: false });

export default {
  async fetch(request: Request): Promise<Response> {
    if (!request.url.endsWith("/state")) return handler(request);
    await t.metrics.scrape();
    return Response.json(slo.state());
  },
};
