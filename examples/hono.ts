/**
 * A service with Hono: `deno serve examples/hono.ts` or `bun run examples/hono.ts`, then look at
 * /api/orders/7, /metrics, /health. All it takes is `app.use(observe)`.
 */
import { Hono } from "hono";
import { telltale } from "../mod.ts";
import { observe } from "../src/bridge/hono.ts";

export const t = telltale({ service: "hono-orders" });

const orders = new Hono();
orders.use("*", async (_c, next) => await t.tracer.span("check rights", () => next()));
orders.get("/:id", (c) => c.json({ id: c.req.param("id") }));
orders.get("/:id/items/:item", (c) => c.text("item"));
orders.post("/", (c) => c.json({ id: 8 }, 201));
orders.get("/:id/invoice", () => {
  throw new Error("no invoice");
});

const app = new Hono();
app.use(observe);
app.get("/", (c) => c.text("orders are at /api/orders"));
app.route("/api/orders", orders);

const fetch = t.instrument(app.fetch);

const service: { fetch: typeof fetch } = { fetch };
export default service;
