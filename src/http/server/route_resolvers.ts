/**
 * Resolvers of routes: from a list of patterns, or guessed from paths.
 *
 * @module
 */
import { checkWhole, refuseUnknown } from "../../core/check.ts";
import { type RouteResolver, setRoute } from "./route.ts";

/** The part of a `URLPattern` that is needed to name a route. */
export interface RoutePattern {
  /** The pattern of the path, which becomes the label. */
  readonly pathname: string;
  /** Whether the pattern matches a path. */
  test(input: { readonly pathname: string }): boolean;
}

/** An entry of the list that `route()` of `@std/http` takes. */
export interface ListedRoute {
  /** The pattern that the path must match. */
  readonly pattern: { readonly pathname: string };
  /** Answers; called with all that the router passes. */
  readonly handler: (request: Request, ...rest: never[]) => Response | Promise<Response>;
}

/**
 * Names a route after the first `URLPattern` that matches the path; the pattern becomes the label.
 * The host is not read, because a hostile one could make it throw. An SLO for a route that is none of the
 * patterns is an error when the handler is instrumented; list what only `setRoute` names, too.
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
  const resolve: RouteResolver = (_request, pathname) =>
    patterns.find((pattern) => pattern.test({ pathname }))?.pathname;
  return Object.assign(resolve, { templates: patterns.map(({ pathname }) => pathname) });
}

/**
 * The same routes, with handlers that name their route by its pattern: for the list that `route()`
 * of `@std/http` takes. Handlers get the same arguments as before.
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

/** How {@linkcode guessRoutes} guesses. */
export interface GuessOptions {
  /** Templates that are told apart, 1 to 10 000; later ones are `unmatched`. @default 100 */
  readonly maxRoutes?: number | undefined;
}

const LONGEST_PATH = 512;
const MOST_SEGMENTS = 12;
/** A word of a route as people write it: short, lower case, no hash, digits only in a version. */
const WORD = /^(?![a-f]{8,}$)[a-z][a-z_.-]{0,31}$|^v\d{1,3}$/;

/**
 * Guesses the template of a path: each segment that is not a plain lower-case word becomes `:id`,
 * so that numbers, UUIDs, hashes, names and whatever a scanner sends share one template. A guess
 * can be wrong, and words that are data make a template each: hence an opt-in with a cap. An answer
 * from 400 to 499 (not found, or refused before any route was tried) adds no template, so that a
 * scanner can't use them up. Prefer what the router knows.
 *
 * @example
 * ```ts
 * import { guessRoutes } from "@telltale/telltale/http";
 * import { equal } from "node:assert/strict";
 *
 * const guess = guessRoutes({ maxRoutes: 50 });
 * const request = new Request("http://orders.example/v1/orders/7f3a9c/items/2");
 * equal(guess(request, "/v1/orders/7f3a9c/items/2", 200), "/v1/orders/:id/items/:id");
 * ```
 */
export function guessRoutes(options: GuessOptions = {}): RouteResolver {
  refuseUnknown("guess routes", options, { maxRoutes: true });
  const { maxRoutes = 100 } = options;
  checkWhole("guess routes", "maxRoutes", maxRoutes, 1, 10_000);
  const known = new Set<string>();
  return (_request, path, status) => {
    if (path.length > LONGEST_PATH) return undefined;
    const segments = path.split("/");
    if (segments.length > MOST_SEGMENTS) return undefined;
    const template = segments
      .map((segment) => segment === "" || WORD.test(segment) ? segment : ":id")
      .join("/");
    if (known.has(template)) return template;
    const isRefused = status >= 400 && status < 500;
    if (isRefused || known.size >= maxRoutes) return undefined;
    known.add(template);
    return template;
  };
}
