/**
 * `setRoute` and `setError`: the application names the route of a request, and the error behind an
 * answer.
 *
 * @module
 */
import { type Note, noteFor, noteOf, UNMATCHED } from "./note.ts";

/**
 * Names the route of a request for which {@linkcode setRoute} was not called; undefined for none.
 * Called when the status is known. A throw is counted and means none.
 */
export interface RouteResolver {
  (request: Request, path: string, status: number): string | undefined;
  /** All templates that it can name, where they are known. */
  readonly templates?: readonly string[] | undefined;
}

/**
 * Names the route of a request: a template such as `/orders/:id`, never the path itself, because
 * each distinct route makes a series. Call it where the router has decided; the last call counts.
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
    let note: Note | undefined = noteFor(request);
    for (; note !== undefined; note = note.outer) note.template = template;
  }
}

/**
 * Reports the error behind an answer, where a router or handler turns what was thrown into a
 * response: an answer of 500 and up is then logged with the error, and its span has the exception.
 * With any other status the error is not recorded. Call it before the handler answers; the last
 * call counts.
 *
 * @example
 * ```ts
 * import { instrument, setError } from "@telltale/telltale/http";
 * import { Tracer } from "@telltale/telltale/trace";
 * import { equal } from "node:assert/strict";
 *
 * const tracer = new Tracer();
 * const handler = instrument((request: Request) => {
 *   try {
 *     throw new RangeError("no such page");
 *   } catch (error) {
 *     setError(request, error);
 *     return new Response("Sorry", { status: 500 });
 *   }
 * }, { tracer });
 *
 * await handler(new Request("http://localhost/"));
 * equal(tracer.finished.since(0)[0]?.statusMessage, "no such page");
 * ```
 *
 * @param error anything that can be thrown
 */
export function setError(request: Request, error: unknown): void {
  if (typeof request !== "object" || request === null) return;
  let note: Note | undefined = noteFor(request);
  for (; note !== undefined; note = note.outer) note.caught = { error };
}

/** The template that was set for a request, or `unmatched`. */
export function routeOf(request: Request): string {
  return noteOf(request)?.template ?? UNMATCHED;
}
