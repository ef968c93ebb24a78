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
import type { Counter } from "../../src/metrics/mod.ts";
import { databaseCheck, instrumentSqlite } from "../../src/db/mod.ts";
import { hasFault, onFault } from "./faults.ts";
import { isParallel, listen } from "./listen.ts";
import { Receipts } from "./receipts.ts";
import { salesReport } from "./report.ts";
import { jsonBody, type Parameters, Refusal, router } from "./router.ts";
import { type OrderStatus, Store } from "./store.ts";

const PAYMENTS_URL = process.env.PAYMENTS_URL ?? "http://127.0.0.1:8081";
const PAYMENT_METHODS = new Set(["card", "paypal", "transfer"]);
const CHARGE_TIMEOUT_MS = 2000;
/** How often a charge is tried by a release that believes this helps. */
const CHARGE_TRIES = 6;
const RECENT_ORDERS = 20;
/** Where orders are booked: each isolate of this service has one. */
const TILLS = [{ name: "till-a" }, { name: "till-b" }, { name: "till-c" }];
/** The answer to the customer: declined is the customer's problem, failed is ours. */
const ANSWERS = { completed: 201, declined: 402, failed: 502 };

export const t = telltale({
  service: "orders",
  version: "1.4.0",
  // So many series no metric of this service needs. Isolates of this process find each other.
  metrics: { maxSeries: 300, cluster: isParallel },
});
// A query of a millisecond has a span of its own; all are in `db_client_operation_duration_seconds`.
const database = instrumentSqlite(t, new DatabaseSync(process.env.DATABASE ?? ":memory:"));
const store = new Store(database);
const isolate = store.addIsolate() % TILLS.length;

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

const { flags } = t;
flags.define({ fast_checkout: { default: false } });
onFault("flag-variant", () => {
  flags.set("fast_checkout", { default: false, rollout: { percentage: 50, by: "customer" } });
});
let visits: Counter<"customer"> | undefined;
onFault("label-bomb", () => {
  visits = t.metrics.counter("customer_visits_total", "Carts by customer", ["customer"]);
});
const receipts = new Receipts(t);

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

/** For `deno serve`, if that runs this module. */
export default await listen(
  t,
  router([
    ["POST", "/orders", placeOrder],
    ["GET", "/orders/:id", showOrder],
    ["GET", "/recent-orders", recentOrders],
    ["GET", "/report", () => Response.json(salesReport(store))],
    ["POST", "/carts", openCart],
    ["DELETE", "/carts/:id", abandonCart],
  ]),
);

async function placeOrder(request: Request): Promise<Response> {
  const order = readOrder(await jsonBody(request));
  const { method, token, segment, valueDollars, cartId, sku, customer } = order;
  // What can be asked about later: `route:/orders why ms>250`.
  t.note({ segment, payment_method: method, value_dollars: valueDollars, sku });
  const name = hasFault("poison-input") ? decodeURIComponent(goodsOf(sku)) : goodsOf(sku);
  const till = TILLS[hasFault("bad-isolate") ? isolate + 1 : isolate];
  const id = await t.tracer.span("insert order", () => store.insertOrder(method, valueDollars));
  t.log.info("placing order", {
    order_id: id,
    value_dollars: valueDollars,
    till: till!.name,
  });

  const isFast = flags.boolean("fast_checkout", { customer });
  const status = await charge({
    order_id: id,
    amount_dollars: isFast ? valueDollars.toFixed(2) : valueDollars,
    method,
    token,
    segment,
  });

  await t.tracer.span("update order", () => store.updateOrder(id, status));
  if (cartId !== undefined) store.closeCart(cartId);
  orders.inc({ status, payment_method: method });
  if (status === "completed") {
    value.observe(valueDollars);
    receipts.send({ id, name, valueDollars });
  }
  return Response.json({ id, status }, { status: ANSWERS[status] });
}

async function charge(body: object): Promise<Exclude<OrderStatus, "pending">> {
  const tries = hasFault("retry-storm") ? CHARGE_TRIES : 1;
  for (let tried = 1;; tried++) {
    const status = await chargeOnce(body);
    if (status === "failed" && tried < tries) continue;
    if (status === "failed") charges.bad();
    else charges.good();
    return status;
  }
}

async function chargeOnce(body: object): Promise<Exclude<OrderStatus, "pending">> {
  try {
    const response = await t.fetch(`${PAYMENTS_URL}/charges`, {
      method: "POST",
      body: JSON.stringify(body),
      signal: AbortSignal.timeout(CHARGE_TIMEOUT_MS),
    });
    await response.body?.cancel();
    if (response.ok) return "completed";
    if (response.status === 402) return "declined";
    t.log.error("charge failed", { status: response.status });
  } catch (error) {
    t.log.error("charge failed", { error });
  }
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

function recentOrders(): Response {
  if (hasFault("n-plus-one")) {
    const ids = store.recentIds(RECENT_ORDERS);
    return Response.json(ids.map((id) => store.order(id)));
  }
  return Response.json(store.recentOrders(RECENT_ORDERS));
}

async function openCart(request: Request): Promise<Response> {
  // A guest sends nothing.
  const customer: unknown = request.body === null ? "guest" : (await jsonBody(request)).customer;
  if (typeof customer === "string") visits?.inc({ customer });
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
  readonly sku: string;
  readonly customer: string;
}

/** What goods are called. */
function goodsOf(sku: string): string {
  return sku === "sku-13" ? "Lamp, 60 % off" : `Lamp ${sku}`;
}

function readOrder(
  { items, payment, segment, cart_id, customer }: Record<string, unknown>,
): NewOrder {
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
    sku: String(items[0]?.sku).slice(0, 40),
    customer: typeof customer === "string" ? customer : "guest",
  };
}

function readId(text: string | undefined): number {
  if (text === undefined || !/^\d{1,15}$/.test(text)) throw new Refusal(404, "No such id");
  return Number(text);
}
