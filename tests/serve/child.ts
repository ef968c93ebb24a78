/**
 * A service in a process of its own, for the tests of `serve`: `child.ts '{"drainDeadlineMs": 50}'`.
 * It writes what happens to it on stdout, a line each.
 */
import process from "node:process";
import { runtime } from "../../src/core/platform.ts";
import { markRecorded } from "../../src/http/server/note.ts";

type Handler = (
  request: Request,
  ...rest: unknown[]
) => Response | undefined | Promise<Response | undefined>;

const { abortable, admin, ...options } = JSON.parse(process.argv[2] ?? "{}");
const aborter = new AbortController();
const stopping = new AbortController();
const say = (line: string) => void process.stdout.write(line + "\n");
const stopped = new Promise((resolve) => stopping.signal.addEventListener("abort", resolve));

/** A fake Telltale for `serve` that prints what is called. */
const t = {
  health: { drain: () => say("not ready") },
  endpoints: {
    answer: (path: string) =>
      path === "/livez" ? Promise.resolve(new Response("alive")) : undefined,
    assertGuarded() {},
  },
  metrics: { collector: () => () => {} },
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
let endServer = () => {};

const answers: Record<string, (request: Request) => Response | Promise<Response>> = {
  "/": () => new Response("hello"),
  "/json": () => Promise.resolve(Response.json({ a: 1 })),
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
  "/upload": async (request) => new Response(await request.text()),
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
    setImmediate(endServer);
    return new Response("ending");
  },
};

function handler(request: Request): Response | Promise<Response> {
  const path = request.url.slice(request.url.indexOf("/", 8));
  say(`request ${path}`);
  return answers[path]?.(request) ?? new Response("not found", { status: 404 });
}

const common = {
  port: 0,
  hostname: "127.0.0.1",
  ...options,
  ...abortable && { signal: aborter.signal },
  ...admin && {
    admin: { ...admin, onListen: ({ port }: { port: number }) => say(`admin ${port}`) },
  },
};

if (runtime.name === "bun") {
  const { serve } = await import("../../src/serve/bun.ts");
  const server = serve(t, { ...common, development: false, fetch: handler });
  endServer = () => void server.stop();
  say(`listening ${server.port}`);
} else if (runtime.name === "deno") {
  const { serve } = await import("../../src/serve/deno.ts");
  const telltale = t as unknown as Parameters<typeof serve>[0];
  const server = serve(telltale, { ...common, onListen() {} }, handler);
  endServer = () => void server.shutdown();
  say(`listening ${server.addr.port}`);
} else {
  const { serve } = await import("../../src/serve/node.ts");
  const telltale = t as unknown as Parameters<typeof serve>[0];
  const onListen = (server: { address(): unknown }) =>
    say(`listening ${(server.address() as { port: number }).port}`);
  const server = serve(telltale, { ...common, onListen }, handler);
  endServer = () => void server.close();
}
