/** Tests of the Node adapter that run on Node itself: `node --test`, started by node_test.ts. */
import { test } from "node:test";
import { deepEqual, equal, match, ok } from "node:assert/strict";
import { once } from "node:events";
import { connect } from "node:net";
import process from "node:process";
import { telltale } from "../../mod.ts";
import { peerOf } from "../../src/http/request/peer.ts";
import { type NodeServeInfo, type NodeServeOptions, serve } from "../../src/serve/node.ts";
import { until } from "../e2e/wait.ts";
import { lines, sendRaw } from "./raw.ts";

type NodeHandler = (request: Request, info: NodeServeInfo) => Response | Promise<Response>;

async function served(handler: NodeHandler, options: NodeServeOptions = {}) {
  const t = telltale({ service: "orders", log: { sinks: [] }, metrics: { runtime: false } });
  const common = { port: 0, hostname: "127.0.0.1", signals: false };
  const server = serve(t, { ...common, ...options }, handler);
  await once(server, "listening");
  const { port } = server.address() as { port: number };
  const stop = async () => {
    server.closeAllConnections();
    server.close();
    await t.shutdown();
  };
  const errors = () =>
    t.log.ring.since(0).filter(({ severity }) => severity >= 17).map(({ message }) => message);
  return { t, server, port, url: `http://127.0.0.1:${port}`, stop, errors };
}

const encoder = new TextEncoder();

test("a plain body has its Content-Length, a stream is sent as it comes", async () => {
  const gate = Promise.withResolvers<void>();
  const s = await served((request) =>
    request.url.endsWith("/plain") ? new Response("hello") : new Response(
      new ReadableStream({
        async start(controller) {
          controller.enqueue(encoder.encode("first"));
          await gate.promise;
          controller.enqueue(encoder.encode("last"));
          controller.close();
        },
      }),
    )
  );
  const plain = await sendRaw(s.port, lines("GET /plain HTTP/1.1", "Host: a"));
  match(plain, /^HTTP\/1\.1 200 OK\r\n[^]*content-length: 5\r\n[^]*\r\n\r\nhello$/i);
  match(plain, /\r\ncontent-type: text\/plain;charset=UTF-8\r\n/i);
  const reader = (await fetch(`${s.url}/stream`)).body!.getReader();
  const { value } = await reader.read();
  equal(new TextDecoder().decode(value), "first");
  gate.resolve();
  equal(new TextDecoder().decode((await reader.read()).value), "last");
  await s.stop();
});

test("head, body and peer arrive", async () => {
  const s = await served(async (request, info) => {
    const headers = new Headers([["set-cookie", "a=1"], ["set-cookie", "b=2"]]);
    const { address } = peerOf(request, [info]);
    const body = [request.method, request.url.replace(/:\d+/, ""), await request.text(), address];
    return Response.json(body, { status: 418, statusText: "Teapot", headers });
  });
  const response = await fetch(`${s.url}/a?b=c`, { method: "PUT", body: "sent" });
  deepEqual([response.status, response.statusText], [418, "Teapot"]);
  deepEqual(response.headers.getSetCookie(), ["a=1", "b=2"]);
  deepEqual(await response.json(), ["PUT", "http://127.0.0.1/a?b=c", "sent", "127.0.0.1"]);
  await s.stop();
});

test("methods that fetch forbids arrive, hosts that it refuses do not throw", async () => {
  const seen: string[] = [];
  const s = await served((request) => {
    seen.push(`${request.method} ${request.url}`);
    return new Response();
  });
  for (
    const [target, host] of [
      ["TRACE /x", "a"],
      ["GET /x", "a b"],
      ["GET /x", "user:password@a"],
      ["GET http://other/y", "a"],
      ["OPTIONS *", "a"],
      ["GET //evil/x", "a"],
    ]
  ) {
    await sendRaw(s.port, lines(`${target} HTTP/1.1`, `Host: ${host}`));
  }
  deepEqual(seen, [
    "TRACE http://a/x",
    "GET http://localhost/x",
    "GET http://localhost/x",
    "GET http://a/y",
    "OPTIONS http://a/",
    "GET http://a//evil/x",
  ]);
  await s.stop();
});

test("HEAD, 204 and 304 have no body, and the body of the response is cancelled", async () => {
  let cancelled = 0;
  const s = await served((request) => {
    const status = Number(request.url.slice(-3));
    const body = new ReadableStream({ cancel: () => void cancelled++ });
    return new Response(status === 200 ? body : null, { status, headers: { etag: '"1"' } });
  });
  equal((await fetch(`${s.url}/200`, { method: "HEAD" })).headers.get("etag"), '"1"');
  equal(cancelled, 1);
  for (const status of [204, 304]) {
    const answer = await sendRaw(s.port, lines(`GET /${status} HTTP/1.1`, "Host: a"));
    ok(answer.startsWith(`HTTP/1.1 ${status} `) && answer.endsWith("\r\n\r\n"), answer);
  }
  await s.stop();
});

test("a handler that fails is a 500 recorded once, or the answer of onError", async () => {
  const failures: Record<string, () => Response | Promise<Response>> = {
    "/throw": () => {
      throw new Error("thrown");
    },
    "/undefined": () => {
      throw undefined;
    },
    "/error": () => Response.error(),
    "/odd": () => "text" as unknown as Response,
  };
  const handler: NodeHandler = (request) => failures[new URL(request.url).pathname]!();
  for (const onError of [undefined, () => new Response("sorry", { status: 503 })]) {
    const s = await served(handler, { onError });
    for (const path of Object.keys(failures)) {
      const response = await fetch(s.url + path);
      deepEqual(
        [response.status, await response.text()],
        onError === undefined ? [500, "Internal Server Error"] : [503, "sorry"],
        path,
      );
    }
    const unsendable = onError === undefined ? ["response failed"] : [];
    deepEqual(s.errors(), [
      "request failed",
      "request failed",
      "request failed",
      ...unsendable,
      "request failed",
      ...unsendable,
    ]);
    await s.stop();
  }
});

test("a body that fails midway cuts the connection and is logged", async () => {
  const s = await served(() =>
    new Response(
      new ReadableStream({
        start: (controller) => controller.enqueue(encoder.encode("x")),
        async pull() {
          await new Promise((resolve) => setTimeout(resolve, 5));
          throw new Error("midway");
        },
      }),
    )
  );
  const response = await fetch(s.url);
  equal(await response.text().catch(() => "cut"), "cut");
  deepEqual(s.errors(), ["response failed"]);
  await s.stop();
});

test("a client that goes away aborts the request and cancels the body", async () => {
  const aborted = Promise.withResolvers<void>();
  const cancelled = Promise.withResolvers<void>();
  const s = await served((request) => {
    request.signal.addEventListener("abort", () => aborted.resolve());
    const body = new ReadableStream({
      pull: (controller) => controller.enqueue(new Uint8Array(65_536)),
      cancel: () => cancelled.resolve(),
    });
    return new Response(body);
  });
  const controller = new AbortController();
  const response = await fetch(s.url, { signal: controller.signal });
  await response.body!.getReader().read();
  controller.abort();
  await Promise.all([aborted.promise, cancelled.promise]);
  await s.stop();
});

test("a slow client holds back a fast body", async () => {
  let pulled = 0;
  const s = await served(() =>
    new Response(
      new ReadableStream({
        pull(controller) {
          pulled++;
          controller.enqueue(new Uint8Array(1 << 20));
        },
      }, { highWaterMark: 0 }),
    )
  );
  const socket = connect(s.port, "127.0.0.1");
  socket.write("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
  await once(socket, "readable");
  // It stands still when nothing more was pulled between ten looks.
  let last = -1, still = 0;
  await until("the source to stand still", () => {
    still = pulled === last ? still + 1 : 0;
    last = pulled;
    return still === 10;
  });
  equal(pulled < 100, true);
  socket.destroy();
  await s.stop();
});

test("a signal that aborted before closes at once", async () => {
  const t = telltale({ service: "orders", log: { sinks: [] }, metrics: { runtime: false } });
  const options = { port: 0, signals: false, signal: AbortSignal.abort() };
  const server = serve(t, options, () => new Response("never"));
  await once(server, "close");
  await t.shutdown();
});

test("a connection of a response that began before the server closed is closed after it", async () => {
  const gate = Promise.withResolvers<void>();
  const s = await served(() =>
    new Response(
      new ReadableStream({
        async start(controller) {
          controller.enqueue(encoder.encode("first"));
          await gate.promise;
          controller.close();
        },
      }),
    )
  );
  const socket = connect(s.port, "127.0.0.1");
  socket.write("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
  await once(socket, "data");
  const closed = once(s.server, "close");
  s.server.close();
  // Longer than the test may take: it must not be the keep-alive that ends it.
  s.server.keepAliveTimeout = 60_000;
  gate.resolve();
  socket.resume();
  await closed;
  await s.stop();
});

test("a server that can't listen says so, and leaves no admin listener and no signal", async () => {
  const s = await served(() => new Response());
  const listeners = process.listenerCount("SIGTERM");
  const admin = Promise.withResolvers<number>();
  const server = serve(s.t, {
    port: s.port,
    hostname: "127.0.0.1",
    admin: { port: 0, onListen: ({ port }) => admin.resolve(port) },
  }, () => new Response());
  const [error] = await once(server, "error");
  equal(error.code, "EADDRINUSE");
  equal(process.listenerCount("SIGTERM"), listeners);
  const answer = fetch(`http://127.0.0.1:${await admin.promise}/livez`).then(({ status }) =>
    status
  );
  equal(await answer.catch(() => "gone"), "gone");
  await s.stop();
});
