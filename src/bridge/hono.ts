/**
 * A Hono middleware that reports the matched route and the error of a request to `instrument`.
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

/** The parts of Hono's `Context` that are read, by shape. */
export interface HonoContext {
  /** The request. */
  readonly req: {
    /** The request of the runtime. */
    readonly raw: Request;
    /** The registered path of the route that ran last. */
    readonly routePath?: string;
  };
  /** The response. */
  readonly res: {
    /** Its status. */
    readonly status: number;
  };
  /** The error that Hono turned into a response. */
  readonly error?: unknown;
}

/**
 * A middleware for Hono 4 that reports the matched route, and an error that a handler threw, to the
 * `instrument` around the application. Use it first, so that it sees every request; it changes nothing.
 *
 * Without it every route is `unmatched`, and failures have no error, as Hono turns errors into
 * responses.
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
 * @param context Hono's context
 * @param next the rest of the application
 */
export async function observe(context: HonoContext, next: () => Promise<void>): Promise<void> {
  await next();
  try {
    const { req, res, error } = context;
    const { raw, routePath } = req;
    // A wildcard with a 404 is a middleware that ran although no route matched.
    if (routePath !== undefined && !(res.status === 404 && routePath.endsWith("*"))) {
      setRoute(raw, routePath);
    }
    if (error !== undefined) setError(raw, error);
  } catch {
    // A Hono of another shape: its routes stay unmatched.
  }
}
