/**
 * Serving on Node 22 and later: every request observed, and no request lost at the end.
 *
 * @module
 */
import { errorMonitor } from "node:events";
import {
  createServer,
  type IncomingMessage,
  type RequestListener,
  type Server,
  type ServerResponse,
} from "node:http";
import { createServer as createSecureServer, type ServerOptions } from "node:https";
import { refuseMisspelt } from "../core/check.ts";
import { outside } from "../core/context.ts";
import type { Handler } from "../http/request/handler.ts";
import { isRecorded } from "../http/server/exchange.ts";
import { type AdminEndpoints, adminListener, type AdminOptions } from "./admin.ts";
import {
  DRAIN_OPTIONS,
  type Drained,
  type DrainOptions,
  processDrain,
  splitDrainOptions,
} from "./drain.ts";
import { ErrorHook } from "./error_hook.ts";
import { Farewell } from "./farewell.ts";
import { infoOf, type NodeServeInfo, requestOf } from "./node_request.ts";
import { send } from "./node_response.ts";

export type { Handler } from "../http/request/handler.ts";
export type { AdminEndpoints, AdminOptions } from "./admin.ts";
export type { Drained, DrainOptions } from "./drain.ts";
export type { NodeServeInfo } from "./node_request.ts";

/** What `serve` needs of a `Telltale`. */
export interface NodeTelltale extends Drained {
  /** Wraps the handler; with `endpoints: false` it answers no admin path. */
  instrument(handler: Handler, options?: { readonly endpoints?: false | undefined }): Handler;
  /** Answers the admin paths on a listener of their own. */
  readonly endpoints: AdminEndpoints;
  /** Told of errors that no handler threw. */
  readonly log: Drained["log"] & {
    error(message: string, fields?: Readonly<Record<string, unknown>>): void;
  };
}

/**
 * Where the server listens, how it ends, and whatever else Node's `createServer` takes:
 * `requestTimeout`, `maxHeaderSize`, … One that is newer than its types is passed on as well; types let
 * it through when it is spread from an object. A misspelt one is refused.
 */
export interface NodeServeOptions extends DrainOptions, ServerOptions {
  /** The port; 0 for any that is free, 8000 by default. */
  readonly port?: number | undefined;
  /** The address to listen on; `0.0.0.0` by default. */
  readonly hostname?: string | undefined;
  /** A unix socket to listen on instead. */
  readonly path?: string | undefined;
  /** The certificate, for HTTPS; with {@linkcode NodeServeOptions.key}. */
  readonly cert?: string | undefined;
  /** The private key, for HTTPS. */
  readonly key?: string | undefined;
  /** Closes the server and its connections at once when it aborts. */
  readonly signal?: AbortSignal | undefined;
  /** Called when the server listens. */
  readonly onListen?: ((server: Server) => void) | undefined;
  /**
   * Answers for a handler that threw; else the answer is a bare 500. The request is recorded with the
   * status of the answer, and with the error from 500 on.
   */
  readonly onError?: ((error: unknown) => Response | Promise<Response>) | undefined;
  /** Moves the admin paths to a listener of their own; it closes after the server. */
  readonly admin?: AdminOptions | undefined;
}

const OPTIONS: readonly (keyof NodeServeOptions)[] = [
  ...DRAIN_OPTIONS,
  "port",
  "hostname",
  "path",
  "cert",
  "key",
  "signal",
  "onListen",
  "onError",
  "admin",
];

/**
 * Serves `handler` with `node:http`, or `node:https` with a certificate, instrumented, and returns
 * Node's own server, whose `upgrade` event is the application's. SIGTERM and SIGINT drain it: see
 * {@linkcode DrainOptions}. Errors that no handler threw, such as a body that fails midway, are
 * logged.
 *
 * @example
 * ```ts ignore
 * import { telltale } from "@telltale/telltale";
 * import { serve } from "@telltale/telltale/node";
 *
 * const t = telltale({ service: "orders" });
 * serve(t, { port: 8000 }, () => new Response("hello"));
 * ```
 *
 * @param t what observes the server
 * @param options Node's own, passed on, and ours
 * @param handler the plain handler; it is instrumented here
 * @throws {TypeError} for an option that is nearly one of these, as `prot`
 */
export function serve(
  t: NodeTelltale,
  options: NodeServeOptions,
  handler: (request: Request, info: NodeServeInfo) => Response | Promise<Response>,
): Server {
  refuseMisspelt("serve", options, OPTIONS);
  const { admin, signal, onListen, onError, ...given } = options;
  const { port = 8000, hostname = "0.0.0.0", path, ...rest } = given;
  const { drain, runtime } = splitDrainOptions(rest);
  const listener = adminListener(t.endpoints, admin);
  const log = t.log;
  const aside = listener === undefined
    ? undefined
    : listen(new Exchanger({ log, isUnix: false }, listener.handler), {}, listener);
  aside?.once("listening", () => {
    const { port } = aside.address() as { port: number };
    listener?.listening({ hostname: listener.hostname, port });
  });
  const hook = new ErrorHook(onError, true);
  const instrumented = t.instrument(
    hook.watch(handler as Handler) as Handler,
    aside === undefined ? {} : { endpoints: false },
  );
  const farewell = new Farewell();
  const answering = farewell.watch(instrumented) as Handler;
  const exchanger = new Exchanger({ log, hook, isUnix: path !== undefined }, answering);
  const server = listen(exchanger, runtime, { port, hostname, path });
  server.once("listening", () => {
    const bound = server.address();
    if (aside === undefined && typeof bound === "object") t.endpoints.listens?.(bound!.address);
    onListen?.(server);
  });

  const close = async () => {
    await closed(server);
    // Last, for its probes and scrapes go on until nothing is in flight.
    if (aside !== undefined) await closed(aside);
  };
  const remove = drain.signals
    ? processDrain.add({ t, ...drain, begin: () => farewell.begin(), close })
    : () => {};
  const abort = () => {
    server.close();
    server.closeAllConnections();
  };
  const ended = () => {
    signal?.removeEventListener("abort", abort);
    remove();
    aside?.close();
  };
  server.once("close", ended);
  // A server that can't listen does not close; whoever has no listener for that still crashes.
  server.on(errorMonitor as unknown as string, () => {
    if (!server.listening) ended();
  });
  if (signal?.aborted) abort();
  else signal?.addEventListener("abort", abort, { once: true });
  return server;
}

function listen(
  exchanger: Exchanger,
  options: object,
  address: { port: number; hostname: string; path?: string | undefined },
): Server {
  const { port, hostname, path } = address;
  const isSecure = "cert" in options && options.cert !== undefined;
  const create = isSecure ? createSecureServer : createServer;
  const server = (create as typeof createServer)(options, exchanger.listener);
  // Node runs every handler in the context that the server was started in.
  return outside(() => server.listen(path === undefined ? { port, host: hostname } : { path }));
}

/** Stops accepting; resolves when nothing is in flight. */
function closed(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
    server.closeIdleConnections();
  });
}

/** What an exchange needs besides the handler. */
interface ExchangerOptions {
  readonly log: NodeTelltale["log"];
  readonly hook?: ErrorHook;
  readonly isUnix: boolean;
}

/** Has a handler of requests answer Node's messages. */
class Exchanger {
  readonly #options: ExchangerOptions;
  readonly #handler: Handler;

  constructor(options: ExchangerOptions, handler: Handler) {
    this.#options = options;
    this.#handler = handler;
  }

  get listener(): RequestListener {
    return (message, sink) => void outside(() => this.#exchange(message, sink));
  }

  async #exchange(message: IncomingMessage, sink: ServerResponse): Promise<void> {
    const gone = new AbortController();
    sink.on("error", () => {});
    const { server } = message.socket as { server?: Server };
    sink.once("close", () => {
      // A response that began before the server closed has told the client to keep the connection.
      if (server?.listening === false) setImmediate(() => server.closeIdleConnections());
      if (!sink.writableFinished) gone.abort(new DOMException("The client has gone", "AbortError"));
    });
    try {
      const response = await this.#answer(message, gone.signal);
      // While the server closes, a connection that is kept alive would keep it open.
      if (server?.listening === false) sink.shouldKeepAlive = false;
      await send(response, sink, message.method);
    } catch (error) {
      this.#report(error);
      sink.destroy();
    }
  }

  async #answer(message: IncomingMessage, signal: AbortSignal): Promise<Response> {
    try {
      const response = await this.#handler(
        requestOf(message, signal),
        infoOf(message, this.#options.isUnix),
      );
      if (!(response instanceof Response)) throw new TypeError("Handler gave no Response");
      if (response.type === "error") throw new TypeError("Handler gave Response.error()");
      return response;
    } catch (error) {
      this.#report(error);
      // What the hook threw, or that it gave no response, cuts the connection.
      if (this.#options.hook?.wasAsked(error)) throw error;
      return new Response("Internal Server Error", { status: 500 });
    }
  }

  #report(error: unknown): void {
    if (!isRecorded(error)) this.#options.log.error("response failed", { error });
  }
}
