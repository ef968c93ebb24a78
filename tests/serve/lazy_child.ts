/**
 * Has Telltale load its code inside a context, piece by piece, and asks a bare server of Deno's after
 * each in what context its handler runs.
 */
import { current, run } from "../../src/core/context.ts";
import { diskCheck } from "../../src/health/checks/capacity.ts";
import { telltale } from "../../mod.ts";

interface DenoNamespace {
  serve(options: object, handler: () => Response): { readonly addr: { readonly port: number } };
  exit(): never;
}

const { Deno } = globalThis as unknown as { Deno: DenoNamespace };
let seen = "";
const server = Deno.serve({ port: 0, hostname: "127.0.0.1", onListen() {} }, () => {
  seen = current()?.requestId ?? "nothing";
  return new Response("x");
});
const url = `http://127.0.0.1:${server.addr.port}/`;

const t = telltale({ service: "lazy", log: { sinks: [] }, otlp: { endpoint: url } });
t.health.check("disk", diskCheck({ path: "." }));
const peer = { remoteAddr: { transport: "tcp", hostname: "127.0.0.1" } };
const ask = (path: string, info?: unknown) =>
  t.endpoints.answer(path, new Request("http://127.0.0.1" + path), [info]);

const steps: Record<string, () => unknown> = {
  "a check": () => t.health.refresh(),
  "a scrape": () => t.metrics.scrape(),
  "a refusal": () => ask("/metrics"),
  "detail": () => ask("/health", peer),
  "a request": async () => (await t.fetch(url)).body?.cancel(),
  "a cluster": () => telltale({ service: "b", log: { sinks: [] }, metrics: { cluster: true } }),
  "an export": () => t.flush(1000),
};

for (const [name, step] of Object.entries(steps)) {
  const context = { traceId: "", spanId: "", flags: 0, tracestate: "", requestId: name };
  await run(context, async () => void await step());
  await (await fetch(url)).body?.cancel();
  console.log(`${name}: ${seen}`);
}
Deno.exit();
