import { deepEqual } from "node:assert/strict";
import { AsyncLocalStorage } from "node:async_hooks";
import { test } from "node:test";
import { diskCheck } from "../../src/health/mod.ts";
import { telltale } from "../../mod.ts";
import { current } from "../../src/core/context.ts";

interface Runtime {
  readonly Deno?: { serve(options: object, handler: (request: Request) => Response): Served };
  readonly Bun?: { serve(options: object): { readonly port: number; stop(now: boolean): void } };
}
interface Served {
  readonly addr: { readonly port: number };
  shutdown(): Promise<void>;
}
const { Bun, Deno } = globalThis as unknown as Runtime;

/** A server of the runtime's own, and how it is ended. */
function serve(handler: (request: Request) => Response): [port: number, end: () => unknown] {
  if (Bun !== undefined) {
    const server = Bun.serve({ port: 0, hostname: "127.0.0.1", fetch: handler });
    return [server.port, () => server.stop(true)];
  }
  const server = Deno!.serve({ port: 0, hostname: "127.0.0.1", onListen() {} }, handler);
  return [server.addr.port, () => server.shutdown()];
}

test("what loads code in a request leaves no context to the requests of the server after it", async () => {
  const mine = new AsyncLocalStorage<string>(), seen: unknown[] = [];
  const work: Record<string, () => Promise<unknown>> = {
    scrape: () => t.metrics.scrape(),
    fetch: async () => await (await t.fetch(url)).text(),
    redirect: async () => await (await t.fetch(`${url}/to`)).text(),
    health: async () => await t.endpoints.answer("/health", new Request(`${url}/health`), []),
    refusal: async () => await t.endpoints.answer("/metrics", new Request(`${url}/metrics`), []),
    disk: async () => await diskCheck()(new AbortController().signal),
  };
  const waiting = Object.entries(work);
  let done = Promise.resolve();
  const [port, end] = serve(() => {
    seen.push([mine.getStore(), current()?.spanId]);
    const [name, next] = waiting.shift() ?? [];
    if (next !== undefined) {
      const inSpan = () => t.tracer.span(name!, () => next());
      done = mine.run(name!, inSpan).then(() => {});
    }
    return new Response();
  });
  const target = serve(({ url }) =>
    url.endsWith("/to") ? Response.redirect(url.slice(0, -2)) : new Response()
  );
  const url = `http://127.0.0.1:${target[0]}`;
  const t = telltale({ log: { sinks: [] }, otlp: false, client: { traceHosts: ["127.0.0.1"] } });
  const requests = waiting.length + 2;
  for (let i = 0; i < requests; i++) {
    await (await fetch(`http://127.0.0.1:${port}/`)).text();
    await done;
  }
  await t.shutdown();
  await end();
  await target[1]();
  deepEqual(seen, Array.from({ length: requests }, () => [undefined, undefined]));
});
