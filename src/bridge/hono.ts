/**
 * What Hono knows of a request: the route that answered it, and what a handler threw.
 *
 * ```ts ignore
 * import { Hono } from "hono";
 * import { telltale } from "@telltale/telltale";
 * import { observe } from "@telltale/telltale/hono";
 *
 * const t = telltale({ service: "orders" });
 * const app = new Hono();
 * app.use(observe);
 * app.get("/orders/:id", (c) => c.json({ id: c.req.param("id") }));
 *
 * export default { fetch: t.instrument(app.fetch) };
 * ```
 *
 * @module
 */
import { setError, setRoute } from "../http/server/route.ts";

/** The part of Hono's `Context` that is read, by shape. */
export interface HonoContext {
  /** The request. */
  readonly req: {
    /** As the runtime gave it. */
    readonly raw: Request;
    /** The path of the route that ran last, as it was registered. */
    readonly routePath?: string;
  };
  /** The response, once there is one. */
  readonly res: {
    /** Its status. */
    readonly status: number;
  };
  /** What was thrown, where Hono made a response of it. */
  readonly error?: unknown;
}

/**
 * A middleware for Hono 4 that names the route that answered and tells what a handler threw, both to
 * the `instrument` around the application. Use it first, so that it sees all; it changes nothing.
 *
 * Hono makes a response of what is thrown, so that without it a failure has no error, and every route
 * is `unmatched`.
 *
 * @example
 * ```ts
 * import { Hono } from "hono";
 * import { instrument } from "@telltale/telltale/http";
 * import { observe } from "@telltale/telltale/hono";
 * import { Tracer } from "@telltale/telltale/trace";
 * import { equal } from "node:assert/strict";
 *
 * const app = new Hono();
 * app.use(observe);
 * app.get("/orders/:id", (c) => c.text("order"));
 *
 * const tracer = new Tracer();
 * const handler = instrument(app.fetch, { tracer });
 * await handler(new Request("http://localhost/orders/7"));
 * equal(tracer.finished.since(0)[0]?.name, "GET /orders/:id");
 * ```
 *
 * @param context Hono's
 * @param next the rest of the application
 */
export async function observe(context: HonoContext, next: () => Promise<void>): Promise<void> {
  await next();
  try {
    const { req, res, error } = context;
    const { raw, routePath } = req;
    // A wildcard that leads to a 404 is a middleware that was passed on the way to nothing.
    if (routePath !== undefined && !(res.status === 404 && routePath.endsWith("*"))) {
      setRoute(raw, routePath);
    }
    if (error !== undefined) setError(raw, error);
  } catch {
    // A Hono of another shape: its routes stay unmatched.
  }
}
