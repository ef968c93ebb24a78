/**
 * A service of Hono's: `deno serve examples/hono.ts` or `bun run examples/hono.ts`, then look at
 * /api/orders/7, /metrics, /health. The middleware below is all there is to it.
 */
import { Hono, type MiddlewareHandler } from "hono";
import { routePath } from "hono/route";
import { current, setRoute, Span, telltale } from "../mod.ts";

export const t = telltale({ service: "hono-orders" });

/** Names the route that answered, and records what a handler threw: Hono makes a response of it. */
const observe: MiddlewareHandler = async (c, next) => {
  await next();
  const route = routePath(c);
  // A wildcard that leads to a 404 is a middleware that was passed on the way to nothing.
  if (!(c.res.status === 404 && route.endsWith("*"))) setRoute(c.req.raw, route);
  const span = current();
  if (c.error !== undefined && span instanceof Span) span.fail(c.error);
};

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

// `fetch` of Hono's takes what the runtime gives it, and so does what `instrument` makes of it.
const fetch = t.instrument((request: Request, ...rest: unknown[]) => app.fetch(request, ...rest));

const service: { fetch: typeof fetch } = { fetch };
export default service;
