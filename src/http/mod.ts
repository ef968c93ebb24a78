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
export {
  Access,
  type AccessOptions,
  isDirect,
  isDirectPrivatePeer,
  isPrivatePeer,
  type Peer,
  peerOf,
} from "./access.ts";
export { type Fetch, tracedFetch, type TracedFetchOptions } from "./client.ts";
export {
  type EndpointPaths,
  Endpoints,
  type EndpointsOptions,
  type Examinable,
  type Scrapeable,
} from "./endpoints.ts";
export { type Handler, pathOf } from "./handler.ts";
export { instrument, type InstrumentOptions } from "./instrument.ts";
export { setRoute } from "./route.ts";
