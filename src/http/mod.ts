/**
 * HTTP: one wrapper around a handler, route templates, admin endpoints, an outgoing client.
 *
 * ```ts
 * import { instrument } from "@telltale/telltale/http";
 * import { Registry } from "@telltale/telltale/metrics";
 *
 * const registry = new Registry();
 * const handler = instrument(() => new Response("hello"), { registry });
 * console.log((await handler(new Request("http://localhost/"))).status);
 * ```
 *
 * @module
 */
export { Access, type AccessOptions, type Right, type Verdict } from "./access.ts";
export { type AdminEndpoint, type EndpointPaths } from "./admin_endpoint.ts";
export { type Fetch, tracedFetch, type TracedFetchOptions } from "./client.ts";
export { Endpoints, type EndpointsOptions, type Examinable, type Scrapeable } from "./endpoints.ts";
export { type Warned } from "./exposure.ts";
export { type LabelFunction, type ObserveOptions } from "./extras.ts";
export { type Handler, pathOf } from "./handler.ts";
export { instrument, type InstrumentOptions } from "./instrument.ts";
export { type ObserverOptions } from "./observer_options.ts";
export { isDirect, isDirectPrivatePeer, isPrivatePeer, type Peer, peerOf } from "./peer.ts";
export { type RequestLineChoice } from "./request_lines.ts";
export { type RouteResolver, setError, setRoute } from "./route.ts";
export { type GuessOptions, guessRoutes } from "./route_guess.ts";
export { type ListedRoute, matchRoutes, nameRoutes, type RoutePattern } from "./route_list.ts";
