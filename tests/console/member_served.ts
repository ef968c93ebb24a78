/** A member of a cluster under `deno serve --parallel`: each isolate has a version of its own. */
import { telltale } from "../../mod.ts";

const t = telltale({
  service: "orders",
  version: `1.4.${crypto.randomUUID().slice(0, 4)}`,
  log: { sinks: [] },
  otlp: false,
  metrics: { runtime: false, cluster: true },
});

export default { fetch: t.instrument(() => new Response("ok")) };
