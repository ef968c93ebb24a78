/**
 * Serving on Deno: requests are observed, and the server ends gracefully.
 *
 * @module
 */
import type { ASYNC_DISPOSE } from "../core/dispose.ts";
export { ASYNC_DISPOSE, type AsyncDispose, type noAsyncDispose } from "../core/dispose.ts";
import { current, outside, run } from "../core/context.ts";

import type { Handler } from "../http/request/handler.ts";
import { isRecorded } from "../http/server/note.ts";
import { type AdminListener, adminListener, startBeside } from "./admin.ts";
import { drainOnSignals, Farewell, Uploads } from "./drain.ts";
import { ErrorHook } from "./error_hook.ts";
import {
  checkArguments,
  SERVE_OPTIONS,
  type ServedTelltale,
  type ServeOptions,
  splitDrainOptions,
} from "./options.ts";

export type { Handler } from "../http/request/handler.ts";
export type { AdminEndpoints, AdminOptions } from "./admin.ts";
export type { Drained, DrainOptions, ServedTelltale, ServeOptions } from "./options.ts";

/** Where a request came from, `Deno.ServeHandlerInfo` by shape. */
export interface DenoServeInfo {
  /** The other end of the connection. */
  readonly remoteAddr: {
    readonly transport: string;
    readonly hostname?: string;
    readonly port?: number;
    readonly path?: string;
  };
  /** Resolves when the response has been sent or abandoned. */
  readonly completed: Promise<void>;
}

/**
 * The options of `Deno.serve`, by shape, and those of Telltale. Options newer than this list are passed
 * on as well, and compile when spread from an object; misspelt ones are refused.
 */
export interface DenoServeOptions extends ServeOptions {
  /** Called when the server listens. @default prints the address on stderr */
  readonly onListen?: ((address: DenoServer["addr"]) => void) | undefined;
  /** The path of a unix socket to listen on instead. */
  readonly path?: string | undefined;
  /** The kind of socket. @default "unix" with a `path`, else "tcp" */
  readonly transport?: "tcp" | "unix" | "vsock" | undefined;
  /** The context identifier, for `vsock`. */
  readonly cid?: number | undefined;
  /** The certificate, for HTTPS; with {@linkcode DenoServeOptions.key}. */
  readonly cert?: string | undefined;
  /** The private key, for HTTPS. */
  readonly key?: string | undefined;
  /** The format of certificate and key. */
  readonly keyFormat?: "pem" | undefined;
  /** Whether other processes may listen on the same port. */
  readonly reusePort?: boolean | undefined;
  /** The number of connections that may wait to be accepted. */
  readonly tcpBacklog?: number | undefined;
  /** Whether Deno compresses bodies. */
  readonly automaticCompression?: boolean | undefined;
}

/** Deno's server, `Deno.HttpServer` by shape. */
export interface DenoServer {
  /** Where it listens: host name and port, or the path of a unix socket. */
  readonly addr: {
    readonly transport: string;
    readonly hostname: string;
    readonly port: number;
    readonly path?: string;
  };
  /** Resolves when the server has ended. */
  readonly finished: Promise<void>;
  /** Stops accepting and lets requests in flight finish. */
  shutdown(): Promise<void>;
  /** Makes the server keep the process alive, as it does by default. */
  ref(): void;
  /** Lets the process end while the server listens. */
  unref(): void;
  /** {@linkcode DenoServer.shutdown}. */
  [ASYNC_DISPOSE](): PromiseLike<void>;
}

interface DenoNamespace {
  serve(options: object, handler: Handler): DenoServer;
}

/**
 * Serves `handler` with `Deno.serve`, instrumented, and returns Deno's own server. The handler is the
 * last argument, as it is in `Deno.serve`.
 *
 * SIGTERM and SIGINT drain the server: see {@linkcode DrainOptions}. While uploads are in flight, it
 * accepts requests a little longer, as Deno's own `shutdown()` would cut them off. Errors that no
 * handler threw, such as a body that fails midway, are logged.
 *
 * @example
 * ```ts
 * import { telltale } from "@telltale/telltale";
 * import { serve } from "@telltale/telltale/deno";
 * import { equal } from "node:assert/strict";
 *
 * const t = telltale({ service: "orders", log: { level: "fatal" } });
 * const options = { port: 0, hostname: "127.0.0.1", onListen() {} };
 * const server = serve(t, options, () => new Response("hello"));
 *
 * const response = await fetch(`http://127.0.0.1:${server.addr.port}/`);
 * equal(await response.text(), "hello");
 * await server.shutdown();
 * await t.shutdown();
 * ```
 *
 * @param t the `Telltale` that observes the server
 * @param options those of `Deno.serve`, passed on, and those of Telltale
 * @param handler the plain handler; it is instrumented here
 * @throws {TypeError} for a misspelt option, such as `prot`
 */
export function serve<Info = DenoServeInfo>(
  t: ServedTelltale,
  options: DenoServeOptions,
  handler: (request: Request, info: Info) => Response | Promise<Response>,
): DenoServer {
  const { Deno } = globalThis as unknown as { Deno?: DenoNamespace };
  if (typeof Deno?.serve !== "function") {
    throw new TypeError("Cannot serve: Deno.serve is missing, this module is for Deno only");
  }
  checkArguments(options, handler, [...SERVE_OPTIONS, "onListen"]);
  const { admin, ...rest } = options;
  const { drain, runtime } = splitDrainOptions(rest);
  const aside = serveAdmin(Deno, adminListener(t.endpoints, admin));
  const closing = new Closing(options.signal);
  const uploads = new Uploads();
  const farewell = new Farewell();
  const hook = new ErrorHook(options.onError, true);
  const instrumented = t.instrument(
    hook.watch(uploads.watch(handler as unknown as Handler)) as Handler,
    aside === undefined ? {} : { endpoints: false },
  );
  const start = () =>
    Deno.serve({
      ...runtime,
      ...closing.signal !== undefined && { signal: closing.signal },
      onError: (error: unknown) =>
        outside(() => {
          if (!isRecorded(error)) t.log.error("response failed", { error });
          return options.onError === undefined || hook.wasAsked(error)
            ? new Response("Internal Server Error", { status: 500 })
            : options.onError(error);
        }),
    }, inNoContext(farewell.watch(instrumented) as Handler));
  const server = startBeside(() => outside(start), () => void aside?.shutdown());
  if (aside === undefined && server.addr.transport === "tcp") {
    t.endpoints.listens?.(server.addr.hostname, server.addr.port);
  }
  closing.begin();
  const close = async () => {
    closing.done();
    // Half of the time: requests in flight afterwards have the same deadline.
    await uploads.settled(drain.drainDeadlineMs / 2);
    await server.shutdown();
    // Last: probes and scrapes go on until no request is in flight.
    await aside?.shutdown();
  };
  const remove = drainOnSignals(t, drain, farewell, close);
  const ended = () => {
    closing.done();
    remove();
    void aside?.shutdown();
  };
  server.finished.then(ended, ended);
  return server;
}

function serveAdmin(
  Deno: DenoNamespace,
  listener: AdminListener | undefined,
): DenoServer | undefined {
  if (listener === undefined) return undefined;
  const { port, hostname, listening, handler } = listener;
  return outside(() => Deno.serve({ port, hostname, onListen: listening }, inNoContext(handler)));
}

/**
 * Runs the handler in no context. Deno runs it in the context of the code that last imported a new
 * module, such as a request whose handler loads code on demand.
 */
function inNoContext(handler: Handler): Handler {
  return (request, ...rest) =>
    current() === undefined
      ? handler(request, ...rest)
      : run(undefined, () => handler(request, ...rest));
}

/**
 * Forwards the application's abort signal until a drain begins: Deno throws an uncaught `BadResource`
 * when the signal of a server aborts after `shutdown()`.
 */
class Closing {
  readonly #controller: AbortController | undefined;
  readonly #given: AbortSignal | undefined;
  readonly #abort = () => this.#controller?.abort(this.#given?.reason);

  constructor(given: AbortSignal | undefined) {
    this.#given = given;
    if (given !== undefined) this.#controller = new AbortController();
  }

  get signal(): AbortSignal | undefined {
    return this.#controller?.signal;
  }

  /** Starts forwarding, once the server exists: Deno ignores a signal that aborted before. */
  begin(): void {
    if (this.#given?.aborted) this.#abort();
    else this.#given?.addEventListener("abort", this.#abort, { once: true });
  }

  /** Stops forwarding. */
  done(): void {
    this.#given?.removeEventListener("abort", this.#abort);
  }
}
