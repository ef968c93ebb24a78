/**
 * Serving on Node 22 and later: requests are observed, and the server ends gracefully.
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

import { outside } from "../core/context.ts";
import type { Handler } from "../http/request/handler.ts";
import { isRecorded } from "../http/server/note.ts";
import { adminListener } from "./admin.ts";
import { drainOnSignals, Farewell } from "./drain.ts";
import { ERROR_RESPONSE, ErrorHook, NO_RESPONSE } from "./error_hook.ts";
import { infoOf, type NodeServeInfo, requestOf } from "./node_request.ts";
import { send } from "./node_response.ts";
import {
  checkArguments,
  SERVE_OPTIONS,
  type ServedTelltale,
  type ServeOptions,
  splitDrainOptions,
} from "./options.ts";

export type { Handler } from "../http/request/handler.ts";
export type { AdminEndpoints, AdminOptions } from "./admin.ts";
export type { NodeServeInfo } from "./node_request.ts";
export type { Drained, DrainOptions, ServedTelltale, ServeOptions } from "./options.ts";

/**
 * The options of Node's `createServer`, such as `requestTimeout` and `maxHeaderSize`, and those of
 * Telltale. Options newer than Node's types are passed on as well, and compile when spread from an
 * object; misspelt ones are refused.
 */
export interface NodeServeOptions extends ServeOptions, ServerOptions {
  /** The path of a unix socket to listen on instead. */
  readonly path?: string | undefined;
  /** The certificate, for HTTPS; with {@linkcode NodeServeOptions.key}. */
  readonly cert?: string | undefined;
  /** The private key, for HTTPS. */
  readonly key?: string | undefined;
  /** Called when the server listens. */
  readonly onListen?: ((server: Server) => void) | undefined;
}

const OPTIONS: readonly (keyof NodeServeOptions)[] = [
  ...SERVE_OPTIONS,
  "path",
  "cert",
  "key",
  "onListen",
];

/**
 * Serves `handler` with `node:http`, or `node:https` with a certificate, instrumented, and returns
 * Node's own server, whose `upgrade` event belongs to the application. The handler is the last
 * argument, as it is on Deno: Node's own handlers take other arguments.
 *
 * SIGTERM and SIGINT drain the server: see {@linkcode DrainOptions}. Errors that no handler threw, such
 * as a body that fails midway, are logged.
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
 * @param t the `Telltale` that observes the server
 * @param options those of Node, passed on, and those of Telltale
 * @param handler the plain handler; it is instrumented here
 * @throws {TypeError} for a misspelt option, such as `prot`
 */
export function serve(
  t: ServedTelltale,
  options: NodeServeOptions,
  handler: (request: Request, info: NodeServeInfo) => Response | Promise<Response>,
): Server {
  checkArguments(options, handler, OPTIONS);
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
    if (aside === undefined && typeof bound === "object") {
      t.endpoints.listens?.(bound!.address, bound!.port);
    }
    onListen?.(server);
  });

  const close = async () => {
    await closed(server);
    // Last: probes and scrapes go on until no request is in flight.
    if (aside !== undefined) await closed(aside);
  };
  const remove = drainOnSignals(t, drain, farewell, close);
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
  // A server that can't listen emits no "close". The error still crashes without a listener for it.
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
  // Node runs every handler in the context in which the server was started.
  return outside(() => server.listen(path === undefined ? { port, host: hostname } : { path }));
}

/** Stops accepting; resolves when no request is in flight. */
function closed(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
    server.closeIdleConnections();
  });
}

/** What an exchanger needs besides the handler. */
interface ExchangerOptions {
  readonly log: ServedTelltale["log"];
  readonly hook?: ErrorHook;
  readonly isUnix: boolean;
}

/** Answers Node's messages with a handler of `Request`s. */
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
      // A response that began before the server closed told the client to keep the connection.
      if (server?.listening === false) setImmediate(() => server.closeIdleConnections());
      if (!sink.writableFinished) gone.abort(new DOMException("The client has gone", "AbortError"));
    });
    try {
      const response = await this.#answer(message, gone.signal);
      // A connection kept alive would keep a closing server open.
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
      if (!(response instanceof Response)) throw new TypeError(NO_RESPONSE);
      if (response.type === "error") throw new TypeError(ERROR_RESPONSE);
      return response;
    } catch (error) {
      this.#report(error);
      // When onError throws, or returns no response, the connection is cut.
      if (this.#options.hook?.wasAsked(error)) throw error;
      return new Response("Internal Server Error", { status: 500 });
    }
  }

  #report(error: unknown): void {
    if (!isRecorded(error)) this.#options.log.error("response failed", { error });
  }
}
