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
export { Access, type AccessOptions, type Right, type Verdict } from "./admin/access.ts";
export { type AdminEndpoint, type EndpointPaths } from "./admin/paths.ts";
export { type Fetch, tracedFetch, type TracedFetchOptions } from "./client/client.ts";
export type { PeerClocks } from "./client/clocks.ts";
export {
  Endpoints,
  type EndpointsOptions,
  type Examinable,
  type Scrapeable,
} from "./admin/endpoints.ts";
export { type Warned } from "./admin/exposure.ts";
export { Blocks } from "../core/runtime/blocks.ts";
export type { Handler } from "./request/handler.ts";
export { pathOf } from "./request/target.ts";
export { instrument, type InstrumentOptions } from "./server/instrument.ts";
export {
  type HandlerRuns,
  type LabelFunction,
  type ObserveOptions,
  type ObserverOptions,
  type RequestLineChoice,
  type RequestOutcomes,
} from "./server/options.ts";
export { isDirect, isDirectPrivatePeer, isPrivatePeer, type Peer, peerOf } from "./request/peer.ts";
export { type RouteResolver, setError, setRoute } from "./server/route.ts";
export {
  type GuessOptions,
  guessRoutes,
  type ListedRoute,
  matchRoutes,
  nameRoutes,
  type RoutePattern,
} from "./server/route_resolvers.ts";
