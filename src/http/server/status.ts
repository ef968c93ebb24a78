/**
 * The status that a client receives, which the answer of a handler does not always say.
 *
 * @module
 */
/** The answer of a handler if it is a response; its type is not trusted. */
export function asResponse(answer: unknown): Response | undefined {
  return answer instanceof Response ? answer : undefined;
}

/**
 * The status that the client receives. The runtimes answer 500 for `Response.error()`, whose status
 * is 0, and for a body that was read before.
 */
export function statusOf(response: Response): number {
  const { status } = response;
  return status === 101 ? status : response.bodyUsed ? 500 : status || 500;
}

/** What Bun's server has, and other arguments of handlers don't. */
interface BunConnection {
  upgrade?: unknown;
  readonly development?: boolean;
  requestIP?(request: Request): unknown;
}

/**
 * The status that the client receives when a handler returns no response. Bun does not call its
 * error hook then: it sends its welcome page (200) in development, else an empty 204. A request was
 * upgraded if Bun no longer knows its peer although the client has not disconnected.
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
  // On a unix socket no peer has an address: the upgrade header alone decides.
  return request.headers.get("upgrade")?.toLowerCase() === "websocket" &&
    !request.signal.aborted && server.requestIP?.(request) == null;
}
