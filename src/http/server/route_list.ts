/**
 * Routes that are written down as a list of patterns.
 *
 * @module
 */
import { type RouteResolver, setRoute } from "./route.ts";

/** The part of a `URLPattern` that names a route. */
export interface RoutePattern {
  /** The pattern of the path: the label. */
  readonly pathname: string;
  /** Whether a path matches. */
  test(input: { readonly pathname: string }): boolean;
}

/** An entry of the list that `route()` of `@std/http` takes, by shape. */
export interface ListedRoute {
  /** What the path must match. */
  readonly pattern: { readonly pathname: string };
  /** Answers; called with whatever the router gives. */
  readonly handler: (request: Request, ...rest: never[]) => Response | Promise<Response>;
}

/**
 * Names routes after the first `URLPattern` that matches the path; the pattern is the label. The
 * host is not looked at, so that a hostile one can't throw.
 *
 * @example
 * ```ts
 * import { instrument, matchRoutes, pathOf } from "@telltale/telltale/http";
 * import { equal } from "node:assert/strict";
 *
 * const route = matchRoutes([new URLPattern({ pathname: "/orders/:id" })]);
 * const handler = instrument(() => new Response("order"), { route });
 * const request = new Request("http://orders.example/orders/7");
 * equal((await handler(request)).status, 200);
 * equal(route(request, pathOf(request.url), 200), "/orders/:id");
 * ```
 */
export function matchRoutes(patterns: readonly RoutePattern[]): RouteResolver {
  for (const pattern of patterns) {
    if (typeof pattern?.test !== "function" || typeof pattern.pathname !== "string") {
      throw new TypeError("Cannot match routes: each must be a URLPattern");
    }
  }
  return (_request, pathname) => patterns.find((pattern) => pattern.test({ pathname }))?.pathname;
}

/**
 * The same routes, each of which names itself by its pattern when it is taken: for the list that
 * `route()` of `@std/http` takes. Handlers are called with what they were called with before.
 *
 * @example
 * ```ts
 * import { nameRoutes } from "@telltale/telltale/http";
 * import { deepEqual } from "node:assert/strict";
 *
 * const routes = nameRoutes([{
 *   method: "GET",
 *   pattern: new URLPattern({ pathname: "/orders/:id" }),
 *   handler: () => new Response("order"),
 * }]);
 * deepEqual(routes.map((route) => route.method), ["GET"]);
 * // Deno.serve(t.instrument(route(routes, () => new Response("Not Found", { status: 404 }))));
 * ```
 */
export function nameRoutes<Listed extends ListedRoute>(routes: readonly Listed[]): Listed[] {
  return routes.map((route) => {
    const { pattern, handler } = route;
    if (typeof handler !== "function" || typeof pattern?.pathname !== "string") {
      throw new TypeError("Cannot name routes: each must have a URLPattern and a handler");
    }
    return {
      ...route,
      handler: (request: Request, ...rest: never[]) => {
        setRoute(request, pattern.pathname);
        return handler.call(route, request, ...rest);
      },
    };
  });
}
