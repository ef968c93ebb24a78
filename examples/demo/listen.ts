import process from "node:process";
import type { Telltale } from "../../mod.ts";
import { inUse } from "./faults.ts";

const HOST = "127.0.0.1";

/**
 * Serves on the current runtime, at `$PORT`, and prints the URL on stderr: stdout is for log lines only.
 * SIGTERM and Ctrl-C drain.
 */
export async function listen(
  t: Telltale,
  handler: (request: Request) => Promise<Response>,
): Promise<void> {
  const port = Number(process.env.PORT ?? 8080);
  const answer = (request: Request): Promise<Response> => {
    inUse();
    return handler(request);
  };
  try {
    console.error(`listening on http://${HOST}:${await bind(t, port, answer)}`);
  } catch (error) {
    const { code, name } = error as { code?: string; name?: string };
    if (code !== "EADDRINUSE" && name !== "AddrInUse") throw error;
    console.error(`port ${port} is in use`);
    process.exit(1);
  }
  if (process.env.EXIT_WITH_PARENT !== undefined) {
    process.stdin.on("end", () => process.kill(process.pid, "SIGTERM")).resume();
  }
}

async function bind(
  t: Telltale,
  port: number,
  handler: (request: Request) => Promise<Response>,
): Promise<number> {
  if ("Bun" in globalThis) {
    const { serve } = await import("../../src/serve/bun.ts");
    // Without an error hook Bun prints what a handler throws, which our log has already.
    const error = () => new Response("Internal Server Error", { status: 500 });
    return serve(t, { hostname: HOST, port, fetch: handler, error }).port!;
  }
  const { serve } = await import("../../src/serve/deno.ts");
  return serve(t, { hostname: HOST, port, onListen() {} }, handler).addr.port;
}
