/**
 * The signature of a handler.
 *
 * @module
 */

/**
 * The handler of Deno, Bun and the like: a request in, a response out. Further arguments of the
 * runtime (Deno's connection info, Bun's server) follow the request. A handler of Bun may return
 * undefined after a WebSocket upgrade.
 */
export type Handler<
  Rest extends unknown[] = unknown[],
  Result extends Response | undefined | Promise<Response | undefined> =
    | Response
    | Promise<Response>,
> = (request: Request, ...rest: Rest) => Result;
