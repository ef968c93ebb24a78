/**
 * The types of Bun's server and its options, by shape: Bun's own types can't be published.
 *
 * @module
 */
import type { Handler } from "../http/request/handler.ts";
import type { AdminOptions } from "./admin.ts";
import type { DrainOptions } from "./options.ts";

/** A handler on Bun, which returns undefined after a WebSocket upgrade. */
export type BunHandler = Handler<unknown[], Response | undefined | Promise<Response | undefined>>;

/** The request of a route's handler, `Bun.BunRequest` by shape. */
export interface BunRequest extends Request {
  /** The parts of the path that matched `:name`. */
  readonly params: Readonly<Record<string, string>>;
}

/** A route's handler. */
export type BunRouteHandler = (
  request: BunRequest,
  server: BunServer,
) => Response | undefined | Promise<Response | undefined>;

/** A route: a handler or a static response, one or several by method, or one that Bun serves itself. */
export type BunRoute =
  | BunRouteHandler
  | Response
  | { readonly [method: string]: BunRouteHandler | Response }
  | object
  | false;

/**
 * The options of `Bun.serve`, by shape, and those of Telltale. Options newer than this list are passed
 * on as well, and compile when spread from an object; misspelt ones are refused.
 */
export interface BunServeOptions extends DrainOptions {
  /** The port; 0 for any free one. @default 3000 */
  readonly port?: number | string;
  /** The address to listen on. @default "0.0.0.0" */
  readonly hostname?: string;
  /** Closes the server and its connections at once when it aborts. */
  readonly signal?: AbortSignal;
  /** Answers requests that no route does. @default a bare 404 */
  readonly fetch?: (
    request: Request,
    server: BunServer,
  ) => Response | undefined | Promise<Response | undefined>;
  /** Handlers by path. */
  readonly routes?: Readonly<Record<string, BunRoute>>;
  /**
   * Answers when a handler throws. The request is recorded with the status of the answer, and with the
   * error from 500 on. @default Bun's own answer
   */
  readonly error?: (error: Error) => Response | undefined | Promise<Response | undefined>;
  /** Moves the admin paths to a listener of their own, which closes after the server. */
  readonly admin?: AdminOptions | undefined;
  /** Handles upgraded connections, a `Bun.WebSocketHandler`. */
  readonly websocket?: object | undefined;
  /** Certificate and key, for HTTPS: `Bun.TLSOptions`, several for several names. */
  readonly tls?: object | readonly object[] | undefined;
  /** The path of a unix socket to listen on instead. */
  readonly unix?: string | undefined;
  /** Seconds that a connection may be idle; 0 for no limit. @default 10 */
  readonly idleTimeout?: number | undefined;
  /** Bytes that the body of a request may have. */
  readonly maxRequestBodySize?: number | undefined;
  /** Whether Bun shows errors on a page; or how it serves bundles. */
  readonly development?: boolean | object | undefined;
  /** Identifies the server under `--hot`; with null a reload starts another one. */
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
  /** Open WebSockets. */
  readonly pendingWebSockets: number;
  /** Stops accepting and lets requests in flight finish, or closes all at once. */
  stop(closeActiveConnections?: boolean): Promise<void>;
  /** Replaces handlers and routes; the new ones are observed too. */
  reload(options: BunServeOptions): BunServer;
  /** Upgrades the request to a WebSocket; the handler then returns undefined. */
  upgrade(request: Request, options?: object): boolean;
  /** The peer of a request; null when it has gone, and on a unix socket. */
  requestIP(request: Request): { address: string; family: string; port: number } | null;
  /** Sets the idle timeout of a request; 0 for none, as an event stream needs. */
  timeout(request: Request, seconds: number): void;
  /** Makes the server keep the process alive, as it does by default. */
  ref(): void;
  /** Lets the process end while the server listens. */
  unref(): void;
}
