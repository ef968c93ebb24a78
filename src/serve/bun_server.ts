/**
 * Bun's server and what it is given, by shape: Bun's own types can't be published.
 *
 * @module
 */
import type { Handler } from "../http/request/handler.ts";
import type { AdminOptions } from "./admin.ts";
import type { DrainOptions } from "./drain.ts";

/** A handler of Bun's: undefined after a WebSocket upgrade. */
export type BunHandler = Handler<unknown[], Response | undefined | Promise<Response | undefined>>;

/** The request that Bun gives a route's handler, `Bun.BunRequest` by shape. */
export interface BunRequest extends Request {
  /** What stood in the path for `:name`. */
  readonly params: Readonly<Record<string, string>>;
}

/** A route's handler. */
export type BunRouteHandler = (
  request: BunRequest,
  server: BunServer,
) => Response | undefined | Promise<Response | undefined>;

/** A route: a handler, a static response, either by method; or what Bun serves by itself. */
export type BunRoute =
  | BunRouteHandler
  | Response
  | { readonly [method: string]: BunRouteHandler | Response }
  | object
  | false;

/**
 * The options of `Bun.serve`, by shape, and how the server ends. One that is newer than this list is
 * passed on as well; types let it through when it is spread from an object. A misspelt one is refused.
 */
export interface BunServeOptions extends DrainOptions {
  /** The port; 0 for any that is free, 3000 by default. */
  readonly port?: number | string;
  /** The address to listen on; `0.0.0.0` by default. */
  readonly hostname?: string;
  /** Closes the server and its connections at once when it aborts. */
  readonly signal?: AbortSignal;
  /** Answers what no route does; else that is a bare 404. */
  readonly fetch?: (
    request: Request,
    server: BunServer,
  ) => Response | undefined | Promise<Response | undefined>;
  /** Handlers by path. */
  readonly routes?: Readonly<Record<string, BunRoute>>;
  /**
   * Answers for a handler that threw; else the answer is Bun's own. The request is recorded with the
   * status of the answer, and with the error from 500 on.
   */
  readonly error?: (error: Error) => Response | undefined | Promise<Response | undefined>;
  /** Moves the admin paths to a listener of their own; it closes after the server. */
  readonly admin?: AdminOptions | undefined;
  /** What becomes of upgraded connections: `Bun.WebSocketHandler`. */
  readonly websocket?: object | undefined;
  /** Certificate and key, for HTTPS: `Bun.TLSOptions`, several for several names. */
  readonly tls?: object | readonly object[] | undefined;
  /** A unix socket to listen on instead. */
  readonly unix?: string | undefined;
  /** Seconds that a connection may be quiet, 0 for ever; 10 by default. */
  readonly idleTimeout?: number | undefined;
  /** Bytes that a request's body may have. */
  readonly maxRequestBodySize?: number | undefined;
  /** Whether Bun shows errors on a page, or more of how its bundles are served. */
  readonly development?: boolean | object | undefined;
  /** What tells this server from others under `--hot`; null has a reload start another one. */
  readonly id?: string | null | undefined;
  /** Whether other processes may listen on the same port. */
  readonly reusePort?: boolean | undefined;
  /** Whether IPv4 is left alone. */
  readonly ipv6Only?: boolean | undefined;
  /** Whether HTTP/1.1 is spoken. */
  readonly http1?: boolean | undefined;
  /** Whether HTTP/2 is spoken. */
  readonly http2?: boolean | undefined;
  /** Whether HTTP/3 is spoken. */
  readonly http3?: boolean | undefined;
}

/** Bun's server, `Bun.Server` by shape. */
export interface BunServer {
  /** Where it listens. */
  readonly url: URL;
  /** The port; undefined on a unix socket. */
  readonly port: number | undefined;
  /** The address that it listens on. */
  readonly hostname: string | undefined;
  /** Requests in flight. */
  readonly pendingRequests: number;
  /** WebSockets that are open. */
  readonly pendingWebSockets: number;
  /** Stops accepting and lets requests in flight finish, or closes all at once. */
  stop(closeActiveConnections?: boolean): Promise<void>;
  /** Replaces handlers and routes; the new ones are observed too. */
  reload(options: BunServeOptions): BunServer;
  /** Makes a WebSocket of the request; the handler then returns undefined. */
  upgrade(request: Request, options?: object): boolean;
  /** The peer of a request; null when it is gone or came over a unix socket. */
  requestIP(request: Request): { address: string; family: string; port: number } | null;
  /** Sets the idle timeout of a request; 0 for none, as an event stream needs. */
  timeout(request: Request, seconds: number): void;
  /** Makes the server keep the process alive, as it does by default. */
  ref(): void;
  /** Lets the process end while the server listens. */
  unref(): void;
}
