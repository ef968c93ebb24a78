import { parentBased, rateLimited, ratioBased } from "../../src/trace/sampling/sampler.ts";
import {
  keepFailed,
  keepShare,
  keepSlowerThan,
  keepSlowerThanQuantile,
} from "../../src/trace/sampling/tail_rules.ts";
import { Tracer } from "../../src/trace/tracer.ts";

const all = new Tracer();
const rare = new Tracer({ sampler: parentBased(ratioBased(0.0001)) });
const limited = new Tracer({ sampler: parentBased(rateLimited(0.001)) });
const simple = new Tracer({ tail: { rules: [keepFailed, keepSlowerThan(500), keepShare(0.01)] } });
const quantile = new Tracer({
  tail: { rules: [keepFailed, keepSlowerThanQuantile(0.99), keepShare(0.01)] },
});
const timed = { startedAtMs: 1 };

function trace(tracer: Tracer): void {
  const root = tracer.start("GET /orders/{id}", timed);
  tracer.start("query", { parent: root, startedAtMs: 1 }).set("rows", 1).end(2);
  root.end(3);
}

Deno.bench("ratio, unsampled root", { group: "head" }, () => rare.start("GET", timed).end());
Deno.bench("limiter, unsampled root", { group: "head" }, () => limited.start("GET", timed).end());

Deno.bench("root and child, all kept", { group: "tail", baseline: true }, () => trace(all));
Deno.bench("root and child, 3 rules, mostly let go", { group: "tail" }, () => trace(simple));
Deno.bench("the same with a quantile", { group: "tail" }, () => trace(quantile));
