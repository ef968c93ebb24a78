/**
 * A listener of the admin paths' own.
 *
 * @module
 */
import { checkWhole, refuseUnknown } from "../core/check.ts";
import { pathOf } from "../http/request/handler.ts";
import { forgedTarget } from "../http/request/target.ts";

/** Where the admin paths listen, when not beside the application. */
export interface AdminOptions {
  /** The port; 0 for any that is free. */
  readonly port: number;
  /**
   * The address; `127.0.0.1` by default, which other machines and other containers do not reach: for a
   * Prometheus elsewhere set `0.0.0.0`, and keep the port out of what is published. On any that other
   * machines reach, a console needs `access.token`: without one it is a `TypeError` at start.
   */
  readonly hostname?: string | undefined;
  /** Called when it listens; else a line on stderr says where, as the runtimes do. */
  readonly onListen?: ((address: { hostname: string; port: number }) => void) | undefined;
}

/** The part of a `Telltale` that answers the admin paths; `Endpoints` of `./http`. */
export interface AdminEndpoints {
  /** The answer when a path is an endpoint's. */
  answer(
    path: string,
    request: Request,
    rest: readonly unknown[],
  ): Promise<Response> | undefined;
  /** Told what the server binds whose handler answers them. */
  listens?(hostname: string): void;
  /** Throws when what is there must not be reached on this address. */
  assertGuarded(hostname: string): void;
}

/** What a listener of the admin paths is given. */
export interface AdminListener {
  readonly port: number;
  readonly hostname: string;
  readonly listening: (address: { hostname: string; port: number }) => void;
  /** Answers every request: 404 for what is no admin path. */
  readonly handler: (request: Request, ...rest: unknown[]) => Promise<Response>;
}

const DEFAULT_HOSTNAME = "127.0.0.1";

/** What every answer of an endpoint has. */
const HEADERS = {
  "content-type": "text/plain; charset=utf-8",
  "cache-control": "no-store",
  "x-content-type-options": "nosniff",
};

/** Checks the options and makes a listener of them; undefined when there is to be none. */
export function adminListener(
  endpoints: AdminEndpoints,
  options: AdminOptions | undefined,
): AdminListener | undefined {
  if (options === undefined) return undefined;
  refuseUnknown("serve admin paths", options, { port: true, hostname: true, onListen: true });
  const { port, hostname = DEFAULT_HOSTNAME, onListen = tell } = options;
  checkWhole("serve", "admin.port", port, 0, 65535);
  endpoints.assertGuarded(hostname);
  endpoints.listens?.(hostname);
  const handler = (request: Request, ...rest: unknown[]) =>
    endpoints.answer(pathOf(forgedTarget(request) ?? request.url), request, rest) ??
      Promise.resolve(new Response("Not Found\n", { status: 404, headers: HEADERS }));
  return { port, hostname, listening: onListen, handler };
}

/** A default that other machines do not reach must be seen to be one. */
function tell({ hostname, port }: { hostname: string; port: number }): void {
  const host = hostname.includes(":") ? `[${hostname}]` : hostname;
  const reach = hostname === DEFAULT_HOSTNAME ? ", for this machine only" : "";
  console.warn(`telltale: admin paths on http://${host}:${port}/${reach}`);
}
