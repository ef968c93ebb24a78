/**
 * A whole application in a process of its own: `app_child.ts '{"tls": true}'`. Its log lines go to
 * stdout, and nothing else does; it says where it listens on stderr.
 */
import { readFileSync } from "node:fs";
import process from "node:process";
import { telltale } from "../../mod.ts";
import { runtime } from "../../src/core/platform.ts";
import { setRoute } from "../../src/http/server/route.ts";

const { tls, unix, admin, level, token } = JSON.parse(process.argv[2] ?? "{}");

const t = telltale({
  service: "app",
  access: { token },
  http: {
    slowMs: 1000,
    headers: { request: ["user-agent"], response: ["content-type"] },
    watchBody: (_request, response) => response.headers.get("content-type") === "text/event-stream",
  },
});
t.health.check("steady", () => true);
t.health.check("broken", () => Promise.reject(new Error("broken")), { critical: false });

const encoder = new TextEncoder();

/** Twenty events, a moment apart. */
function events(): Response {
  let left = 20;
  const body = new ReadableStream({
    async pull(controller) {
      await new Promise((resolve) => setTimeout(resolve, 1));
      if (left-- === 0) controller.close();
      else controller.enqueue(encoder.encode("data: x\n\n"));
    },
  });
  return new Response(body, { headers: { "content-type": "text/event-stream" } });
}

t.endpoints.add({ path: "stream", right: "read", answer: events });
t.endpoints.add({
  path: "broken",
  right: "read",
  answer: () => Promise.reject(new Error("broken endpoint")),
});

function memory(): Response {
  const { gc, Bun } = globalThis as { gc?: () => void; Bun?: { gc(isSync: boolean): void } };
  for (let i = 0; i < 3; i++) {
    gc?.();
    Bun?.gc(true);
  }
  const { heapUsed, rss } = process.memoryUsage();
  return Response.json({ heapUsed, rss });
}

const answers: Record<string, (request: Request) => Response | Promise<Response>> = {
  "/hello": () => new Response("hello"),
  "/echo": async (request) => new Response(String((await request.arrayBuffer()).byteLength)),
  "/events": events,
  "/slow": async () => {
    await new Promise((resolve) => setTimeout(resolve, 20));
    return await t.tracer.span("work", () => new Response("slow"));
  },
  "/throw": () => {
    throw new Error("thrown");
  },
  "/error": () => Response.error(),
  "/midway": () =>
    new Response(
      new ReadableStream({
        start: (controller) => controller.enqueue(encoder.encode("x")),
        pull() {
          throw new Error("midway");
        },
      }),
      { headers: { "content-type": "text/event-stream" } },
    ),
  "/memory": memory,
};

function handler(request: Request): Response | Promise<Response> {
  const path = /^[^:]+:\/\/[^/]*(\/[^?#]*)/.exec(request.url)?.[1] ?? "/";
  const answer = Object.hasOwn(answers, path) ? answers[path] : undefined;
  if (answer === undefined) {
    t.log.info("not found", { path, agent: request.headers.get("user-agent") });
    return new Response("not found", { status: 404 });
  }
  setRoute(request, path);
  return answer(request);
}

if (level !== undefined) t.log.level = level;

const read = (name: string) => readFileSync(new URL(`../data/${name}`, import.meta.url), "utf8");
const pair = tls ? { cert: read("localhost.crt"), key: read("localhost.key") } : undefined;
const address = { port: 0, hostname: "127.0.0.1" };
const listening = (port: number | undefined) => console.error(`listening ${port}`);
// The bytes of error answers are not tested here.
const failed = () => new Response("failed", { status: 500 });
const common = admin
  ? {
    admin: {
      port: 0,
      onListen: ({ port }: { port: number }) => console.error(`admin ${port}`),
    },
  }
  : {};

if (runtime.name === "bun") {
  const { serve } = await import("../../src/serve/bun.ts");
  const server = serve(t, {
    ...common,
    ...unix === undefined ? address : { unix },
    ...pair !== undefined && { tls: pair },
    development: false,
    fetch: handler,
    error: failed,
  });
  listening(server.port);
} else if (runtime.name === "deno") {
  const { serve } = await import("../../src/serve/deno.ts");
  const server = serve(t, {
    ...common,
    ...unix === undefined ? address : { path: unix },
    ...pair,
    onListen() {},
    onError: failed,
  }, handler);
  listening(server.addr.port);
} else {
  const { serve } = await import("../../src/serve/node.ts");
  const onListen = (server: { address(): unknown }) =>
    listening((server.address() as { port?: number }).port);
  const where = unix === undefined ? address : { path: unix };
  serve(t, { ...common, ...where, ...pair, onListen, onError: failed }, handler);
}
