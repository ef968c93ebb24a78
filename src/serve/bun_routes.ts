/**
 * Bun's routes: each handler instrumented, its key the route label.
 *
 * @module
 */
import { setRoute } from "../http/server/route.ts";
import type { BunHandler, BunRoute, BunRouteHandler } from "./bun_server.ts";

/** What routes need of a `Telltale`. */
export interface RoutesTelltale {
  /** Wraps a handler; with `endpoints: false` it answers no admin path. */
  instrument(
    handler: BunHandler,
    options?: { readonly endpoints?: false | undefined },
  ): BunHandler;
  /** Told of routes that are not observed. */
  readonly log: { debug(message: string, fields?: Readonly<Record<string, unknown>>): void };
}

/** Wraps the handlers of a routes object. */
export class ObservedRoutes {
  readonly #routed: BunHandler;
  readonly #routedOwn: BunHandler;
  readonly #log: RoutesTelltale["log"];

  constructor(t: RoutesTelltale, endpoints: boolean) {
    // The route travels behind the arguments of Bun, so that two wrapped handlers serve all routes.
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

  /** What Bun serves by itself is reported and left alone. */
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
    // A path that the application spelled out is its own, also when an endpoint has the same.
    const routed = /[:*]/.test(template) ? this.#routed : this.#routedOwn;
    // Bun's server is the `this` of a handler, too.
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
