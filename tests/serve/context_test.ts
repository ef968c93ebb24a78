import { test } from "node:test";
import { deepEqual, equal } from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { telltale } from "../../mod.ts";
import { current } from "../../src/core/context.ts";
import { runtime } from "../../src/core/platform.ts";
import { skipWhen } from "../tool.ts";
import { ADAPTERS, serveHere } from "./here.ts";
import { HERE } from "./service.ts";

/** What a server that is started in a span must not keep. */
for (const name of ADAPTERS) {
  test(`serve() starts nothing in the caller's span, with ${name}`, async () => {
    await using t = telltale({
      service: "orders",
      log: { sinks: [] },
      metrics: { runtime: false },
      http: { ignore: ["/ignored"] },
    });
    const seen: string[] = [];
    const see = (where: string) => void seen.push(`${where} ${current()?.spanId ?? "nothing"}`);
    t.health.check("it", () => see("check"), { ttlMs: 0 });
    t.metrics.collector(() => (see("scrape"), []));
    const admin = Promise.withResolvers<number>();
    const onListen = ({ port }: { port: number }) => admin.resolve(port);
    const handler = (request: Request) => {
      if (request.url.endsWith("/fails")) return Response.error();
      see("handler");
      t.log.info("ignored");
      return new Response("own");
    };
    // For an invalid response the runtimes answer with a hook of their own.
    const failed = () => (see("hook"), new Response("failed", { status: 500 }));
    const hook = name === "bun" ? { error: failed } : { onError: failed };
    const options = { admin: { port: 0, onListen }, ...hook };
    let spanId = "";
    const server = await t.tracer.span("start", (span) => {
      spanId = span.spanId;
      return serveHere(t, options, handler, name);
    });
    const adminPort = await admin.promise;
    const ask = async (port: number, path: string) => {
      const response = await fetch(`http://127.0.0.1:${port}${path}`);
      await response.body?.cancel();
    };
    await ask(server.port, "/ignored");
    await ask(server.port, "/fails");
    for (const path of ["/health", "/metrics"]) await ask(adminPort, path);
    await server.stop();
    deepEqual(seen.filter((line) => line.endsWith(spanId)), []);
    for (const where of ["handler", "hook", "check", "scrape"]) {
      equal(seen.some((line) => line.startsWith(where)), true, where);
    }
    equal(seen.includes("handler nothing"), true);
    const lines = t.log.ring.since(0);
    const ignored = lines.find(({ message }) => message === "ignored");
    equal(ignored?.spanId, "");
    const failure = lines.find(({ message }) => message === "response failed");
    equal(failure?.spanId === spanId, false);
  });
}

test("serve() on Bun starts no WebSocket and no reload in the caller's span", {
  skip: skipWhen(runtime.name !== "bun", "Bun's own server"),
}, async () => {
  await using t = telltale({ service: "a", log: { sinks: [] }, http: { ignore: ["/ws", "/new"] } });
  const { serve } = await import("../../src/serve/bun.ts");
  const seen: string[] = [];
  const see = (where: string) => void seen.push(`${where} ${current()?.spanId ?? "nothing"}`);
  const common = { port: 0, hostname: "127.0.0.1", signals: false };
  const server = t.tracer.span("start", () => {
    const server = serve(t, {
      ...common,
      fetch: (request, server) => server.upgrade(request) ? undefined : new Response(),
      websocket: {
        open: () => see("open"),
        message: (socket: { close(): void }) => (see("message"), socket.close()),
        close: () => see("close"),
      },
    });
    return server;
  });
  const closed = Promise.withResolvers<void>();
  const socket = new WebSocket(`ws://127.0.0.1:${server.port}/ws`);
  socket.onopen = () => socket.send("x");
  socket.onclose = () => closed.resolve();
  await closed.promise;
  t.tracer.span(
    "reload",
    () => server.reload({ routes: { "/new": () => (see("new"), new Response()) } }),
  );
  await (await fetch(`http://127.0.0.1:${server.port}/new`)).text();
  await server.stop(true);
  deepEqual(seen.filter((line) => !line.startsWith("close")), [
    "open nothing",
    "message nothing",
    "new nothing",
  ]);
});

test("code that Telltale loads on demand leaves Deno's servers in no context", {
  skip: skipWhen(runtime.name !== "deno", "Deno keeps the context of an import"),
}, () => {
  const file = fileURLToPath(new URL("./lazy_child.ts", import.meta.url));
  const { stdout, stderr } = spawnSync(HERE.command, [...HERE.args, file], { encoding: "utf8" });
  const lines = stdout.trim().split("\n");
  equal(lines.length, 7, stdout + stderr);
  deepEqual(lines.filter((line) => !line.endsWith(": nothing")), []);
});
