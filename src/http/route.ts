/**
 * Route templates: what the `route` label says instead of the path.
 *
 * @module
 */

/** The route of requests that nobody named one for. */
export const UNMATCHED = "unmatched";

/**
 * Names the route of a request that {@linkcode setRoute} was not called for; nothing when it knows
 * none. It is asked when the status is known, and a throw is counted and means nothing.
 */
export type RouteResolver = (request: Request, path: string, status: number) => string | undefined;

/** A class whose base gives another object back adds its own fields to that. */
class Given {
  constructor(request: object) {
    return request;
  }
}

/**
 * A private field of the request itself. A `WeakMap` says the same, and makes the collector work on
 * every request that is in it.
 */
class Routed extends Given {
  #template: string;

  constructor(request: object, template: string) {
    super(request);
    this.#template = template;
  }

  static set(request: object, template: string): void {
    if (#template in request) request.#template = template;
    else new Routed(request, template);
  }

  static of(request: object): string | undefined {
    return #template in request ? request.#template : undefined;
  }
}

/**
 * Names the route of a request: a template such as `/orders/:id`, never the path itself, because
 * each distinct one is a series. Call it where the router has decided; the last call counts.
 *
 * @example
 * ```ts
 * import { instrument, setRoute } from "@telltale/telltale/http";
 * import { Registry } from "@telltale/telltale/metrics";
 * import { match } from "node:assert/strict";
 *
 * const registry = new Registry();
 * const handler = instrument((request: Request) => {
 *   setRoute(request, "/orders/:id");
 *   return new Response("order");
 * }, { registry });
 *
 * await handler(new Request("http://localhost/orders/7"));
 * match(await (await registry.scrape()).text(), /http_requests_total\{method="GET",route="\/orders\/:id",status="200"\} 1/);
 * ```
 */
export function setRoute(request: Request, template: string): void {
  if (typeof template === "string" && typeof request === "object" && request !== null) {
    Routed.set(request, template);
  }
}

/** The template that was set for a request, or {@linkcode UNMATCHED}. */
export function routeOf(request: Request): string {
  return Routed.of(request) ?? UNMATCHED;
}
