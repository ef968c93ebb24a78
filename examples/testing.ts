/**
 * Telemetry under test: `deno run examples/testing.ts` observes what one request causes, asserts it, and lints it.
 * In a project this is a test; `observe` works the same under every runner.
 */
import { setRoute, telltale } from "../mod.ts";
import { lint, observe } from "../src/testing/mod.ts";

const t = telltale({ service: "orders", log: { sinks: [] } });
const orders = t.metrics.counter("orders_total", "Orders placed", ["status"]);

const handler = t.instrument(async (request) => {
  setRoute(request, "/orders");
  await t.tracer.span("charge card", () =>
    t.tracer.span("POST payments", (span) => {
      span.fail(new TypeError("declined"));
    }));
  orders.inc({ status: "completed" });
  t.log.info("order placed", { order_id: 7, email: "ada@example.org" });
  return new Response(null, { status: 201 });
});

const seen = observe(t);
await handler(new Request("http://localhost/orders", { method: "POST" }));

seen.span("charge card").child("POST payments").failed();
seen.metric("orders_total", { status: "completed" }).by(1);
seen.line("order placed").has({ order_id: 7 });
console.log("as expected");

// What is not as expected shows what was there.
try {
  seen.metric("orders_total", { status: "complete" }).by(1);
} catch (error) {
  console.log((error as Error).message);
}
for (const { rule, place, remedy } of await lint(seen)) console.log(`${rule}: ${place}: ${remedy}`);
seen[Symbol.dispose]();
await t.shutdown();
