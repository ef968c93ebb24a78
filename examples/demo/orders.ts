/**
 * The order service. `PORT`, `PAYMENTS_URL` and `DATABASE` come from the environment.
 *
 *     curl -i localhost:8080/orders -d '{"items":[{"sku":"lamp","quantity":1,"price_dollars":20}],
 *       "payment":{"method":"card","token":"card_ok"}}'
 *
 * @module
 */
import process from "node:process";
import { DatabaseSync } from "node:sqlite";
import { telltale } from "../../mod.ts";
import { databaseCheck, instrumentSqlite } from "../../src/db/mod.ts";
import { hasFault } from "./faults.ts";
import { listen } from "./listen.ts";
import { jsonBody, type Parameters, Refusal, router } from "./router.ts";
import { type OrderStatus, Store } from "./store.ts";

const PAYMENTS_URL = process.env.PAYMENTS_URL ?? "http://127.0.0.1:8081";
const PAYMENT_METHODS = new Set(["card", "paypal", "transfer"]);
const CHARGE_TIMEOUT_MS = 2000;
/** The answer to the customer: declined is the customer's problem, failed is ours. */
const ANSWERS = { completed: 201, declined: 402, failed: 502 };

export const t = telltale({ service: "orders", version: "1.4.0" });
// A query of a millisecond has a span of its own; all are in `db_client_operation_duration_seconds`.
const database = instrumentSqlite(t, new DatabaseSync(process.env.DATABASE ?? ":memory:"));
const store = new Store(database);

const orders = t.metrics.counter("orders_total", "Orders by how they ended", [
  "status",
  "payment_method",
]);
t.metrics.gauge("active_carts", "Open carts", {
  collect: (gauge) => gauge.set(store.cartCount()),
});
const value = t.metrics.histogram("order_value_dollars", "Value of completed orders", {
  buckets: [10, 25, 50, 100, 250, 500],
});

t.slo("orders", {
  objective: 0.95,
  latency: { route: "/orders", method: "POST", underMs: 1000 },
  description: "Orders are placed within a second",
});
t.slo("order-pages", {
  objective: 0.9999,
  availability: { route: "/orders/:id", method: "GET" },
  description: "Customers can look at their orders",
});
// A customer whose card is declined got an answer; one in thirty cards runs into a bug of payments.
const charges = t.slo("charges", { objective: 0.95, custom: true });

t.health.check("database", databaseCheck(database));
// Orders can be taken and shown while payments is down: its state only degrades ours.
t.health.check("payments", paymentsIsLive, { critical: false, intervalMs: 500 });

await listen(
  t,
  router([
    ["POST", "/orders", placeOrder],
    ["GET", "/orders/:id", showOrder],
    ["POST", "/carts", openCart],
    ["DELETE", "/carts/:id", abandonCart],
  ]),
);

async function placeOrder(request: Request): Promise<Response> {
  const { method, token, segment, valueDollars, cartId } = readOrder(await jsonBody(request));
  // What can be asked about later: `route:/orders why ms>250`.
  t.note({ segment, payment_method: method, value_dollars: valueDollars });
  const id = await t.tracer.span("insert order", () => store.insertOrder(method, valueDollars));
  t.log.info("placing order", { order_id: id, value_dollars: valueDollars });

  const status = await charge({ order_id: id, amount_dollars: valueDollars, method, token });

  await t.tracer.span("update order", () => store.updateOrder(id, status));
  if (cartId !== undefined) store.closeCart(cartId);
  orders.inc({ status, payment_method: method });
  if (status === "completed") value.observe(valueDollars);
  return Response.json({ id, status }, { status: ANSWERS[status] });
}

async function charge(body: object): Promise<Exclude<OrderStatus, "pending">> {
  try {
    const response = await t.fetch(`${PAYMENTS_URL}/charges`, {
      method: "POST",
      body: JSON.stringify(body),
      signal: AbortSignal.timeout(CHARGE_TIMEOUT_MS),
    });
    await response.body?.cancel();
    if (response.ok || response.status === 402) {
      charges.good();
      return response.ok ? "completed" : "declined";
    }
    t.log.error("charge failed", { status: response.status });
  } catch (error) {
    t.log.error("charge failed", { error });
  }
  charges.bad();
  return "failed";
}

function showOrder(_request: Request, { id }: Parameters): Response {
  const order = store.order(readId(id));
  if (order === undefined) throw new Refusal(404, "There is no such order");
  t.note({ payment_method: order.payment_method });
  if (hasFault("slo-burn")) {
    // Whoever wrote this has tried it with a card only.
    const card = order.payment_method === "card" ? { digits: "4242" } : undefined;
    return Response.json({ ...order, paid_with: card!.digits });
  }
  return Response.json(order);
}

function openCart(): Response {
  return Response.json({ id: store.openCart() }, { status: 201 });
}

function abandonCart(_request: Request, { id }: Parameters): Response {
  if (!store.closeCart(readId(id))) throw new Refusal(404, "There is no such cart");
  return new Response(null, { status: 204 });
}

async function paymentsIsLive(signal: AbortSignal): Promise<boolean> {
  // Not t.fetch: a check every half second belongs to no trace.
  const response = await fetch(`${PAYMENTS_URL}/livez`, { signal });
  await response.body?.cancel();
  return response.ok;
}

interface NewOrder {
  readonly method: string;
  readonly token: string;
  /** The kind of customer; undefined for one that does not say. */
  readonly segment: string | undefined;
  readonly valueDollars: number;
  readonly cartId: number | undefined;
}

function readOrder({ items, payment, segment, cart_id }: Record<string, unknown>): NewOrder {
  const { method, token } = (payment ?? {}) as Record<string, unknown>;
  // The method becomes a label: only a listed one may.
  if (typeof method !== "string" || !PAYMENT_METHODS.has(method) || typeof token !== "string") {
    throw new Refusal(422, "payment must have a method (card, paypal, transfer) and a token");
  }
  if (!Array.isArray(items) || items.length === 0) {
    throw new Refusal(422, "items must not be empty");
  }
  let valueDollars = 0;
  for (const item of items) valueDollars += Number(item?.quantity) * Number(item?.price_dollars);
  if (!(valueDollars > 0 && valueDollars < 1e6)) {
    throw new Refusal(422, "each item must have a quantity and price_dollars");
  }
  return {
    method,
    token,
    segment: typeof segment === "string" ? segment : undefined,
    valueDollars,
    cartId: typeof cart_id === "number" ? cart_id : undefined,
  };
}

function readId(text: string | undefined): number {
  if (text === undefined || !/^\d{1,15}$/.test(text)) throw new Refusal(404, "No such id");
  return Number(text);
}
