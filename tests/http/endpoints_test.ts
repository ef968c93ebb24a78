import { test } from "node:test";
import { deepEqual, equal, throws } from "node:assert/strict";
import { Faults } from "../../src/core/faults.ts";
import { HealthRegistry } from "../../src/health/registry.ts";
import { Endpoints, type EndpointsOptions } from "../../src/http/endpoints.ts";
import { ManualClock } from "../manual_clock.ts";

const PRIVATE = [{ remoteAddr: { transport: "tcp", hostname: "127.0.0.1", port: 1 } }];
const PUBLIC = [{ remoteAddr: { transport: "tcp", hostname: "203.0.113.9", port: 1 } }];

function setup(options: Partial<EndpointsOptions> = {}) {
  const clock = new ManualClock(0);
  const faults = new Faults();
  const health = new HealthRegistry({ clock, faults });
  const registry = {
    scrape: (request?: Request) =>
      Promise.resolve(
        new Response(`# for ${request?.headers.get("accept")}\n`, {
          headers: { "content-type": "text/plain; version=0.0.4; charset=utf-8" },
        }),
      ),
  };
  const endpoints = new Endpoints({ registry, health, faults, version: "1.4.0", ...options });
  /** The answer as a table row: status, content type, body. */
  async function ask(path: string, rest: unknown[] = PRIVATE, init: RequestInit = {}) {
    const response = await endpoints.answer(path, new Request("http://orders" + path, init), rest);
    if (response === undefined) return undefined;
    const body = await response.text();
    return [response.status, response.headers.get("content-type")?.split(";")[0], body];
  }
  return { clock, faults, health, endpoints, ask };
}

const JSON_TYPE = "application/json";
const FORBIDDEN = [403, "text/plain", "Forbidden: for direct private peers, or with a token\n"];

test("Endpoints answer five paths and no other", async () => {
  const { ask } = setup();
  const headers = { accept: "text/plain" };
  const up = [200, JSON_TYPE, '{"status":"UP"}'];
  deepEqual(await ask("/metrics", PRIVATE, { headers }), [200, "text/plain", "# for text/plain\n"]);
  deepEqual(await ask("/health"), [
    200,
    JSON_TYPE,
    '{"status":"UP","components":{},"timestamp":"1970-01-01T00:00:00.000Z","version":"1.4.0"}',
  ]);
  for (const path of ["/livez", "/readyz", "/startupz"]) deepEqual(await ask(path), up);
  for (const path of ["/", "/health/", "/Health", "/metricsx", "", "__proto__", "/healthz"]) {
    equal(await ask(path), undefined, path);
  }
});

test("Endpoints give metrics and detail to direct private peers, the state to anyone", async () => {
  const { ask, health } = setup();
  health.check("database", () => Promise.reject(new Error("password=hunter2")));
  health.check("cache", () => ({ status: "DEGRADED", description: "cold" }));
  const bare = [503, JSON_TYPE, '{"status":"DOWN"}'];
  const proxied = { headers: { "x-forwarded-for": "127.0.0.1" } };
  for (const [rest, init] of [[PUBLIC, {}], [[], {}], [PRIVATE, proxied]] as const) {
    deepEqual(await ask("/metrics", [...rest], init), FORBIDDEN);
    deepEqual(await ask("/health", [...rest], init), bare);
    deepEqual(await ask("/readyz", [...rest], init), bare);
    deepEqual(await ask("/startupz", [...rest], init), bare);
    deepEqual(await ask("/livez", [...rest], init), [200, JSON_TYPE, '{"status":"UP"}']);
  }
  const [status, , body] = await ask("/health") as [number, string, string];
  deepEqual([status, JSON.parse(body)], [503, {
    status: "DOWN",
    components: {
      database: {
        status: "DOWN",
        error: "Error: password=hunter2",
        lastChecked: "1970-01-01T00:00:00.000Z",
      },
      cache: { status: "DEGRADED", description: "cold", lastChecked: "1970-01-01T00:00:00.000Z" },
    },
    timestamp: "1970-01-01T00:00:00.000Z",
    version: "1.4.0",
  }]);
});

test("Endpoints give it all to whoever has the token", async () => {
  const { ask } = setup({ access: { token: "correct-horse-battery" } });
  const headers = { authorization: "Bearer correct-horse-battery" };
  equal((await ask("/metrics", PUBLIC, { headers }))?.[0], 200);
  deepEqual(await ask("/metrics", PUBLIC), FORBIDDEN);
});

test("Endpoints answer 200 for DEGRADED and 503 for DOWN", async () => {
  for (const [critical, status, code] of [[false, "DEGRADED", 200], [true, "DOWN", 503]] as const) {
    const { ask, health } = setup();
    health.check("it", () => false, { critical });
    deepEqual(await ask("/health", PUBLIC), [code, JSON_TYPE, JSON.stringify({ status })]);
    deepEqual(await ask("/readyz", PUBLIC), [code, JSON_TYPE, JSON.stringify({ status })]);
  }
});

test("Endpoints are not ready but live while draining", async () => {
  const { ask, health } = setup();
  health.drain();
  const codes = await Promise.all(["/livez", "/readyz", "/health", "/startupz"].map((p) => ask(p)));
  deepEqual(codes.map((answer) => answer?.[0]), [200, 503, 503, 200]);
});

test("Endpoints answer within the second of a probe while a check hangs", async () => {
  const { ask, health, clock } = setup();
  health.check("hung", () => new Promise(() => {}), { critical: false, timeoutMs: 60_000 });
  const answer = ask("/readyz");
  clock.advance(900);
  deepEqual(await answer, [200, JSON_TYPE, '{"status":"DEGRADED"}']);
});

test("Endpoints run a check once for a burst of callers", async () => {
  const { ask, health } = setup();
  let runs = 0;
  health.check("it", () => void runs++);
  await Promise.all(
    Array.from({ length: 50 }, (_, i) => ask(i % 2 ? "/health" : "/readyz", PUBLIC)),
  );
  equal(runs, 1);
});

test("Endpoints run no check of other systems for liveness", async () => {
  const { ask, health } = setup();
  let runs = 0;
  health.check("database", () => void runs++);
  deepEqual(await ask("/livez"), [200, JSON_TYPE, '{"status":"UP"}']);
  equal(runs, 0);
});

test("Endpoints take GET and HEAD only", async () => {
  const { endpoints, faults } = setup();
  for (const method of ["POST", "PUT", "DELETE", "OPTIONS"]) {
    const request = new Request("http://orders/metrics", { method });
    const response = await endpoints.answer("/metrics", request, PRIVATE);
    deepEqual([response?.status, response?.headers.get("allow")], [405, "GET, HEAD"]);
  }
  for (const path of ["/metrics", "/health", "/livez"]) {
    const request = new Request("http://orders" + path, { method: "HEAD" });
    const response = await endpoints.answer(path, request, PRIVATE);
    deepEqual([response?.status, response?.body], [200, null]);
    equal(response?.headers.has("content-type"), true);
  }
  deepEqual([...faults.counts()], []);
});

test("Endpoints are never cached nor sniffed, whatever the answer", async () => {
  const { endpoints } = setup({ registry: { scrape: () => Promise.reject(new Error("boom")) } });
  const cases = [["/metrics", PRIVATE], ["/metrics", PUBLIC], ["/health", PUBLIC], [
    "/livez",
    PUBLIC,
  ]];
  for (const method of ["GET", "HEAD", "POST"]) {
    for (const [path, rest] of cases as [string, unknown[]][]) {
      const request = new Request("http://orders" + path, { method });
      const { headers } = (await endpoints.answer(path, request, rest))!;
      deepEqual([headers.get("cache-control"), headers.get("x-content-type-options")], [
        "no-store",
        "nosniff",
      ]);
    }
  }
});

test("Endpoints isolate and count what throws, and tell the caller nothing", async () => {
  const scrapes: readonly (() => Promise<Response>)[] = [
    () => Promise.reject(new Error("secret")),
    () => {
      throw new Error("secret");
    },
    () => Promise.resolve(undefined as unknown as Response),
  ];
  for (const scrape of scrapes) {
    const { ask, faults } = setup({ registry: { scrape } });
    deepEqual(await ask("/metrics"), [500, "text/plain", "Internal Server Error\n"]);
    deepEqual([...faults.counts()], [["endpoint /metrics", 1]]);
    equal((await ask("/livez"))?.[0], 200);
  }
});

test("Endpoints move and disappear on request", async () => {
  const { ask } = setup({
    paths: { metrics: "/-/metrics", health: false, live: "/healthz", ready: undefined },
  });
  const table = ["/-/metrics", "/metrics", "/health", "/healthz", "/livez", "/readyz"];
  const answers = await Promise.all(table.map((path) => ask(path)));
  deepEqual(answers.map((answer) => answer?.[0]), [200, undefined, undefined, 200, undefined, 200]);
});

test("Endpoints refuse a path that is none or taken", () => {
  const cases: readonly (readonly [EndpointsOptions["paths"], string])[] = [
    [{ metrics: "metrics" }, 'metrics to "metrics": it must start with /'],
    [{ metrics: "" }, 'metrics to "": it must start with /'],
    [{ health: "/a b" }, 'health to "/a b": it must start with /'],
    [{ live: "/live?z" }, 'live to "/live?z": it must start with /'],
    [{ live: "/läuft" }, 'live to "/läuft": it must start with /'],
    [{ ready: "/livez" }, 'ready to "/livez": another endpoint has it'],
  ];
  for (const [paths, why] of cases) {
    const full = why.endsWith("/") ? `${why} and hold no space, query or fragment` : why;
    throws(() => setup({ paths }), {
      name: "TypeError",
      message: `Cannot set path of endpoint ${full}`,
    });
  }
});
