/**
 * Serving on Bun: every request observed, its routes named, and no request lost at the end.
 *
 * @module
 */
import type { Handler } from "../http/handler.ts";
import { setRoute } from "../http/route.ts";
import { isRecorded } from "../http/thrown.ts";
import { type Drained, type DrainOptions, processDrain, splitDrainOptions } from "./drain.ts";

export type { Handler } from "../http/handler.ts";
export type { Drained, DrainOptions } from "./drain.ts";

/** A handler of Bun's: undefined after a WebSocket upgrade. */
export type BunHandler = Handler<unknown[], Response | undefined | Promise<Response | undefined>>;

/** What `serve` needs of a `Telltale`. */
export interface BunTelltale extends Drained {
  /** Wraps a handler; with `endpoints: false` it answers no admin path. */
  instrument(handler: BunHandler, options?: { readonly endpoints?: false }): BunHandler;
  /** Told of errors that no handler threw, and of routes that are not observed. */
  readonly log: Drained["log"] & {
    debug(message: string, fields?: Readonly<Record<string, unknown>>): void;
    error(message: string, fields?: Readonly<Record<string, unknown>>): void;
  };
}

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

/** The options of `Bun.serve`, by shape, and how the server ends. */
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
  /** Answers for a handler that threw; else the answer is Bun's own. */
  readonly error?: (error: Error) => Response | undefined | Promise<Response | undefined>;
  /** Whatever else `Bun.serve` takes: `websocket`, `tls`, `unix`, `idleTimeout`, … */
  readonly [option: string]: unknown;
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

interface BunNamespace {
  serve(options: object): BunServer;
}

/**
 * Serves with `Bun.serve`, instrumented, and returns Bun's own server. The keys of `routes` are the
 * route labels, and a route of the application's own wins over an endpoint of the same path. SIGTERM
 * and SIGINT drain the server: see {@linkcode DrainOptions}.
 *
 * A static `Response` route is answered by a handler with a clone of it, which costs it Bun's own
 * `ETag` and 304. HTML bundles, files and directories are Bun's to serve: left alone, not observed.
 *
 * @example
 * ```ts ignore
 * import { telltale } from "@telltale/telltale";
 * import { serve } from "@telltale/telltale/bun";
 *
 * const t = telltale({ service: "orders" });
 * serve(t, {
 *   routes: { "/orders/:id": (request) => Response.json({ id: request.params.id }) },
 *   fetch: () => new Response("Not Found", { status: 404 }),
 * });
 * ```
 *
 * @param t what observes the server
 * @param options `Bun.serve`'s own, passed on, and ours
 */
export function serve(t: BunTelltale, options: BunServeOptions): BunServer {
  const { Bun } = globalThis as unknown as { Bun?: BunNamespace };
  if (typeof Bun?.serve !== "function") {
    throw new TypeError("Cannot serve: Bun.serve is not there, this is another runtime");
  }
  const { drain, runtime } = splitDrainOptions(options);
  const { signal, fetch = notFound, error } = options;
  const server = Bun.serve(observed(t, { ...runtime, fetch }));
  const stop = server.stop.bind(server);
  const reload = server.reload.bind(server);
  // What a reload does not name stays as it is.
  server.reload = (next) => reload(observed(t, { fetch, error, ...next }) as BunServeOptions);

  const remove = drain.signals ? processDrain.add({ t, ...drain, close: () => stop() }) : () => {};
  const abort = () => void server.stop(true);
  server.stop = (closeActiveConnections) => {
    signal?.removeEventListener("abort", abort);
    const stopped = stop(closeActiveConnections);
    Promise.resolve(stopped).then(remove, remove);
    return stopped;
  };
  if (signal?.aborted) abort();
  else signal?.addEventListener("abort", abort, { once: true });
  return server;
}

/** Bun's options with every handler in them instrumented. */
function observed(t: BunTelltale, options: BunServeOptions): object {
  const { fetch, routes, error: answerError } = options;
  return {
    ...options,
    fetch: t.instrument(fetch as BunHandler),
    ...routes !== undefined && { routes: new ObservedRoutes(t).all(routes) },
    error(this: unknown, error: Error) {
      if (!isRecorded(error)) t.log.error("response failed", { error });
      // Undefined leaves the answer to Bun, with its error page in development.
      return answerError?.call(this, error);
    },
  };
}

function notFound(): Response {
  return new Response(null, { status: 404 });
}

/** Wraps the handlers of a routes object. */
class ObservedRoutes {
  readonly #routed: BunHandler;
  readonly #routedOwn: BunHandler;
  readonly #log: BunTelltale["log"];

  constructor(t: BunTelltale) {
    // The route travels behind the arguments of Bun, so that two wrapped handlers serve all routes.
    const dispatch = (request: Request, server: unknown, handler: unknown, template: unknown) => {
      setRoute(request, template as string);
      return (handler as BunHandler)(request, server);
    };
    this.#routed = t.instrument(dispatch);
    this.#routedOwn = t.instrument(dispatch, { endpoints: false });
    this.#log = t.log;
  }

  all(routes: Readonly<Record<string, BunRoute>>): Record<string, BunRoute> {
    return Object.fromEntries(
      Object.entries(routes).map(([template, route]) => [template, this.#one(template, route)]),
    );
  }

  #one(template: string, route: BunRoute): BunRoute {
    if (route === false) return route;
    const answer = this.#answer(template, route);
    if (answer !== undefined) return answer;
    if (isByMethod(route)) {
      const methods = Object.entries(route).map(([method, answer]) =>
        [method, this.#answer(template, answer) ?? answer] as const
      );
      return Object.fromEntries(methods);
    }
    this.#log.debug("route is not observed, Bun serves it by itself", { "http.route": template });
    return route;
  }

  #answer(template: string, answer: unknown): BunRouteHandler | undefined {
    const handler = answer instanceof Response
      // The body of one response can be sent once.
      ? () => answer.clone()
      : answer;
    if (typeof handler !== "function") return undefined;
    // A path that the application spelled out is its own, also when an endpoint has the same.
    const routed = /[:*]/.test(template) ? this.#routed : this.#routedOwn;
    return (request, server) => routed(request, server, handler, template);
  }
}

/** Whether a route is a plain object of methods, not one of Bun's own kinds (bundle, file). */
function isByMethod(route: object): route is Record<string, unknown> {
  const methods = Object.keys(route);
  return Object.getPrototypeOf(route) === Object.prototype && methods.length > 0 &&
    methods.every((method) => /^[A-Z]+$/.test(method));
}
