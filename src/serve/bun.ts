/**
 * Serving on Bun: requests are observed, routes named, and the server ends gracefully.
 *
 * @module
 */
import { outside } from "../core/context.ts";

import { surviving } from "../core/platform.ts";
import { isRecorded } from "../http/server/note.ts";
import { type AdminEndpoints, type AdminListener, adminListener, startBeside } from "./admin.ts";
import { ObservedRoutes } from "./bun_routes.ts";
import type { BunHandler, BunServeOptions, BunServer } from "./bun_server.ts";
import { drainOnSignals, Farewell } from "./drain.ts";
import { ErrorHook } from "./error_hook.ts";
import { type Collecting, gaugePending } from "./bun_gauges.ts";
import { checkArguments, DRAIN_OPTIONS, type Drained, splitDrainOptions } from "./options.ts";

export type { Handler } from "../http/request/handler.ts";
export type { AdminEndpoints, AdminOptions } from "./admin.ts";
export type {
  BunHandler,
  BunRequest,
  BunRoute,
  BunRouteHandler,
  BunServeOptions,
  BunServer,
} from "./bun_server.ts";
export type { Drained, DrainOptions } from "./options.ts";
export type { Collecting } from "./bun_gauges.ts";

/** The parts of a `Telltale` that `serve` needs on Bun. */
export interface BunTelltale extends Drained {
  /** Wraps a handler; with `endpoints: false` it answers no admin path. */
  instrument(
    handler: BunHandler,
    options?: { readonly endpoints?: false | undefined },
  ): BunHandler;
  /** Answers the admin paths on a listener of their own. */
  readonly endpoints: AdminEndpoints;
  /** Shows the counts of Bun's own. */
  readonly metrics: Collecting;
  /** Checks the routes of SLOs. */
  readonly slos?: { serves(templates: readonly string[]): void } | undefined;
  /** Logs errors that no handler threw, and routes that are not observed. */
  readonly log: Drained["log"] & {
    debug(message: string, fields?: Readonly<Record<string, unknown>>): void;
    error(message: string, fields?: Readonly<Record<string, unknown>>): void;
  };
}

const OPTIONS: readonly (keyof BunServeOptions)[] = [
  ...DRAIN_OPTIONS,
  "port",
  "hostname",
  "signal",
  "fetch",
  "routes",
  "error",
  "admin",
  "websocket",
  "development",
];

interface BunNamespace {
  serve(options: object): BunServer;
}

/** What `serve` has added to one of Bun's servers. */
interface Life {
  /** Bun's own methods. */
  readonly stop: BunServer["stop"];
  readonly reload: BunServer["reload"];
  /** Removes it all: the server goes on with another Telltale and another admin listener. */
  handOver(t: BunTelltale, aside: BunServer | undefined): void;
}

/** `bun --hot` evaluates the application and this module again, and returns the same server again. */
const lives = surviving(import.meta.url, () => new WeakMap<BunServer, Life>());

/**
 * Serves with `Bun.serve`, instrumented, and returns Bun's own server. The handlers are options, `fetch`
 * and `routes`, as they are in `Bun.serve`. The keys of `routes` become the route labels, and a route
 * of the application wins over an endpoint with the same path.
 *
 * SIGTERM and SIGINT drain the server: see {@linkcode DrainOptions}. Under `bun --hot` a new evaluation
 * takes the server over, and the Telltale of the last one is shut down unless it is the same.
 *
 * A static `Response` route is answered with a clone, and so loses Bun's `ETag` and 304. HTML bundles,
 * files and directories are served by Bun itself and not observed.
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
 * @param t the `Telltale` that observes the server
 * @param options those of `Bun.serve`, passed on, and those of Telltale
 * @throws {TypeError} for a misspelt option, such as `prot`; for an SLO with a route that is none of `routes`,
 * where there is no `fetch`
 */
export function serve(t: BunTelltale, options: BunServeOptions): BunServer {
  const { Bun } = globalThis as unknown as { Bun?: BunNamespace };
  if (typeof Bun?.serve !== "function") {
    throw new TypeError("Cannot serve: Bun.serve is missing, this module is for Bun only");
  }
  // Bun reads `host`, too.
  checkArguments(options, options?.fetch ?? notFound, OPTIONS, ["host"]);
  const { admin, ...rest } = options;
  // Without another handler these are all that there are.
  if (options.routes !== undefined && options.fetch === undefined) {
    t.slos?.serves(Object.keys(options.routes));
  }
  const { drain, runtime } = splitDrainOptions(rest);
  const { signal, fetch = notFound, error } = options;
  const aside = serveAdmin(Bun, options, adminListener(t.endpoints, admin));
  const farewell = new Farewell();
  const observe = (given: BunServeOptions) => observed(t, farewell, given, aside === undefined);
  const server = startBeside(
    () => serveOutside(Bun, observe({ ...runtime, fetch })),
    () => void aside?.stop(true),
  );
  // Its host name is "localhost" for all addresses, too.
  if (aside === undefined) t.endpoints.listens?.(undefined, server.port);
  const before = lives.get(server);
  before?.handOver(t, aside);
  const stop = before?.stop ?? server.stop.bind(server);
  const reload = before?.reload ?? server.reload.bind(server);
  const uncount = gaugePending(t.metrics, server);
  let last = { fetch, error };
  server.reload = (next) => {
    // Handlers that a reload does not name stay.
    const named = { fetch: next.fetch ?? last.fetch, error: next.error ?? last.error };
    const observed = observe({ ...next, ...named } as BunServeOptions) as BunServeOptions;
    const reloaded = outside(() => reload(observed));
    last = named;
    return reloaded;
  };

  const close = async () => {
    await stop();
    // Last: probes and scrapes go on until no request is in flight.
    await aside?.stop();
  };
  const remove = drainOnSignals(t, drain, farewell, close);
  const abort = () => void server.stop(true);
  const detach = () => {
    signal?.removeEventListener("abort", abort);
    remove();
    uncount();
  };
  server.stop = (closeActiveConnections) => {
    signal?.removeEventListener("abort", abort);
    farewell.begin();
    const stopped = stop(closeActiveConnections);
    const ended = () => {
      detach();
      void aside?.stop();
    };
    Promise.resolve(stopped).then(ended, ended);
    return stopped;
  };
  const handOver: Life["handOver"] = (next, beside) => {
    detach();
    if (beside !== aside) void aside?.stop();
    if (next !== t) void t.shutdown();
  };
  lives.set(server, { stop, reload, handOver });
  // `using` closes at once, the admin listener included.
  Object.defineProperty(server, Symbol.dispose, { value: abort, configurable: true });
  if (signal?.aborted) abort();
  else signal?.addEventListener("abort", abort, { once: true });
  return server;
}

function serveAdmin(
  Bun: BunNamespace,
  { id, unix, port: ownPort }: BunServeOptions,
  listener: AdminListener | undefined,
): BunServer | undefined {
  if (listener === undefined) return undefined;
  const { port, hostname, listening, handler } = listener;
  // Under `--hot` Bun takes two servers without an id and with the same address, even port 0, for one.
  const name = `telltale admin ${hostname}:${port} of ${id ?? unix ?? ownPort}`;
  const server = serveOutside(Bun, { port, hostname, id: name, fetch: handler });
  listening({ hostname, port: server.port! });
  return server;
}

/** Bun runs every handler in the context in which the server was started. */
function serveOutside(Bun: BunNamespace, options: object): BunServer {
  return outside(() => Bun.serve(options));
}

/** Bun's options with every handler in them instrumented. */
function observed(
  t: BunTelltale,
  farewell: Farewell,
  options: BunServeOptions,
  endpoints: boolean,
): object {
  const { fetch, routes, error: answerError } = options;
  const hook = new ErrorHook(answerError, false);
  const instrument: BunTelltale["instrument"] = (handler, options) =>
    farewell.watch(t.instrument(hook.watch(handler) as BunHandler, options));
  return {
    ...options,
    fetch: instrument(fetch as BunHandler, endpoints ? {} : { endpoints: false }),
    ...routes !== undefined &&
      { routes: new ObservedRoutes({ instrument, log: t.log }, endpoints).all(routes) },
    error(this: unknown, error: Error) {
      if (!isRecorded(error)) t.log.error("response failed", { error });
      // Undefined leaves the answer to Bun, with its error page in development.
      return hook.wasAsked(error) ? undefined : answerError?.call(this, error);
    },
  };
}

function notFound(): Response {
  return new Response(null, { status: 404 });
}
