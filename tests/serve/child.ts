/**
 * A service in a process of its own, for the tests of `serve`: `child.ts '{"drainTimeoutMs": 50}'`.
 * It writes what happens to it on stdout, a line each.
 */
import process from "node:process";
import { runtime } from "../../src/core/platform.ts";
import { markRecorded } from "../../src/http/thrown.ts";

type Handler = (
  request: Request,
  ...rest: unknown[]
) => Response | undefined | Promise<Response | undefined>;

const { abortable, ...options } = JSON.parse(process.argv[2] ?? "{}");
const aborter = new AbortController();
const stopping = new AbortController();
const say = (line: string) => void process.stdout.write(line + "\n");
const stopped = new Promise((resolve) => stopping.signal.addEventListener("abort", resolve));

/** A Telltale as `serve` knows it, that tells its own story. */
const t = {
  health: { drain: () => say("not ready") },
  log: {
    debug() {},
    warn: say,
    error: (message: string, fields: Record<string, unknown>) => say(`${message}: ${fields.error}`),
  },
  stop() {
    say("stop");
    stopping.abort();
  },
  shutdown() {
    // An exporter's retry waits like this: on a timer that keeps no process alive.
    return new Promise<void>((resolve) => {
      setTimeout(() => {
        say("shutdown");
        resolve();
      }, 20).unref();
    });
  },
  instrument: (handler: Handler): Handler => {
    say("instrumented");
    return async (request, ...rest) => {
      try {
        return await handler(request, ...rest);
      } catch (error) {
        markRecorded(error);
        say(`thrown: ${error}`);
        throw error;
      }
    };
  },
};

const encoder = new TextEncoder();
let server: { stop(): void; shutdown(): void };

const answers: Record<string, () => Response | Promise<Response>> = {
  "/": () => new Response("hello"),
  /** Still in flight when accepting ends; `stop` comes after that. */
  "/slow": async () => {
    await stopped;
    return new Response("finished");
  },
  "/big": async () => {
    await stopped;
    return new Response("x".repeat(8 << 20));
  },
  "/events": () => {
    const events = new ReadableStream({
      start(controller) {
        controller.enqueue(encoder.encode("data: 1\n\n"));
        stopped.then(() => {
          controller.enqueue(encoder.encode("data: last\n\n"));
          controller.close();
        });
      },
    });
    return new Response(events, { headers: { "content-type": "text/event-stream" } });
  },
  "/stuck": () => new Promise(() => {}),
  "/throw": () => {
    throw new Error("thrown");
  },
  "/error": () => Response.error(),
  "/abort": () => {
    setImmediate(() => aborter.abort());
    return new Promise(() => {});
  },
  "/end": () => {
    setImmediate(() => runtime.name === "bun" ? server.stop() : server.shutdown());
    return new Response("ending");
  },
};

function handler(request: Request): Response | Promise<Response> {
  const path = request.url.slice(request.url.indexOf("/", 8));
  say(`request ${path}`);
  return answers[path]?.() ?? new Response("not found", { status: 404 });
}

const common = {
  port: 0,
  hostname: "127.0.0.1",
  ...options,
  ...abortable && { signal: aborter.signal },
};

if (runtime.name === "bun") {
  const { serve } = await import("../../src/serve/bun.ts");
  const bun = serve(t, { ...common, development: false, fetch: handler });
  server = bun as unknown as typeof server;
  say(`listening ${bun.port}`);
} else {
  const { serve } = await import("../../src/serve/deno.ts");
  const deno = serve(t as unknown as Parameters<typeof serve>[0], {
    ...common,
    onListen() {},
  }, handler);
  server = deno as unknown as typeof server;
  say(`listening ${deno.addr.port}`);
}
