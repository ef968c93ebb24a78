import process from "node:process";
import type { Telltale } from "../../mod.ts";
import { inUse } from "./faults.ts";

const HOST = "127.0.0.1";

/** Whether several isolates of one process listen at the same port. */
export const isParallel: boolean = process.env.ISOLATES !== undefined;

/** What `deno serve` serves, or where the service does so itself. */
export interface Served {
  readonly port?: number;
  readonly fetch?: (request: Request) => Response | Promise<Response>;
}

/**
 * Serves on the current runtime, at `$PORT`, and prints the URL on stderr: stdout is for log lines only.
 * SIGTERM and Ctrl-C drain. Isolates of `deno serve --parallel` leave all of that to Deno.
 */
export async function listen(
  t: Telltale,
  handler: (request: Request) => Promise<Response>,
): Promise<Served> {
  const port = Number(process.env.PORT ?? 8080);
  const answer = (request: Request): Promise<Response> => {
    inUse();
    return isParallel ? closing(handler(request)) : handler(request);
  };
  if (isParallel && !("Bun" in globalThis)) {
    endWithParent();
    process.on("SIGTERM", () => void t.shutdown().then(() => process.exit(0)));
    return { fetch: quiet(t.instrument(answer)) };
  }
  try {
    const bound = await bind(t, port, answer);
    console.error(`listening on http://${HOST}:${bound}`);
    endWithParent();
    return { port: bound };
  } catch (error) {
    const { code, name } = error as { code?: string; name?: string };
    if (code !== "EADDRINUSE" && name !== "AddrInUse") throw error;
    console.error(`port ${port} is in use`);
    process.exit(1);
  }
}

function endWithParent(): void {
  if (process.env.EXIT_WITH_PARENT === undefined) return;
  process.stdin.on("end", () => process.kill(process.pid, "SIGTERM")).resume();
}

/** What a handler throws is in our log: Deno would print it, too. */
function quiet<Rest extends unknown[]>(
  handler: (request: Request, ...rest: Rest) => Response | Promise<Response>,
) {
  return async (request: Request, ...rest: Rest): Promise<Response> => {
    try {
      return await handler(request, ...rest);
    } catch {
      return new Response("Internal Server Error", { status: 500 });
    }
  };
}

/** An isolate keeps its connections: a customer who keeps one would see that isolate only. */
async function closing(answer: Promise<Response>): Promise<Response> {
  const response = await answer;
  response.headers.set("connection", "close");
  return response;
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
    return serve(t, { hostname: HOST, port, reusePort: isParallel, fetch: handler, error }).port!;
  }
  const { serve } = await import("../../src/serve/deno.ts");
  return serve(t, { hostname: HOST, port, onListen() {} }, handler).addr.port;
}
