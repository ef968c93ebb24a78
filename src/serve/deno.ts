/**
 * Serving on Deno: every request observed, and no request lost at the end.
 *
 * @module
 */
import type { ASYNC_DISPOSE } from "../core/dispose.ts";
export { ASYNC_DISPOSE, type AsyncDispose, type noAsyncDispose } from "../core/dispose.ts";
import { current, outside, run } from "../core/context.ts";
import { refuseMisspelt } from "../core/check.ts";
import type { Handler } from "../http/request/handler.ts";
import { isRecorded } from "../http/server/exchange.ts";
import {
  type AdminEndpoints,
  type AdminListener,
  adminListener,
  type AdminOptions,
} from "./admin.ts";
import {
  DRAIN_OPTIONS,
  type Drained,
  type DrainOptions,
  processDrain,
  splitDrainOptions,
} from "./drain.ts";
import { ErrorHook } from "./error_hook.ts";
import { Farewell } from "./farewell.ts";
import { Uploads } from "./uploads.ts";

export type { Handler } from "../http/request/handler.ts";
export type { AdminEndpoints, AdminOptions } from "./admin.ts";
export type { Drained, DrainOptions } from "./drain.ts";

/** What `serve` needs of a `Telltale`. */
export interface DenoTelltale extends Drained {
  /** Wraps the handler; with `endpoints: false` it answers no admin path. */
  instrument(handler: Handler, options?: { readonly endpoints?: false | undefined }): Handler;
  /** Answers the admin paths on a listener of their own. */
  readonly endpoints: AdminEndpoints;
  /** Told of errors that no handler threw. */
  readonly log: Drained["log"] & {
    error(message: string, fields?: Readonly<Record<string, unknown>>): void;
  };
}

/** Where the request came from, as Deno tells the handler; `Deno.ServeHandlerInfo` by shape. */
export interface DenoServeInfo {
  /** The other end of the connection. */
  readonly remoteAddr: {
    readonly transport: string;
    readonly hostname?: string;
    readonly port?: number;
    readonly path?: string;
  };
  /** Resolves when the response was sent or given up. */
  readonly completed: Promise<void>;
}

/**
 * The options of `Deno.serve`, by shape, and how the server ends. One that is newer than this list is
 * passed on as well; types let it through when it is spread from an object. A misspelt one is refused.
 */
export interface DenoServeOptions extends DrainOptions {
  /** The port; 0 for any that is free, 8000 by default. */
  readonly port?: number;
  /** The address to listen on; `0.0.0.0` by default. */
  readonly hostname?: string;
  /** Closes the server and its connections at once when it aborts. */
  readonly signal?: AbortSignal;
  /** Called when the server listens; else Deno prints the address on stderr. */
  readonly onListen?: (address: DenoServer["addr"]) => void;
  /**
   * Answers for a handler that threw; else the answer is a bare 500. The request is recorded with the
   * status of the answer, and with the error from 500 on.
   */
  readonly onError?: (error: unknown) => Response | Promise<Response>;
  /** Moves the admin paths to a listener of their own; it closes after the server. */
  readonly admin?: AdminOptions | undefined;
  /** A unix socket to listen on instead. */
  readonly path?: string | undefined;
  /** What to listen on; `tcp` unless there is a `path`. */
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
  /** Connections that may wait to be accepted. */
  readonly tcpBacklog?: number | undefined;
  /** Whether Deno compresses bodies. */
  readonly automaticCompression?: boolean | undefined;
}

const OPTIONS: readonly (keyof DenoServeOptions)[] = [
  ...DRAIN_OPTIONS,
  "port",
  "hostname",
  "signal",
  "onListen",
  "onError",
  "admin",
];

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
 * Serves `handler` with `Deno.serve`, instrumented, and returns Deno's own server. SIGTERM and
 * SIGINT drain it: see {@linkcode DrainOptions}; while uploads are in flight, it accepts a little
 * longer, for Deno's own `shutdown()` would cut them off. Errors that no handler threw, such as a
 * body that fails midway, are logged.
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
 * @param t what observes the server
 * @param options `Deno.serve`'s own, passed on, and ours
 * @param handler the plain handler; it is instrumented here
 * @throws {TypeError} for an option that is nearly one of these, as `prot`
 */
export function serve<Info = DenoServeInfo>(
  t: DenoTelltale,
  options: DenoServeOptions,
  handler: (request: Request, info: Info) => Response | Promise<Response>,
): DenoServer {
  const { Deno } = globalThis as unknown as { Deno?: DenoNamespace };
  if (typeof Deno?.serve !== "function") {
    throw new TypeError("Cannot serve: Deno.serve is missing, this module is for Deno only");
  }
  refuseMisspelt("serve", options, OPTIONS);
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
  const server = closingOnFailure(aside, () =>
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
    }, inNoContext(farewell.watch(instrumented) as Handler)));
  if (aside === undefined && server.addr.transport === "tcp") {
    t.endpoints.listens?.(server.addr.hostname);
  }
  closing.begin();
  const close = async () => {
    closing.done();
    // Half of the time, for what is in flight after it has a deadline too.
    await uploads.settled(drain.drainTimeoutMs / 2);
    await server.shutdown();
    // Last, for its probes and scrapes go on until nothing is in flight.
    await aside?.shutdown();
  };
  const remove = drain.signals
    ? processDrain.add({ t, ...drain, begin: () => farewell.begin(), close })
    : () => {};
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

/** An application that can't listen must not be left with an admin listener. */
function closingOnFailure(aside: DenoServer | undefined, start: () => DenoServer): DenoServer {
  try {
    return outside(start);
  } catch (error) {
    void aside?.shutdown();
    throw error;
  }
}

/**
 * The handler outside any context. Deno runs it in that of whoever last imported a module for the first
 * time, as a request whose handler loads its code when it is needed.
 */
function inNoContext(handler: Handler): Handler {
  return (request, ...rest) =>
    current() === undefined
      ? handler(request, ...rest)
      : run(undefined, () => handler(request, ...rest));
}

/**
 * The application's abort signal, until a drain begins: Deno throws an uncaught `BadResource` when
 * the signal of a server aborts after `shutdown()`.
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

  /** The server is there; Deno ignores a signal that aborted before. */
  begin(): void {
    if (this.#given?.aborted) this.#abort();
    else this.#given?.addEventListener("abort", this.#abort, { once: true });
  }

  done(): void {
    this.#given?.removeEventListener("abort", this.#abort);
  }
}
