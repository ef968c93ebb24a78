/**
 * The status that the client has, whatever the handler gave.
 *
 * @module
 */

/** `Response.error()` has 0: the runtimes answer 500 for it, and for a body that was read before. */
export function statusOf(response: Response): number {
  const { status } = response;
  return status === 101 ? status : response.bodyUsed ? 500 : status || 500;
}

/** The part of Bun's server that tells it from other arguments, and what became of a request. */
interface BunConnection {
  upgrade?: unknown;
  readonly development?: boolean;
  requestIP?(request: Request): unknown;
}

/**
 * The status that the runtime sends when a handler gives no response. Bun does not call its error hook
 * then: it sends its welcome page (200) in development, else an empty 204. An upgraded request is told
 * by this: Bun no longer knows its peer, although the client has not left.
 */
export function statusWithout(
  answer: unknown,
  request: Request,
  rest: readonly unknown[],
): number {
  const server = rest[0] as BunConnection | null | undefined;
  if (typeof server?.upgrade !== "function") return 500;
  if (answer === undefined && isUpgraded(server, request)) return 101;
  return server.development === true ? 200 : 204;
}

function isUpgraded(server: BunConnection, request: Request): boolean {
  // On a unix socket no peer has an address: the upgrade header alone has to do.
  return request.headers.get("upgrade")?.toLowerCase() === "websocket" &&
    !request.signal.aborted && server.requestIP?.(request) == null;
}
