import { deepEqual, equal } from "node:assert/strict";
import { once } from "node:events";
import { connect } from "node:net";
import { after, test } from "node:test";
import { runtime } from "../../src/core/platform.ts";
import { matchRoutes } from "../../src/http/server/route_resolvers.ts";
import { serve } from "../../src/serve/node.ts";
import { type Telltale, telltale } from "../../src/telltale.ts";
import { skipWhen } from "../tool.ts";

interface Runtime {
  Bun?: {
    serve(options: object): { port: number; stop(closeAll: boolean): void };
  };
  Deno?: {
    serve(options: object, handler: object): { addr: { port: number }; shutdown(): Promise<void> };
  };
}

/** Serves with the runtime's own server, and with the adapter for Node, which runs on both. */
const SERVERS: Readonly<Record<string, (t: Telltale) => Promise<[number, () => void]>>> = {
  [runtime.name](t) {
    const { Bun, Deno } = globalThis as unknown as Runtime;
    const handler = t.instrument(application);
    if (Bun !== undefined) {
      const server = Bun.serve({ port: 0, hostname: "127.0.0.1", fetch: handler });
      return Promise.resolve([server.port, () => server.stop(true)]);
    }
    const options = { port: 0, hostname: "127.0.0.1", onListen() {} };
    const server = Deno!.serve(options, handler);
    return Promise.resolve([server.addr.port, () => void server.shutdown()]);
  },
  async "the adapter for Node"(t) {
    const server = serve(t, { port: 0, hostname: "127.0.0.1", signals: false }, application);
    await once(server, "listening");
    const { port } = server.address() as { port: number };
    return [port, () => void server.close()];
  },
};

function application(): Response {
  return new Response("the application's", { status: 404 });
}

/** The status of the answer, once the other end has closed. */
async function ask(port: number, ...lines: string[]): Promise<string> {
  const socket = connect(port, "127.0.0.1");
  socket.end([...lines, "Connection: close", "", ""].join("\r\n"));
  let text = "";
  for await (const chunk of socket) text += chunk;
  return text.slice("HTTP/1.1 ".length).slice(0, 3);
}

/** The lines of a request, the status of its answer, and its recorded path, if it is observed. */
const REQUESTS: readonly (readonly [lines: string[], status: string, path: string | undefined])[] =
  [
    [["GET /livez HTTP/1.0"], "200", undefined],
    [["GET /livez?x=1 HTTP/1.0"], "200", undefined],
    [["GET /livez HTTP/1.1", "Host: "], "200", undefined],
    [["GET /livez HTTP/1.1", "Host: a b"], "200", undefined],
    [["GET /livez HTTP/1.1", "Host: a/b"], "200", undefined],
    [["GET /livez HTTP/1.1", "Host: a?b"], "200", undefined],
    [["GET /quiet HTTP/1.0"], "404", undefined],
    [["GET http://a/quiet HTTP/1.1", "Host: a"], "404", undefined],
    [["GET /a?u=http://x/metrics HTTP/1.0"], "404", "/a"],
    [["GET /b?u=http://x/quiet HTTP/1.0"], "404", "/b"],
    [["GET /c://x/quiet HTTP/1.0"], "404", "/c://x/quiet"],
    [["GET /d?u=http://x/quiet HTTP/1.1", "Host: "], "404", "/d"],
    [["GET /e/7 HTTP/1.1", "Host: a/quiet?"], "404", "/e/7"],
    [["GET /f HTTP/1.1", "Host: a/livez?"], "404", "/f"],
    [["GET /g HTTP/1.1", "Host: a#"], "404", "/g"],
    [["GET /h HTTP/1.1", "Host: a?"], "404", "/h"],
    [["GET /i HTTP/1.1", "Host: http://a/livez?"], "404", "/i"],
    [["GET //j/quiet HTTP/1.0"], "404", "//j/quiet"],
    [["GET http://a/k?u=http://x/quiet HTTP/1.1", "Host: a"], "404", "/k"],
    [["GET http://a?u=/quiet HTTP/1.1", "Host: a"], "404", "/"],
  ];

for (const [name, start] of Object.entries(SERVERS)) {
  test(`The path is that of the target, whatever the Host contains, on ${name}`, async () => {
    const t = telltale({
      service: "targets",
      log: { sinks: [] },
      metrics: { runtime: false },
      http: { ignore: ["/quiet"], route: matchRoutes([new URLPattern({ pathname: "/e/:id" })]) },
    });
    const [port, stop] = await start(t);
    after(stop);
    for (const [lines, status, path] of REQUESTS) {
      const seen = t.tracer.finished.since(0).length, told = t.log.ring.next;
      equal(await ask(port, ...lines), status, lines.join(" | "));
      const spans = t.tracer.finished.since(0).slice(seen);
      const paths = path === undefined ? [] : [path];
      deepEqual(spans.map(({ attributes }) => attributes["url.path"]), paths, lines.join(" | "));
      const logged = t.log.ring.since(told).map(({ fields }) => fields.path);
      deepEqual(logged, paths.flatMap((path) => [path, path]), lines.join(" | "));
    }
    const routes = t.tracer.finished.since(0).map(({ attributes }) => attributes["http.route"]);
    deepEqual(routes.filter((route) => route !== undefined), ["/e/:id"]);
    await t.shutdown();
  });
}

test("The span has the version of HTTP where it is known", async () => {
  for (const [name, start] of Object.entries(SERVERS)) {
    const t = telltale({ log: { sinks: [] }, metrics: { runtime: false } });
    const [port, stop] = await start(t);
    after(stop);
    for (const version of ["1.0", "1.1"]) await ask(port, `GET /a HTTP/${version}`, "Host: a");
    const versions = t.tracer.finished.since(0).map(({ attributes }) =>
      attributes["network.protocol.version"]
    );
    const isKnown = name === "the adapter for Node";
    deepEqual(versions, isKnown ? ["1.0", "1.1"] : [undefined, undefined]);
    await t.shutdown();
  }
});

test("A Host that contains a path does not hide a request from observation", {
  skip: skipWhen(runtime.name !== "deno", "only Deno writes such a Host into the URL"),
}, async () => {
  const t = telltale({
    log: { sinks: [] },
    metrics: { runtime: false },
    http: { ignore: ["/quiet"] },
  });
  const [port, stop] = await SERVERS.deno!(t);
  after(stop);
  // The application's router reads `/admin/delete` here.
  equal(await ask(port, "GET /quiet HTTP/1.1", "Host: a/admin/delete?"), "404");
  deepEqual(t.tracer.finished.since(0).map(({ attributes }) => attributes["url.path"]), ["/quiet"]);
  await t.shutdown();
});
