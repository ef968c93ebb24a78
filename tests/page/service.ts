/**
 * A service under observation, with its console.
 *
 * @module
 */
import { setRoute, telltale } from "../../mod.ts";
import type { Telltale } from "../../src/telltale.ts";
import { Wire } from "./wire.ts";

declare const Bun: undefined | {
  serve(options: { port: number; hostname: string; fetch: Fetch }): {
    port: number;
    stop(isNow: boolean): Promise<void>;
  };
};

type Fetch = (request: Request, ...rest: unknown[]) => Response | Promise<Response>;

/** The service, listening. */
export interface Service {
  readonly t: Telltale;
  readonly wire: Wire;
  /** Where the page is. */
  readonly url: string;
  readonly port: number;
  /** Serves a request of the service, over the network. */
  get(path: string, init?: RequestInit): Promise<void>;
  close(): Promise<void>;
}

/** Starts the service; `port` 0 is any. */
export async function startService(
  port = 0,
  { maxRecords, token, cluster }: {
    readonly maxRecords?: number;
    readonly token?: string;
    /** The name of the cluster that it is in. @default none */
    readonly cluster?: string;
  } = {},
): Promise<Service> {
  const t = telltale({
    service: "orders",
    version: "1.4.0",
    log: { sinks: [], level: "debug", maxRecords },
    trace: { maxSpans: 8192 },
    metrics: { cluster: cluster === undefined ? false : { name: cluster } },
    access: token === undefined ? undefined : { token },
  });
  const wire = new Wire(t.instrument(handler(t)));
  const server = await listen(port, (request, ...rest) => wire.pass(request, rest));
  const origin = `http://127.0.0.1:${server.port}`;
  return {
    t,
    wire,
    url: `${origin}/telltale/`,
    port: server.port,
    get: async (path, init) => {
      await (await globalThis.fetch(origin + path, init)).body?.cancel();
    },
    close: async () => {
      t.stop();
      await server.stop();
      await t.shutdown();
    },
  };
}

async function listen(
  port: number,
  fetch: Fetch,
): Promise<{ port: number; stop(): Promise<void> }> {
  if (typeof Bun !== "undefined") {
    const server = Bun.serve({ port, hostname: "127.0.0.1", fetch });
    return { port: server.port, stop: () => server.stop(true) };
  }
  const stop = new AbortController();
  const server = await new Promise<Deno.HttpServer<Deno.NetAddr>>((resolve) => {
    const started = Deno.serve({
      port,
      hostname: "127.0.0.1",
      signal: stop.signal,
      onListen: () => queueMicrotask(() => resolve(started)),
    }, fetch);
  });
  return {
    port: server.addr.port,
    stop: async () => {
      stop.abort();
      await server.finished;
    },
  };
}

/**
 * Orders of enterprise customers are charged by a slow host, and some of them fail; the fields of a
 * request are in its query.
 */
function handler(t: Telltale): Fetch {
  return async (request) => {
    const url = new URL(request.url), { searchParams: query } = url;
    const segment = query.get("segment") ?? "free", note = query.get("note");
    setRoute(request, query.get("route") ?? url.pathname);
    t.note({ segment, host: segment === "enterprise" ? "ledger.internal" : "payments.internal" });
    if (note !== null) t.note(JSON.parse(note));
    return await t.tracer.span(query.get("span") ?? "load order", async (span) => {
      const attributes = query.get("attribute");
      if (attributes !== null) span.set(attributes, attributes);
      for (let i = 0; i < Number(query.get("queries") ?? 0); i++) {
        t.tracer.span("SELECT prices", { attributes: { "db.system.name": "sqlite" } }, () => {});
      }
      t.log.info(query.get("message") ?? "placing order", { items: 3 });
      t.tracer.span("charge", () => {
        // Busy, not asleep: it takes at least so long, on any machine.
        const end = performance.now() + Number(query.get("busy") ?? 0);
        while (performance.now() < end);
      });
      if (query.has("fail")) {
        t.log.error("charge failed", { reason: "TimeoutError" });
        return new Response("no", { status: 504 });
      }
      return await Promise.resolve(new Response("ok"));
    });
  };
}

/** Rows of a service that has run for ten minutes: most are fast; those of enterprise customers are not. */
export function fillHistory(t: Telltale, now: number, count = 2000): void {
  const events = t.events!;
  let seed = 1;
  const random = () => (seed = seed * 48271 % 0x7fffffff) / 0x7fffffff;
  for (let i = 0; i < count; i++) {
    const time = now - 600_000 * (1 - i / count), isLate = i > 0.4 * count;
    const segment = random() < 0.12 ? "enterprise" : random() < 0.6 ? "free" : "pro";
    const route = random() < 0.5 ? "/orders" : "/search";
    const isSlow = isLate && segment === "enterprise" && route === "/orders" && random() < 0.9;
    const isFailed = isSlow && random() < 0.3;
    events.add({
      time,
      method: route === "/orders" ? "POST" : "GET",
      route,
      status: isFailed ? 504 : 200,
      ms: (isSlow ? 300 : 10) * (0.6 + random()),
      segment,
      host: segment === "enterprise" ? "ledger.internal" : "payments.internal",
      trace: i.toString(16).padStart(32, "0"),
      "loop.ms": random(),
    });
  }
}
