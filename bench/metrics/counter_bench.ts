import { Registry } from "../../src/metrics/mod.ts";

const registry = new Registry();
const orders = registry.counter("orders_total", "Orders", ["status", "method", "region"]);
const bound = orders.with({ status: "ok", method: "card", region: "eu" });
const plain = registry.counter("plain_total", "Plain");

Deno.bench("counter: bound inc", { group: "counter", baseline: true }, () => bound.inc());
Deno.bench("counter: no labels", { group: "counter" }, () => plain.inc());
Deno.bench("counter: three labels by object", { group: "counter" }, () => {
  orders.inc({ status: "ok", method: "card", region: "eu" });
});
Deno.bench("counter: labels that do not fit", { group: "counter" }, () => {
  orders.inc({ status: "ok" } as never);
});
