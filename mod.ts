/**
 * Observability for Deno and Bun in one import: metrics, traces, logs and health, correlated.
 *
 * Here is what a service is made with, and every type; what is asked for now and then (encoders,
 * parsers, sinks, samplers, ready-made checks) is at the sub-path of its part.
 *
 * ```ts
 * import { telltale } from "@telltale/telltale";
 *
 * const t = telltale({ service: "order-service", log: { sinks: [] } });
 * const handler = t.instrument((request: Request) => {
 *   t.log.info("hello", { from: request.url });
 *   return new Response("hello");
 * });
 * console.log((await handler(new Request("http://localhost/"))).status);
 * ```
 *
 * @module
 */
export type { Resource, ResourceOptions } from "./src/core/resource.ts";
export type * from "./src/export/mod.ts";
export type * from "./src/health/mod.ts";
export type * from "./src/http/mod.ts";
export type * from "./src/log/mod.ts";
export type * from "./src/metrics/mod.ts";
export type * from "./src/trace/mod.ts";
export { current, run } from "./src/core/context.ts";
export { HealthRegistry } from "./src/health/registry.ts";
export { pathOf } from "./src/http/handler.ts";
export { instrument } from "./src/http/instrument.ts";
export { setError, setRoute } from "./src/http/route.ts";
export { Logger } from "./src/log/logger.ts";
export { numberFamily } from "./src/metrics/family.ts";
export { Registry } from "./src/metrics/registry.ts";
export { Telltale, telltale, type TelltaleOptions } from "./src/telltale.ts";
export { Span } from "./src/trace/span.ts";
export { Tracer } from "./src/trace/tracer.ts";
