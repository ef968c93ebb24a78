/**
 * SLOs: `deno run examples/slo.ts` burns an error budget, is told of it, and prints the same definition as an
 * alert of Prometheus.
 */
import { setRoute, telltale } from "../mod.ts";
import { rules } from "../src/slo/mod.ts";

const t = telltale({ service: "shop", log: { sinks: [] } });
const checkout = t.slo("checkout", {
  objective: 0.99,
  availability: { route: "/orders", ok: (status) => status < 500 },
});
const imports = t.slo("imports", { objective: 0.9, custom: true });

const handler = t.instrument((request) => {
  setRoute(request, "/orders");
  return new Response(null, { status: request.headers.has("x-fail") ? 503 : 201 });
});
for (let i = 0; i < 500; i++) {
  const headers = i % 20 === 0 ? { "x-fail": "yes" } : undefined;
  await handler(new Request("http://localhost/orders", { method: "POST", headers }));
}
// Jobs count too.
imports.good(9);
imports.bad(1);

for (const [name, slo] of Object.entries({ checkout, imports })) {
  const { events, bad, burn } = slo.state();
  console.log(`${name}: ${bad} of ${events} failed, burns at ${burn["1h"]}`);
}
console.log(rules(t, { matchers: { job: "shop" } }).match(/alert: .*/g)!.join(", "));
await t.shutdown();
