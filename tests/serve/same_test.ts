import { test } from "node:test";
import { deepEqual, equal, match, ok } from "node:assert/strict";
import { runtime } from "../../src/core/platform.ts";
import type { Handler } from "../../src/http/request/handler.ts";
import { instrument } from "../../src/http/server/instrument.ts";
import { Registry } from "../../src/metrics/registry.ts";
import { lines, sendRaw } from "./raw.ts";

type AnyHandler = Handler<unknown[], Response | Promise<Response>>;

interface Served {
  readonly port: number;
  stop(): Promise<unknown>;
}

/** The runtime's own server, without Telltale. */
function served(handler: AnyHandler): Served {
  const { Deno, Bun } = globalThis as unknown as {
    Deno: {
      serve(options: object, handler: AnyHandler): { addr: Served; shutdown(): Promise<void> };
    };
    Bun: { serve(options: object): { port: number; stop(force: boolean): Promise<void> } };
  };
  if (runtime.name === "bun") {
    const error = () => new Response("sorry", { status: 500 });
    const options = { port: 0, hostname: "127.0.0.1", development: false, error, fetch: handler };
    const server = Bun.serve(options);
    return { port: server.port, stop: () => server.stop(true) };
  }
  const onError = () => new Response("sorry", { status: 500 });
  const options = { port: 0, hostname: "127.0.0.1", onListen() {}, onError };
  const server = Deno.serve(options, handler);
  return { port: server.addr.port, stop: () => server.shutdown() };
}

/**
 * An answer without what differs between any two. The runtimes write a name of their own in another
 * case once somebody has looked at the headers; names have no case. Bun's answer to HEAD has no
 * content type of its own before that.
 */
function comparable(answer: string, isHead: boolean): string {
  const end = answer.indexOf("\r\n\r\n");
  const head = answer.slice(0, end)
    .replace(/^[\w-]+(?=:)/gm, (name) => name.toLowerCase())
    .replace(/\r\n(date|x-request-id): .*/g, "")
    .replace(isHead && runtime.name === "bun" ? /\r\ncontent-type: .*/ : "", "");
  return head + answer.slice(end);
}

const encoder = new TextEncoder();

function stream(...chunks: (string | Error)[]): ReadableStream {
  return new ReadableStream({
    async pull(controller) {
      await new Promise((resolve) => setImmediate(resolve));
      const chunk = chunks.shift();
      if (chunk === undefined) controller.close();
      else if (chunk instanceof Error) throw chunk;
      else controller.enqueue(encoder.encode(chunk));
    },
  });
}

const HANDLERS: readonly (readonly [name: string, handler: AnyHandler])[] = [
  ["text", () => new Response("hello")],
  ["async text", () => Promise.resolve(new Response("hello"))],
  ["no body", () => new Response(null)],
  ["empty body", () => new Response("")],
  ["JSON", () => Response.json({ a: [1, "ü"] }, { status: 201 })],
  ["bytes", () => new Response(new Uint8Array([0, 255, 13, 10]))],
  ["blob", () => new Response(new Blob(["blob"], { type: "text/x-blob" }))],
  ["form", () => new Response(new URLSearchParams({ a: "b c" }))],
  ["stream", () => new Response(stream("a", "bc", "d"))],
  [
    "event stream",
    () => new Response(stream("data: 1\n\n"), { headers: { "content-type": "text/event-stream" } }),
  ],
  [
    "stream with a length",
    () => new Response(stream("abc"), { headers: { "content-length": "3" } }),
  ],
  ["etag", () => new Response("x", { headers: { etag: '"1"', "cache-control": "max-age=5" } })],
  ["not modified", () => new Response(null, { status: 304, headers: { etag: '"1"' } })],
  ["no content", () => new Response(null, { status: 204 })],
  ["status text", () => new Response("x", { status: 418, statusText: "Teapot" })],
  ["redirect", () => Response.redirect("http://localhost/elsewhere", 307)],
  ["cookies", () => {
    const headers = new Headers();
    headers.append("set-cookie", "a=1");
    headers.append("set-cookie", "b=2");
    return new Response("x", { headers });
  }],
  ["error response", () => Response.error()],
  ["throw", () => {
    throw new Error("thrown");
  }],
  ["throw of undefined", () => {
    throw undefined;
  }],
  ["rejection", () => Promise.reject(new TypeError("rejected"))],
  ["no response", () => "text" as unknown as Response],
  ["echo", async (request) => new Response(`${request.method} ${await request.text()}`)],
  ["large", () => new Response("x".repeat(1 << 20))],
];

for (const [name, handler] of HANDLERS) {
  test(`instrument() does not change the answer: ${name}`, async () => {
    const registry = new Registry();
    const plain = served(handler);
    const observed = served(instrument(handler, { registry }) as AnyHandler);
    const body = ["Host: localhost", "Content-Length: 4", "Connection: close", "", "body"];
    const requests = [
      lines("GET / HTTP/1.1", "Host: localhost"),
      lines("HEAD / HTTP/1.1", "Host: localhost"),
      ["POST / HTTP/1.1", ...body].join("\r\n"),
    ];
    for (const request of requests) {
      const isHead = request.startsWith("HEAD");
      const expected = comparable(await sendRaw(plain.port, request), isHead);
      match(expected, /^HTTP\/1\.1 \d{3} /);
      equal(comparable(await sendRaw(observed.port, request), isHead), expected);
    }
    const counted = (await registry.collect()).find((f) => f.name === "http_requests_total")!;
    const total = counted.samples.reduce(
      (sum, sample) => sum + (sample as { value: number }).value,
      0,
    );
    equal(total, requests.length);
    await Promise.all([plain.stop(), observed.stop()]);
  });
}

test("instrument() aborts the handler's signal at a disconnect as the runtime does", async () => {
  for (const wrap of [(handler: AnyHandler) => handler, instrument]) {
    const aborted = Promise.withResolvers<void>();
    const began = Promise.withResolvers<void>();
    const handler: AnyHandler = (request) => {
      request.signal.addEventListener("abort", () => aborted.resolve());
      began.resolve();
      return aborted.promise.then(() => new Response("late"));
    };
    const server = served(wrap(handler) as AnyHandler);
    const controller = new AbortController();
    const { signal } = controller;
    const asked = fetch(`http://127.0.0.1:${server.port}/`, { signal }).catch((e: Error) => e.name);
    await began.promise;
    controller.abort();
    equal(await asked, "AbortError");
    await aborted.promise;
    await server.stop();
  }
});

test("watchBody sees a disconnect midway on a real socket, and cancels the source", async () => {
  const registry = new Registry();
  const cancelled = Promise.withResolvers<void>();
  const handler = () =>
    new Response(
      new ReadableStream({
        async pull(controller) {
          await new Promise((resolve) => setTimeout(resolve, 5));
          controller.enqueue(encoder.encode("x".repeat(1024)));
        },
        cancel: () => cancelled.resolve(),
      }),
    );
  const server = served(instrument(handler, { registry, watchBody: () => true }));
  const controller = new AbortController();
  const response = await fetch(`http://127.0.0.1:${server.port}/`, { signal: controller.signal });
  await response.body!.getReader().read();
  controller.abort();
  await cancelled.promise;
  const sizes = (await registry.collect()).find((f) => f.name === "http_response_size_bytes")!;
  const [sample] = sizes.samples as readonly { count: number; sum: number }[];
  equal(sample!.count, 1);
  ok(sample!.sum >= 1024, `${sample!.sum} bytes`);
  await server.stop();
});

test("an upgrade to a WebSocket works through instrument(), and is a 101", async () => {
  const registry = new Registry();
  const { Deno, Bun } = globalThis as unknown as {
    Deno: { upgradeWebSocket(request: Request): { socket: WebSocket; response: Response } };
    Bun: { serve(options: object): { port: number; stop(force: boolean): Promise<void> } };
  };
  let server: Served;
  if (runtime.name === "bun") {
    type Upgrader = { upgrade(request: Request): boolean };
    const upgrade = instrument(
      (request: Request, ...[server]: unknown[]) =>
        (server as Upgrader).upgrade(request) ? undefined : new Response("no", { status: 400 }),
      { registry },
    );
    const message = (socket: { send(text: string): void }, text: string) => socket.send(text);
    const bun = Bun.serve({ port: 0, fetch: upgrade, websocket: { message } });
    server = { port: bun.port, stop: () => bun.stop(true) };
  } else {
    const upgrade = (request: Request) => {
      const { socket, response } = Deno.upgradeWebSocket(request);
      socket.onmessage = ({ data }) => socket.send(data);
      return response;
    };
    server = served(instrument(upgrade, { registry }) as AnyHandler);
  }
  const socket = new WebSocket(`ws://127.0.0.1:${server.port}/`);
  const echoed = await new Promise((resolve, reject) => {
    socket.onopen = () => socket.send("echo");
    socket.onmessage = ({ data }) => resolve(data);
    socket.onerror = reject;
  });
  equal(echoed, "echo");
  const closed = new Promise((resolve) => socket.onclose = resolve);
  socket.close();
  await closed;
  const counted = (await registry.collect()).find((f) => f.name === "http_requests_total")!;
  deepEqual(counted.samples.map(({ labels }) => labels.text), [
    'method="GET",route="unmatched",status="101"',
  ]);
  deepEqual([...registry.faults.counts()], []);
  await server.stop();
});
