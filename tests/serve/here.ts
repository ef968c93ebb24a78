import { once } from "node:events";
import type { Telltale } from "../../mod.ts";
import { runtime } from "../../src/core/platform.ts";

/** A server that runs in the test's own process. */
export interface Served {
  readonly port: number;
  /** Cuts requests in flight off. */
  stop(): Promise<unknown>;
}

/** A handler that needs only the request. */
export type PlainHandler = (request: Request) => Response | Promise<Response>;

/** Serves with the `serve` of this runtime, or that of Node on whatever runtime. */
export async function serveHere(
  t: Telltale,
  options: object,
  handler: PlainHandler,
  name: string = runtime.name,
): Promise<Served> {
  const all = { port: 0, hostname: "127.0.0.1", signals: false, ...options };
  if (name === "bun") {
    const { serve } = await import("../../src/serve/bun.ts");
    const server = serve(t, { development: false, ...all, fetch: handler });
    return { port: server.port!, stop: () => server.stop(true) };
  }
  if (name === "deno") {
    const { serve } = await import("../../src/serve/deno.ts");
    const aborter = new AbortController();
    const server = serve(t, { onListen() {}, signal: aborter.signal, ...all }, handler);
    const stop = () => (aborter.abort(), server.finished);
    return { port: server.addr.port, stop };
  }
  const { serve } = await import("../../src/serve/node.ts");
  const server = serve(t, all, handler);
  await once(server, "listening");
  const closed = once(server, "close");
  const stop = () => (server.close(), server.closeAllConnections(), closed);
  return { port: (server.address() as { port: number }).port, stop };
}

/** The adapters that work here, each once. */
export const ADAPTERS: readonly string[] = [...new Set([runtime.name, "node"])];
