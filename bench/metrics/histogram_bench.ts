import { run } from "../../src/core/context.ts";
import { Registry } from "../../src/metrics/mod.ts";

const registry = new Registry();
const seconds = registry.histogram("seconds", "Seconds", ["route"]);
const bound = seconds.with({ route: "/orders" });
const bare = registry.histogram("bare_seconds", "Seconds", { exemplars: false }).with();
const buckets = [.005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10];
const classic = registry.histogram("classic", "Seconds", { buckets }).with();
const context = {
  traceId: "0af7651916cd43dd8448eb211c80319c",
  spanId: "b7ad6b7169203331",
  flags: 1,
  tracestate: "",
  requestId: "",
};
const values = Float64Array.from({ length: 4096 }, (_, i) => Math.exp((i * 7919 % 4096) / 512 - 6));
let i = 0;

Deno.bench("histogram: bound, no exemplars", { group: "histogram", baseline: true }, () => {
  bare.observe(values[i++ & 4095]!);
});
Deno.bench("histogram: bound", { group: "histogram" }, () => bound.observe(values[i++ & 4095]!));
Deno.bench("histogram: bound, 11 bounds of the user's", { group: "histogram" }, () => {
  classic.observe(values[i++ & 4095]!);
});
Deno.bench("histogram: one label by object", { group: "histogram" }, () => {
  seconds.observe(values[i++ & 4095]!, { route: "/orders" });
});
Deno.bench("histogram: 1000 with exemplars, in a trace", { group: "trace" }, () => {
  run(context, () => {
    for (let n = 0; n < 1000; n++) bound.observe(values[i++ & 4095]!);
  });
});
