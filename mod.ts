/**
 * Observability for Deno and Bun in one import: metrics, traces, logs and health, correlated.
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
export * from "./src/health/mod.ts";
export * from "./src/http/mod.ts";
export * from "./src/log/mod.ts";
export * from "./src/metrics/mod.ts";
export { Telltale, telltale, type TelltaleOptions } from "./src/telltale.ts";
export * from "./src/trace/mod.ts";
