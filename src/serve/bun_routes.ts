/**
 * Bun's routes, each handler instrumented with its key as the route label.
 *
 * @module
 */
import { setRoute } from "../http/server/route.ts";
import type { BunHandler, BunRoute, BunRouteHandler } from "./bun_server.ts";

/** The parts of a `Telltale` that routes need. */
export interface RoutesTelltale {
  /** Wraps a handler; with `endpoints: false` it answers no admin path. */
  instrument(
    handler: BunHandler,
    options?: { readonly endpoints?: false | undefined },
  ): BunHandler;
  /** Logs routes that are not observed. */
  readonly log: { debug(message: string, fields?: Readonly<Record<string, unknown>>): void };
}

/** Wraps the handlers of a routes object. */
export class ObservedRoutes {
  readonly #routed: BunHandler;
  readonly #routedOwn: BunHandler;
  readonly #log: RoutesTelltale["log"];

  constructor(t: RoutesTelltale, endpoints: boolean) {
    // The route follows Bun's own arguments, so that two wrapped handlers serve all routes.
    const dispatch = function (
      this: unknown,
      request: Request,
      ...[server, handler, template]: unknown[]
    ) {
      setRoute(request, template as string);
      return (handler as BunHandler).call(this, request, server);
    };
    this.#routedOwn = t.instrument(dispatch, { endpoints: false });
    this.#routed = endpoints ? t.instrument(dispatch) : this.#routedOwn;
    this.#log = t.log;
  }

  /** The routes, instrumented. */
  all(routes: Readonly<Record<string, BunRoute>>): Record<string, BunRoute> {
    return Object.fromEntries(
      Object.entries(routes).map(([template, route]) => [template, this.#one(template, route)]),
    );
  }

  #one(template: string, route: BunRoute): BunRoute {
    if (route === false) return route;
    const answer = this.#answer(template, route);
    if (answer !== undefined) return answer;
    if (isByMethod(route)) {
      const methods = Object.entries(route).map(([method, answer]) =>
        [method, this.#answer(template, answer) ?? this.#left(template, answer)] as const
      );
      return Object.fromEntries(methods);
    }
    return this.#left(template, route);
  }

  /** A route that Bun serves by itself is logged and left unchanged. */
  #left<Route>(template: string, route: Route): Route {
    this.#log.debug("route is not observed, Bun serves it by itself", { "http.route": template });
    return route;
  }

  #answer(template: string, answer: unknown): BunRouteHandler | undefined {
    const handler = answer instanceof Response
      // The body of one response can be sent once.
      ? () => answer.clone()
      : answer;
    if (typeof handler !== "function") return undefined;
    // A literal path of the application wins over an endpoint with the same path.
    const routed = /[:*]/.test(template) ? this.#routed : this.#routedOwn;
    // Bun calls handlers with its server as `this`.
    return function (this: unknown, request, server) {
      return routed.call(this, request, server, handler, template);
    };
  }
}

/** Whether a route is a plain object of methods, not one of Bun's own kinds (bundle, file). */
function isByMethod(route: object): route is Record<string, unknown> {
  const methods = Object.keys(route);
  return Object.getPrototypeOf(route) === Object.prototype && methods.length > 0 &&
    methods.every((method) => /^[A-Z]+$/.test(method));
}
