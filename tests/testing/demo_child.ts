/**
 * Runs both services of the demo in this process, sends them every kind of request, and prints what the
 * linter finds.
 *
 * @module
 */
import process from "node:process";
import { lint } from "../../src/testing/mod.ts";

/** The URL that a service says on standard error once it listens. */
async function start<T>(load: () => Promise<T>): Promise<[T, string]> {
  const said = console.error;
  let url = "";
  console.error = (text: string) => url = /http:\S+/.exec(text)?.[0] ?? url;
  process.env.PORT = "0";
  const loaded = await load();
  console.error = said;
  return [loaded, url];
}

const [payments, paymentsUrl] = await start(() => import("../../examples/demo/payments.ts"));
process.env.PAYMENTS_URL = paymentsUrl;
const [orders, url] = await start(() => import("../../examples/demo/orders.ts"));

async function send(method: string, path: string, body?: unknown) {
  const text = typeof body === "string" ? body : JSON.stringify(body);
  const response = await fetch(url + path, { method, body: text });
  return await response.json().catch(() => ({})) as { id?: number };
}

const item = (price: number) => [{ sku: "lamp", quantity: 1, price_dollars: price }];
for (let i = 0; i < 25; i++) {
  const token = ["card_ok", "card_ok", "card_ok", "card_declined", "card_error"][i % 5]!;
  const method = ["card", "paypal", "transfer"][i % 3]!;
  const { id: cart } = await send("POST", "/carts");
  const order = {
    items: item(8 + i * i),
    payment: { method, token },
    segment: "pro",
    cart_id: cart,
  };
  const { id } = await send("POST", "/orders", order);
  await send("GET", `/orders/${id}`);
  await send("GET", `/orders/${10_000 + i}`);
  await send("DELETE", `/carts/${i}`);
}
await send("POST", "/orders", "{");
await send("POST", "/orders", { items: [] });
await send("GET", "/nowhere");
await (await fetch(`${url}/health`)).text();

const found = { orders: await lint(orders.t), payments: await lint(payments.t) };
// Standard output has the lines of the services, too.
const seen = [orders.t, payments.t].map((
  { tracer, log },
) => [tracer.finished.count, log.ring.count]);
console.error(JSON.stringify({ found, seen }));
process.exit(0);
