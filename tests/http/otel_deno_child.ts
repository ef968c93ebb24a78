/**
 * A service that asks another one, with Deno's own tracing on; tells what both know of the trace.
 *
 * @module
 */
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import process from "node:process";
import { telltale, type TelltaleOptions } from "../../mod.ts";

const quiet: TelltaleOptions = { log: { sinks: [] }, metrics: { runtime: false }, otlp: false };
const caller = telltale({ ...quiet, service: "caller", client: { traceHosts: ["127.0.0.1"] } });
const callee = telltale({ ...quiet, service: "callee" });

const handler = callee.instrument((request: Request) => {
  const { pathname } = new URL(request.url);
  const headers = ["traceparent", "tracestate", "baggage"].map((name) => request.headers.get(name));
  return pathname === "/to" ? Response.redirect(new URL("/", request.url)) : Response.json(headers);
});
const serve = (globalThis as unknown as {
  Deno: { serve(options: object, handler: unknown): { addr: { port: number } } };
}).Deno.serve;
const { port } = serve({ port: 0, hostname: "127.0.0.1", onListen() {} }, handler).addr;
const url = `http://127.0.0.1:${port}/`;

const stranger = createServer((request, response) => {
  response.end(JSON.stringify(request.headers.traceparent ?? null));
});
await new Promise<void>((resolve) => stranger.listen(0, () => resolve()));
const far = `http://localhost:${(stranger.address() as AddressInfo).port}/`;

const parent = {
  traceId: "0af7651916cd43dd8448eb211c80319c",
  spanId: "b7ad6b7169203331",
  flags: 1,
  tracestate: "a=1",
  requestId: "",
  baggage: new Map([["user", { value: "7" }]]),
};
const unsampled = { ...parent, flags: 0 };
const json = async (response: Promise<Response>) => await (await response).json();
const told = {
  outside: await json(caller.fetch(url)),
  inside: await caller.tracer.span("s", { parent }, () => json(caller.fetch(url))),
  request: await caller.tracer.span("s", { parent }, () => json(caller.fetch(new Request(url)))),
  redirect: await caller.tracer.span("s", { parent }, () => json(caller.fetch(`${url}to`))),
  unsampled: await caller.tracer.span("s", { parent: unsampled }, () => json(caller.fetch(url))),
  stranger: await caller.tracer.span("s", { parent }, () => json(caller.fetch(far))),
  sent: caller.tracer.finished.since(0)
    .filter(({ kind }) => kind === "client")
    .map(({ traceId, spanId }) => [traceId, spanId]),
  taken: callee.tracer.finished.since(0)
    .map(({ traceId, parentSpanId }) => [traceId, parentSpanId]),
};
console.log(JSON.stringify(told));
process.exit(0);
