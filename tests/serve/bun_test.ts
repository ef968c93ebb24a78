import { test } from "node:test";
import { deepEqual, equal, fail, ok, rejects, throws } from "node:assert/strict";
import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { telltale as real } from "../../mod.ts";
import { runtime } from "../../src/core/platform.ts";
import { peerOf } from "../../src/http/request/peer.ts";
import { routeOf } from "../../src/http/server/route.ts";
import {
  type BunHandler,
  type BunServeOptions,
  type BunServer,
  type BunTelltale,
  serve,
} from "../../src/serve/bun.ts";
import { skipWhen } from "../tool.ts";

interface Bun {
  file(path: string): object;
}

const onBun = { skip: skipWhen(runtime.name !== "bun", "Bun's own server") };

/** A Telltale that notes the route of each request and answers `/health` itself. */
function telltale() {
  const seen: string[] = [];
  const logged: string[] = [];
  const log = (message: string, fields?: Readonly<Record<string, unknown>>) =>
    void logged.push(`${message} ${Object.values(fields ?? {})}`);
  const t: BunTelltale = {
    health: { drain() {} },
    endpoints: { answer: () => undefined, assertGuarded() {} },
    metrics: { collector: () => () => {} },
    log: { debug: log, warn: log, error: log },
    stop() {},
    shutdown: () => Promise.resolve(),
    instrument: (handler: BunHandler, options = {}): BunHandler => async (request, ...rest) => {
      if (request.url.endsWith("/health") && options.endpoints !== false) {
        return new Response("endpoint");
      }
      const response = await handler(request, ...rest);
      seen.push(`${request.method} ${routeOf(request)} ${response?.status}`);
      return response;
    },
  };
  return { t, seen, logged };
}

/** Serves, asks `METHOD path` and gives the answers as rows. */
async function ask(options: BunServeOptions, asked: readonly string[]) {
  const { t, seen, logged } = telltale();
  const server = serve(t, { port: 0, hostname: "127.0.0.1", signals: false, ...options });
  const answers: string[] = [];
  for (const line of asked) {
    const [method, path] = line.split(" ") as [string, string];
    const response = await fetch(new URL(path, server.url), { method });
    answers.push(`${response.status} ${await response.text()}`);
  }
  await server.stop(true);
  return { answers, seen, logged };
}

test("serve() on Bun names the route of every kind of handler", onBun, async () => {
  const page = new Response("static", { headers: { "x-a": "b" } });
  const file = join(mkdtempSync(join(tmpdir(), "telltale-")), "page.html");
  const { Bun } = globalThis as unknown as {
    Bun: { file(path: string): object; write(path: string, text: string): Promise<number> };
  };
  await Bun.write(file, "<p>file</p>");
  const result = await ask({
    routes: {
      "/orders/:id": (request) => Response.json(request.params),
      "/orders": { GET: () => new Response("list"), POST: new Response("made", { status: 201 }) },
      "/page": page,
      "/file": Bun.file(file),
      "/off": false,
      "/api/*": () => Promise.resolve(new Response("wild")),
    },
    fetch: () => new Response("fallback", { status: 404 }),
  }, [
    "GET /orders/7",
    "GET /orders",
    "POST /orders",
    "PUT /orders",
    "GET /page",
    "GET /page",
    "GET /file",
    "GET /off",
    "GET /api/x/y",
    "GET /nothing",
  ]);
  deepEqual(result, {
    answers: [
      '200 {"id":"7"}',
      "200 list",
      "201 made",
      "404 fallback",
      "200 static",
      "200 static",
      "200 <p>file</p>",
      "404 fallback",
      "200 wild",
      "404 fallback",
    ],
    seen: [
      "GET /orders/:id 200",
      "GET /orders 200",
      "POST /orders 201",
      "PUT unmatched 404",
      "GET /page 200",
      "GET /page 200",
      "GET unmatched 404",
      "GET /api/* 200",
      "GET unmatched 404",
    ],
    logged: ["route is not observed, Bun serves it by itself /file"],
  });
});

test(
  "serve() on Bun lets a spelled-out route win over an endpoint, a pattern not",
  onBun,
  async () => {
    const own = () => new Response("own");
    const asked = ["GET /health"];
    deepEqual((await ask({ routes: { "/health": own } }, asked)).answers, ["200 own"]);
    deepEqual((await ask({ routes: { "/*": own } }, asked)).answers, ["200 endpoint"]);
    deepEqual((await ask({ routes: { "/:page": own } }, asked)).answers, ["200 endpoint"]);
    deepEqual((await ask({ routes: { "/a": own } }, asked)).answers, ["200 endpoint"]);
  },
);

test("serve() on Bun answers 404 where no handler does, as Bun would", onBun, async () => {
  const { answers, seen } = await ask({ routes: { "/a": () => new Response("a") } }, ["GET /b"]);
  deepEqual([answers, seen], [["404 "], ["GET unmatched 404"]]);
});

test(
  "serve() on Bun observes the handlers that reload() names and keeps the others",
  onBun,
  async () => {
    const { t, seen } = telltale();
    const fetched = () => new Response("fetched");
    const server = serve(t, { port: 0, hostname: "127.0.0.1", signals: false, fetch: fetched });
    server.reload({ routes: { "/new/:id": () => new Response("new") } });
    const texts: string[] = [];
    for (const path of ["new/1", "other"]) {
      texts.push(
        await (await fetch(server.url + path)).text(),
      );
    }
    await server.stop(true);
    deepEqual(texts, ["new", "fetched"]);
    deepEqual(seen, ["GET /new/:id 200", "GET unmatched 200"]);
  },
);

test(
  "serve() on Bun gives the handler Bun's server and passes undefined through",
  onBun,
  async () => {
    const { t, seen } = telltale();
    const messages: string[] = [];
    const server = serve(t, {
      port: 0,
      hostname: "127.0.0.1",
      signals: false,
      fetch: (request, server) => server.upgrade(request) ? undefined : new Response("no"),
      websocket: {
        message: (socket: { send(text: string): void }, text: string) => socket.send(text),
      },
    });
    const socket = new WebSocket(server.url.href.replace("http", "ws"));
    await new Promise<void>((resolve) => {
      socket.onopen = () => socket.send("echo");
      socket.onmessage = ({ data }) => {
        messages.push(String(data));
        socket.close();
        resolve();
      };
    });
    await server.stop(true);
    deepEqual([messages, seen], [["echo"], ["GET unmatched undefined"]]);
  },
);

test("serve() on Bun asks the application's error hook", onBun, async () => {
  const { answers, logged } = await ask({
    fetch: () => Response.error(),
    error: (error) => new Response(`sorry, ${error.name}`, { status: 503 }),
  }, ["GET /"]);
  deepEqual([answers, logged.length], [["503 sorry, TypeError"], 0]);
});

test("peerOf() finds Bun's peers, over TCP and over a unix socket", onBun, async () => {
  const { t } = telltale();
  const fetched = (request: Request, server: unknown) => Response.json(peerOf(request, [server]));
  const unix = join(mkdtempSync(join(tmpdir(), "telltale-")), "s");
  const near = serve(t, { port: 0, hostname: "127.0.0.1", signals: false, fetch: fetched });
  const local = serve(t, { unix, signals: false, fetch: fetched });
  deepEqual(await (await fetch(near.url)).json(), { address: "127.0.0.1" });
  const init = { unix } as RequestInit;
  deepEqual(await (await fetch("http://orders/", init)).json(), { unix: true });
  await Promise.all([near.stop(true), local.stop(true)]);
});

test(
  "serve() on Bun shows what Bun counts, of all its servers, while they run",
  onBun,
  async () => {
    await using t = real({ service: "orders", log: { sinks: [] }, metrics: { runtime: false } });
    const common = { port: 0, hostname: "127.0.0.1", signals: false };
    const gate = Promise.withResolvers<Response>();
    const arrived = Promise.withResolvers<void>();
    const first = serve(t, {
      ...common,
      fetch(request, server) {
        if (server.upgrade(request)) return undefined;
        arrived.resolve();
        return gate.promise;
      },
      websocket: { message() {} },
    });
    const second = serve(t, { ...common, fetch: () => new Response() });
    const gauges = async () => {
      const page = await (await t.metrics.scrape()).text();
      return page.split("\n").filter((line) => line.startsWith("http_server_pending_"));
    };
    const socket = new WebSocket(first.url.href.replace("http", "ws"));
    await new Promise((resolve) => socket.onopen = resolve);
    const asked = fetch(first.url);
    await arrived.promise;
    deepEqual(await gauges(), [
      "http_server_pending_requests 1",
      "http_server_pending_websockets 1",
    ]);
    gate.resolve(new Response());
    await asked;
    await first.stop(true);
    deepEqual(await gauges(), [
      "http_server_pending_requests 0",
      "http_server_pending_websockets 0",
    ]);
    await second.stop(true);
    deepEqual(await gauges(), []);
  },
);

test("serve() on Bun lets the handler keep an idle stream open", onBun, async () => {
  await using t = real({ service: "orders", log: { sinks: [] }, metrics: { runtime: false } });
  const fetched = (request: Request, server: BunServer) => {
    // Throws unless it is the very request that Bun made.
    server.timeout(request, 0);
    return new Response(String(server.requestIP(request)?.address));
  };
  const routes = { "/events": fetched };
  const common = { port: 0, hostname: "127.0.0.1", signals: false };
  const server = serve(t, { ...common, routes, fetch: fetched });
  for (const path of ["events", "other"]) {
    equal(await (await fetch(server.url + path)).text(), "127.0.0.1");
  }
  await server.stop(true);
});

test(
  "serve() on Bun observes what reload() brings with endpoints where they were",
  onBun,
  async () => {
    await using t = real({ service: "orders", log: { sinks: [] }, metrics: { runtime: false } });
    const common = { port: 0, hostname: "127.0.0.1", signals: false };
    const server = serve(t, { ...common, fetch: () => new Response("old") });
    server.reload({ routes: { "/orders/:id": () => new Response("new") } });
    await (await fetch(server.url + "orders/7")).text();
    equal((await fetch(server.url + "livez")).status, 200);
    const page = await (await fetch(server.url + "metrics")).text();
    ok(page.includes('http_requests_total{method="GET",route="/orders/:id",status="200"} 1\n'));
    await server.stop(true);
  },
);

test("serve() on Bun refuses an open console, and leaves no listener behind", onBun, () => {
  const { t } = telltale();
  const refusing = {
    ...t,
    endpoints: {
      ...t.endpoints,
      assertGuarded(hostname: string) {
        throw new TypeError(`no token for ${hostname}`);
      },
    },
  };
  const options = { port: 0, signals: false, admin: { port: 0, hostname: "0.0.0.0" } };
  throws(() => serve(refusing, options), { message: "no token for 0.0.0.0" });
  let port = 0;
  const admin = { port: 0, onListen: (address: { port: number }) => void (port = address.port) };
  throws(() => serve(t, { unix: "/no/such/folder/socket", signals: false, admin }));
  return rejects(fetch(`http://127.0.0.1:${port}/livez`));
});

test("serve() on Bun keeps the handlers of the last reload() that named them", onBun, async () => {
  const { t } = telltale();
  const options = { port: 0, hostname: "127.0.0.1", signals: false };
  const server = serve(t, { ...options, fetch: () => new Response("first") });
  server.reload({
    fetch() {
      throw new Error("second");
    },
    error: ({ message }) => new Response(`sorry, ${message}`),
  });
  server.reload({ routes: { "/new": () => new Response("new") } });
  const text = async (path: string) => await (await fetch(server.url + path)).text();
  const texts = [await text("new"), await text("other")];
  await server.stop(true);
  deepEqual(texts, ["new", "sorry, second"]);
});

test("serve() on Bun calls every handler with the server as this", onBun, async () => {
  await using t = real({ service: "orders", log: { sinks: [] }, metrics: { runtime: false } });
  const own = function (this: unknown, _request: Request, server: unknown) {
    return new Response(String(this === server));
  };
  const options = { port: 0, hostname: "127.0.0.1", signals: false };
  const server = serve(t, { ...options, fetch: own, routes: { "/a": own, "/b": { GET: own } } });
  const texts: string[] = [];
  for (const path of ["a", "b", "c"]) texts.push(await (await fetch(server.url + path)).text());
  await server.stop(true);
  deepEqual(texts, ["true", "true", "true"]);
});

test("serve() on Bun logs what it does not observe behind a method", onBun, async () => {
  const file = { GET: (globalThis as unknown as { Bun: Bun }).Bun.file("/dev/null") };
  const { logged } = await ask({ routes: { "/file": file } }, []);
  deepEqual(logged, ["route is not observed, Bun serves it by itself /file"]);
});

test(
  "serve() on Bun closes its admin listener too when the server is disposed of",
  onBun,
  async () => {
    const { t } = telltale();
    const port = Promise.withResolvers<number>();
    const admin = { port: 0, onListen: (at: { port: number }) => port.resolve(at.port) };
    const server = serve(t, { port: 0, hostname: "127.0.0.1", signals: false, admin });
    const url = `http://127.0.0.1:${await port.promise}/livez`;
    const response = await fetch(url);
    await response.text();
    const names = ["cache-control", "x-content-type-options"];
    deepEqual(names.map((name) => response.headers.get(name)), ["no-store", "nosniff"]);
    (server as unknown as Disposable)[Symbol.dispose]();
    await rejects(fetch(server.url));
    // The two close one after the other.
    for (let i = 0; i < 100; i++) {
      if (await fetch(url).then((response) => response.text(), () => "") === "") return;
    }
    fail("the admin listener still answers");
  },
);

test("serve() of Bun refuses another runtime", {
  skip: skipWhen(runtime.name === "bun", "about other runtimes"),
}, () => {
  throws(() => serve(telltale().t, {}), {
    name: "TypeError",
    message: "Cannot serve: Bun.serve is missing, this module is for Bun only",
  });
});
