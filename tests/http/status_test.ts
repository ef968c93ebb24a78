import { deepEqual, equal } from "node:assert/strict";
import { once } from "node:events";
import { test } from "node:test";
import { runtime } from "../../src/core/platform.ts";
import { telltale } from "../../src/telltale.ts";
import { skipWhen } from "../tool.ts";

type Given = (request: Request, connection: Connection) => unknown;

interface Connection {
  upgrade(request: Request): boolean;
}

interface Runtime {
  Bun?: { serve(options: object): { port: number; stop(closeAll: boolean): void } };
  Deno?: {
    serve(options: object, handler: object): { addr: { port: number }; shutdown(): Promise<void> };
    upgradeWebSocket(request: Request): { response: Response };
  };
}

const { Bun, Deno } = globalThis as unknown as Runtime;

/** A server of the runtime whose handler returns anything, and what is recorded of its requests. */
function served(given: Given, development = false) {
  const t = telltale({ service: "odd", log: { sinks: [] }, metrics: { runtime: false } });
  const handler = t.instrument(given as never);
  const open = () => {
    if (Bun !== undefined) {
      const websocket = { message() {} };
      const server = Bun.serve({
        port: 0,
        development,
        websocket,
        fetch: handler,
        error: () => failed(),
      });
      return { port: server.port, close: () => server.stop(true) };
    }
    const server = Deno!.serve({ port: 0, onListen() {}, onError: () => failed() }, handler);
    return { port: server.addr.port, close: () => server.shutdown() };
  };
  const { port, close } = open();
  const recorded = () =>
    t.tracer.finished.since(0).map(({ attributes }) => attributes["http.response.status_code"]);
  const stop = async () => {
    await close();
    await t.shutdown();
  };
  return { url: `http://localhost:${port}/`, port, recorded, stop };
}

function failed(): Response {
  return new Response("Internal Server Error", { status: 500 });
}

const used = new Response("used");
await used.text();

const GIVEN: Readonly<Record<string, () => unknown>> = {
  nothing: () => undefined,
  null: () => null,
  text: () => "text",
  "an object": () => ({ status: 200 }),
  "a response of an error": () => Response.error(),
  "a response whose body was read": () => used,
  "a response without a body": () => new Response(null, { status: 204 }),
  "a response of a class of its own": () => new (class extends Response {})("x", { status: 418 }),
};

for (const development of [false, true]) {
  const where = development ? `${runtime.name}, in development` : runtime.name;
  test(`The recorded status is the one that the client receives, on ${where}`, {
    skip: skipWhen(development && runtime.name !== "bun", "only Bun has such a mode"),
  }, async () => {
    for (const [name, give] of Object.entries(GIVEN)) {
      for (const answer of [give, () => Promise.resolve().then(give)]) {
        const s = served(answer, development);
        const response = await fetch(s.url);
        await response.text();
        deepEqual(s.recorded(), [response.status], name);
        await s.stop();
      }
    }
  });
}

test("Bun: the status is 101 only for requests that the server has upgraded", {
  skip: skipWhen(runtime.name !== "bun", "only Bun's handlers answer so"),
}, async () => {
  const pause = () => new Promise((resolve) => setImmediate(resolve));
  const table: [name: string, answer: Given, upgrades: boolean, recorded: number][] = [
    ["at once", (request, server) => void server.upgrade(request), true, 101],
    [
      "later",
      async (request, server) => {
        await pause();
        server.upgrade(request);
      },
      true,
      101,
    ],
    [
      "and then waits",
      async (request, server) => {
        server.upgrade(request);
        await pause();
      },
      true,
      101,
    ],
    ["not at all", () => undefined, false, 204],
    ["not, and waits", () => pause(), false, 204],
  ];
  for (const [name, answer, upgrades, status] of table) {
    const s = served(answer);
    const socket = new WebSocket(s.url.replace("http", "ws"));
    const [event] = await Promise.race([once(socket, "open"), once(socket, "close")]);
    equal(event.type === "open", upgrades, name);
    deepEqual(s.recorded(), [status], name);
    socket.close();
    await s.stop();
  }
  const plain = served((request, server) => void server.upgrade(request));
  equal((await fetch(plain.url)).status, 204);
  deepEqual(plain.recorded(), [204]);
  await plain.stop();
});

test("Deno: the status of an upgraded request is 101", {
  skip: skipWhen(runtime.name !== "deno", "only Deno's handlers answer so"),
}, async () => {
  const s = served((request) => Deno!.upgradeWebSocket(request).response);
  const socket = new WebSocket(s.url.replace("http", "ws"));
  await once(socket, "open");
  socket.close();
  await once(socket, "close");
  deepEqual(s.recorded(), [101]);
  await s.stop();
});
