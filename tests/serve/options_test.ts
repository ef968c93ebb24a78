import { test } from "node:test";
import { equal, rejects, throws } from "node:assert/strict";
import { telltale } from "../../mod.ts";
import { runtime } from "../../src/core/platform.ts";
import { serve as serveBun } from "../../src/serve/bun.ts";
import { serve as serveDeno } from "../../src/serve/deno.ts";
import { serve as serveNode } from "../../src/serve/node.ts";
import { skipWhen } from "../tool.ts";
import { ADAPTERS, serveHere } from "./here.ts";

const handler = () => new Response("x");

/** What the types refuse; never called. */
export function typed(t: ReturnType<typeof telltale>): void {
  // @ts-expect-error a misspelt option
  serveDeno(t, { prot: 8000 }, handler);
  // @ts-expect-error a misspelt option
  serveNode(t, { prot: 8000 }, handler);
  // @ts-expect-error a misspelt option
  serveBun(t, { prot: 8000, fetch: handler });
  // @ts-expect-error a misspelt option
  serveDeno(t, { admin: { prot: 8000 } }, handler);
  serveDeno(t, { path: "/run/a", cert: "", key: "", reusePort: true, tcpBacklog: 1 }, handler);
  serveNode(t, { requestTimeout: 1, maxHeaderSize: 1, cert: "", key: "", ca: "" }, handler);
  serveBun(t, { unix: "/run/a", tls: {}, websocket: {}, idleTimeout: 1, http3: true });
}

for (const name of ADAPTERS) {
  const misspelt: readonly (readonly [options: object, message: string])[] = [
    [{ prot: 0 }, 'Cannot serve: unknown option "prot", did you mean "port"?'],
    [{ Hostname: "a" }, 'Cannot serve: unknown option "Hostname", did you mean "hostname"?'],
    [{ signl: false }, 'Cannot serve: unknown option "signl", did you mean "signal"?'],
    [
      { drainDeadline: 1 },
      'Cannot serve: unknown option "drainDeadline", did you mean "drainDeadlineMs"?',
    ],
    [{ amdin: { port: 0 } }, 'Cannot serve: unknown option "amdin", did you mean "admin"?'],
    [
      { admin: { port: 0, host: "0.0.0.0" } },
      'Cannot serve admin paths: unknown option "host", did you mean "hostname"?',
    ],
  ];

  test(`serve() refuses a misspelt option, with ${name}`, async () => {
    await using t = telltale({ service: "a", log: { sinks: [] }, metrics: { runtime: false } });
    for (const [options, message] of misspelt) {
      await rejects(serveHere(t, options, handler, name), { name: "TypeError", message });
    }
    if (name === "bun") return;
    const message = 'Cannot serve: unknown option "host", did you mean "hostname"?';
    await rejects(serveHere(t, { host: "127.0.0.1" }, handler, name), { message });
  });

  test(`serve() passes on options unlike those of Telltale, with ${name}`, async () => {
    await using t = telltale({ service: "a", log: { sinks: [] }, metrics: { runtime: false } });
    const options = { newerThanWe: true, tcpBacklog: 5, idleTimeout: 5, requestTimeout: 5000 };
    const server = await serveHere(t, options, handler, name);
    equal(await (await fetch(`http://127.0.0.1:${server.port}/`)).text(), "x");
    await server.stop();
  });
}

test("serve() on Bun takes host, as Bun does", {
  skip: skipWhen(runtime.name !== "bun", "Bun's own server"),
}, async () => {
  await using t = telltale({ service: "a", log: { sinks: [] }, metrics: { runtime: false } });
  const options = { port: 0, host: "127.0.0.1", signals: false, fetch: handler };
  const server = serveBun(t, options);
  equal(server.hostname, "127.0.0.1");
  await server.stop(true);
});

test("serve() refuses missing options and a missing handler", async () => {
  await using t = telltale({ service: "a", log: { sinks: [] }, metrics: { runtime: false } });
  const none = undefined as never;
  const message = "Cannot serve: options must be an object, got undefined";
  throws(() => serveNode(t, none, handler), { name: "TypeError", message });
  if (runtime.name === "deno") throws(() => serveDeno(t, none, handler), { message });
  if (runtime.name === "bun") throws(() => serveBun(t, none), { message });
  // The arguments of Deno's own `serve`, which may do without options.
  throws(() => serveNode(t, handler as never, none), /options must be an object, got function$/);
  throws(() => serveNode(t, { port: 0 }, none), {
    name: "TypeError",
    message: "Cannot serve: handler must be a function, got undefined",
  });
});

test("access and endpoints refuse an unknown option", () => {
  const quiet = { log: { sinks: [] }, metrics: { runtime: false } };
  throws(() => telltale({ ...quiet, access: { tokn: "x".repeat(16) } as object }), {
    name: "TypeError",
    message: 'Cannot set access: unknown option "tokn", did you mean "token"?',
  });
  throws(() => telltale({ ...quiet, endpoints: { metric: false } as object }), {
    name: "TypeError",
    message: 'Cannot set path of endpoint: unknown option "metric", did you mean "metrics"?',
  });
});
