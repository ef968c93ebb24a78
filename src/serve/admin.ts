/**
 * The admin listener: a second listener for the admin paths alone.
 *
 * @module
 */
import { checkWhole, refuseUnknown } from "../core/check.ts";
import { forgedTarget, pathOf } from "../http/request/target.ts";

/** Where the admin paths are served, apart from the application. */
export interface AdminOptions {
  /** The port; 0 for any free one. */
  readonly port: number;
  /**
   * The address to listen on. Other machines and containers can't reach the default: for a Prometheus
   * elsewhere set `0.0.0.0`, and don't publish the port. The console answers callers on this machine
   * there, and others with `access.token`. An added endpoint that needs the right to control, and is not
   * `isLocal`, needs a token on such an address, or starting throws a `TypeError`. @default "127.0.0.1"
   */
  readonly hostname?: string | undefined;
  /** Called when it listens. @default prints the address on stderr */
  readonly onListen?: ((address: { hostname: string; port: number }) => void) | undefined;
}

/** The part of a `Telltale` that answers the admin paths; `Endpoints` of `./http`. */
export interface AdminEndpoints {
  /** The answer to a request for an endpoint; undefined for any other path. */
  answer(
    path: string,
    request: Request,
    rest: readonly unknown[],
  ): Promise<Response> | undefined;
  /** Called with the address of the server whose handler answers the admin paths. */
  listens?(hostname: string | undefined, port?: number): void;
  /** Throws when an endpoint must not be reachable on this address. */
  assertGuarded(hostname: string): void;
}

/** Where and how the admin listener answers. */
export interface AdminListener {
  readonly port: number;
  readonly hostname: string;
  readonly listening: (address: { hostname: string; port: number }) => void;
  /** Answers every request, with 404 for other paths. */
  readonly handler: (request: Request, ...rest: unknown[]) => Promise<Response>;
}

const DEFAULT_HOSTNAME = "127.0.0.1";

const HEADERS = {
  "content-type": "text/plain; charset=utf-8",
  "cache-control": "no-store",
  "x-content-type-options": "nosniff",
};

/** Checks the options; undefined without any, for no admin listener. */
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
  const listening = (address: { hostname: string; port: number }) => {
    endpoints.listens?.(undefined, address.port);
    onListen(address);
  };
  return { port, hostname, listening, handler };
}

/** Starts the application's server; when that fails, the admin listener must not stay. */
export function startBeside<Server>(start: () => Server, closeAside: () => void): Server {
  try {
    return start();
  } catch (error) {
    closeAside();
    throw error;
  }
}

/** Prints the address, and that the default one is for this machine only. */
function tell({ hostname, port }: { hostname: string; port: number }): void {
  const host = hostname.includes(":") ? `[${hostname}]` : hostname;
  const reach = hostname === DEFAULT_HOSTNAME ? ", for this machine only" : "";
  console.warn(`telltale: admin paths on http://${host}:${port}/${reach}`);
}
