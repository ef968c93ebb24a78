import { test } from "node:test";
import { deepEqual, equal, rejects, throws } from "node:assert/strict";
import { mkdtempSync } from "node:fs";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { telltale as real } from "../../mod.ts";
import { runtime } from "../../src/core/platform.ts";
import { peerOf } from "../../src/http/request/peer.ts";
import {
  type DenoServeOptions,
  type Handler,
  serve,
  type ServedTelltale,
} from "../../src/serve/deno.ts";
import { skipWhen } from "../tool.ts";

const onDeno = { skip: skipWhen(runtime.name !== "deno", "Deno's own server") };

function telltale() {
  const logged: string[] = [];
  const t: ServedTelltale = {
    health: { drain() {} },
    endpoints: { answer: () => undefined, assertGuarded() {} },
    log: {
      warn() {},
      error: (message, fields) => void logged.push(`${message}: ${fields?.error}`),
    },
    stop() {},
    shutdown: () => Promise.resolve(),
    instrument: (handler: Handler): Handler => handler,
  };
  return { t, logged };
}

async function ask(
  handler: (request: Request) => Response | Promise<Response>,
  options: DenoServeOptions = {},
) {
  const { t, logged } = telltale();
  const common = { port: 0, hostname: "127.0.0.1", signals: false, onListen() {} };
  const server = serve(t, { ...common, ...options }, handler);
  const response = await fetch(`http://127.0.0.1:${server.addr.port}/`);
  const answer = `${response.status} ${await response.text().catch(() => "cut")}`;
  await server.shutdown();
  return { answer, logged };
}

test("serve() on Deno answers an error as Deno would, and logs it", onDeno, async () => {
  const { answer, logged } = await ask(() => Response.error());
  equal(answer, "500 Internal Server Error");
  deepEqual(logged.map((line) => line.slice(0, 27)), ["response failed: TypeError:"]);
});

test("serve() on Deno asks the application's onError", onDeno, async () => {
  const onError = (error: unknown) => new Response(`sorry, ${(error as Error).message}`);
  const fail = () => Promise.reject(new Error("no stock"));
  const { answer, logged } = await ask(fail, { onError });
  // The hook runs inside the instrumented handler, which records the error.
  deepEqual([answer, logged], ["200 sorry, no stock", []]);
});

test("serve() on Deno logs a body that fails midway", onDeno, async () => {
  const body = () =>
    new ReadableStream({
      pull() {
        throw new Error("midway");
      },
    });
  const { answer, logged } = await ask(() => new Response(body()));
  deepEqual([answer, logged], ["200 cut", ["response failed: Error: midway"]]);
});

test("serve() on Deno records a watched body that fails midway once", onDeno, async () => {
  await using t = real({
    service: "orders",
    log: { sinks: [] },
    metrics: { runtime: false },
    http: { watchBody: () => true },
  });
  const common = { port: 0, hostname: "127.0.0.1", signals: false, onListen() {} };
  const server = serve(t, common, () => {
    const pull = () => Promise.reject(new Error("midway"));
    return new Response(new ReadableStream({ pull }, { highWaterMark: 0 }));
  });
  await fetch(`http://127.0.0.1:${server.addr.port}/`)
    .then((response) => response.text()).catch(() => "cut");
  await server.shutdown();
  const errors = t.log.ring.since(0).filter(({ severity }) => severity >= 17);
  deepEqual(errors.map(({ message }) => message), ["request failed"]);
});

test("serve() on Deno with an aborted signal ends at once", onDeno, async () => {
  const { t } = telltale();
  const options = { port: 0, onListen() {}, signals: false, signal: AbortSignal.abort() };
  await serve(t, options, () => new Response("never")).finished;
});

test("peerOf() finds Deno's peers, over TCP and over a unix socket", onDeno, async () => {
  const { t } = telltale();
  const handler = (request: Request, info: unknown) => Response.json(peerOf(request, [info]));
  const path = join(mkdtempSync(join(tmpdir(), "telltale-")), "s");
  const quiet = { signals: false, onListen() {} };
  const near = serve(t, { port: 0, hostname: "127.0.0.1", ...quiet }, handler);
  const local = serve(t, { path, ...quiet }, handler);
  const response = await fetch(`http://127.0.0.1:${near.addr.port}/`);
  deepEqual(await response.json(), { address: "127.0.0.1" });
  const socket = connect(path);
  socket.write("GET / HTTP/1.1\r\nHost: orders\r\nConnection: close\r\n\r\n");
  let answer = "";
  for await (const chunk of socket) answer += chunk;
  deepEqual(JSON.parse(answer.slice(answer.indexOf("\r\n\r\n"))), { unix: true });
  await Promise.all([near.shutdown(), local.shutdown()]);
});

test("serve() on Deno refuses an open console, and leaves no listener behind", onDeno, async () => {
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
  const handler = () => new Response();
  const common = { signals: false, onListen() {} };
  const open = { ...common, port: 0, admin: { port: 0, hostname: "0.0.0.0" } };
  throws(() => serve(refusing, open, handler), { message: "no token for 0.0.0.0" });
  const odd = { ...common, port: 0, admin: { port: 65_536 } };
  throws(() => serve(t, odd, handler), {
    name: "RangeError",
    message: "Cannot serve: admin.port must be a whole number from 0 to 65535, got 65536",
  });
  let port = 0;
  const admin = { port: 0, onListen: (address: { port: number }) => void (port = address.port) };
  throws(() => serve(t, { ...common, cert: "none", key: "none", admin }, handler));
  // The admin listener listened, and is closed.
  await new Promise((resolve) => setTimeout(resolve, 10));
  await rejects(fetch(`http://127.0.0.1:${port}/livez`));
});

test("serve() of Deno refuses another runtime", {
  skip: skipWhen(runtime.name === "deno", "about other runtimes"),
}, () => {
  throws(() => serve(telltale().t, {}, () => new Response()), {
    name: "TypeError",
    message: "Cannot serve: Deno.serve is missing, this module is for Deno only",
  });
});
