import { test } from "node:test";
import { deepEqual, equal, rejects, throws } from "node:assert/strict";
import { Faults } from "../../src/core/faults.ts";
import { HealthRegistry } from "../../src/health/registry.ts";
import { Endpoints, type EndpointsOptions } from "../../src/http/admin/endpoints.ts";
import { pathOf } from "../../src/http/request/target.ts";
import { instrument } from "../../src/http/server/instrument.ts";
import { Registry } from "../../src/metrics/registry.ts";
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
const forbidden = (why = "", whom = "direct private peers") => [
  403,
  "text/plain",
  `Forbidden: only ${whom}, or callers with a token${why}\n`,
];
const FORBIDDEN = forbidden();
const UNKNOWN =
  "; the peer is unknown: pass the instrumented handler all that the runtime passes, " +
  "as in (request, info) => handler(request, info)";

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

test("Endpoints give metrics and detail to direct private peers, the status to anyone", async () => {
  const { ask, health } = setup();
  health.check("database", () => Promise.reject(new Error("password=hunter2")));
  health.check("cache", () => ({ status: "DEGRADED", description: "cold" }));
  const bare = [503, JSON_TYPE, '{"status":"DOWN"}'];
  const proxied = { headers: { "x-forwarded-for": "127.0.0.1" } };
  for (
    const [rest, init, why] of [[PUBLIC, {}, ""], [[], {}, UNKNOWN], [
      PRIVATE,
      proxied,
      '; the header "x-forwarded-for" indicates a proxy',
    ]] as const
  ) {
    deepEqual(await ask("/metrics", [...rest], init), forbidden(why));
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
        error: "Error: password=[REDACTED]",
        lastChecked: "1970-01-01T00:00:00.000Z",
      },
      cache: { status: "DEGRADED", description: "cold", lastChecked: "1970-01-01T00:00:00.000Z" },
    },
    timestamp: "1970-01-01T00:00:00.000Z",
    version: "1.4.0",
  }]);
});

test("Endpoints give everything to callers with the token", async () => {
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
    deepEqual([response?.status, await response?.text()], [200, ""]);
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

test("Endpoints isolate and count what throws, without detail for the caller", async () => {
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

test("Endpoints refuse a path that is not valid or taken", () => {
  const rule = "start with / and contain no space, query or fragment";
  const cases: readonly (readonly [EndpointsOptions["paths"], string])[] = [
    [{ metrics: "metrics" }, `metrics must ${rule}, got "metrics"`],
    [{ metrics: "" }, `metrics must ${rule}, got ""`],
    [{ health: "/a b" }, `health must ${rule}, got "/a b"`],
    [{ live: "/live?z" }, `live must ${rule}, got "/live?z"`],
    [{ live: "/läuft" }, `live must ${rule}, got "/läuft"`],
    [{ ready: "/livez" }, 'ready must differ from the path of live, got "/livez"'],
    [{ console: "/admin" }, 'console must end with / and be longer than that, got "/admin"'],
    [{ console: "/" }, 'console must end with / and be longer than that, got "/"'],
  ];
  for (const [paths, why] of cases) {
    throws(() => setup({ paths }), {
      name: "TypeError",
      message: `Cannot set path of endpoint: ${why}`,
    });
  }
});

const LOOPBACK = [{ remoteAddr: { transport: "tcp", hostname: "::1", port: 1 } }];
const TOKEN = "correct-horse-battery";

test("Endpoints answer paths that exist, and leave all others to the application", async () => {
  const { ask, endpoints } = setup();
  endpoints.add({ path: "level", right: "read", answer: () => new Response("debug") });
  deepEqual((await ask("/telltale/level", LOOPBACK))?.[0], 200);
  const others = ["/telltale/", "/telltale/nothing", "/telltale/level/", "/telltale", "/metrics/"];
  for (const path of [...others, "/Telltale/level", "/telltale/levels", "/", ""]) {
    equal(await ask(path, LOOPBACK), undefined, path);
  }
  const moved = setup({ paths: { console: "/-/" } });
  moved.endpoints.add({ path: "level", right: "read", answer: () => new Response("debug") });
  equal(await moved.ask("/telltale/level", LOOPBACK), undefined);
  deepEqual((await moved.ask("/-/level", LOOPBACK))?.[0], 200);
});

test("Endpoints.add() guards what is added, by right and method", async () => {
  const { endpoints, ask } = setup({ access: { token: TOKEN } });
  endpoints.add({ path: "", answer: () => new Response("page") });
  endpoints.add({
    path: "level",
    methods: ["PUT", "GET"],
    answer: async (request) => new Response(`${request.method} ${await request.text()}`),
  });
  endpoints.add({ path: "data", right: "read", answer: () => new Response("data") });
  endpoints.add({ path: "broken", answer: () => Promise.reject(new Error("secret")) });
  const host = { host: "localhost:8000" };
  const put = { method: "PUT", body: "debug" };
  const whom = "callers on this machine";
  /** A request as a runtime's server makes it: `new Request` may drop the Host header. */
  const local = async (path: string, headers: Record<string, string>, method = "GET") => {
    const given = { method, url: "http://orders" + path, headers: new Headers(headers) };
    const request = Object.assign(given, { text: () => Promise.resolve("debug") });
    const response = await endpoints.answer(path, request as unknown as Request, LOOPBACK);
    return [response!.status, await response!.text()];
  };
  deepEqual(await local("/telltale/", host), [200, "page"]);
  deepEqual(await local("/telltale/", host, "HEAD"), [200, ""]);
  deepEqual(await local("/telltale/", host, "POST"), [405, "Method Not Allowed\n"]);
  deepEqual(await local("/telltale/level", host, "PUT"), [200, "PUT debug"]);
  deepEqual((await local("/telltale/level", { host: "evil.example" }, "PUT"))[0], 403);
  deepEqual(await local("/telltale/level", { ...host, origin: "http://evil" }, "PUT"), [
    403,
    `Forbidden: only ${whom}, or callers with a token\n`,
  ]);
  deepEqual(await local("/telltale/broken", host), [500, "Internal Server Error\n"]);
  for (const [rest, why] of [[PUBLIC, ""], [[], UNKNOWN]] as const) {
    deepEqual(await ask("/telltale/", [...rest]), forbidden(why, whom));
    deepEqual(await ask("/telltale/level", [...rest], put), forbidden(why, whom));
  }
  const headers = { authorization: `Bearer ${TOKEN}` };
  deepEqual((await ask("/telltale/level", PUBLIC, { ...put, headers }))?.[2], "PUT debug");
  const other = [{ remoteAddr: { transport: "tcp", hostname: "10.0.0.7", port: 1 } }];
  deepEqual((await ask("/telltale/data", other))?.[0], 200);
  deepEqual(await ask("/telltale/", other), forbidden("", whom));
  throws(() => endpoints.add({ path: "", answer: () => new Response() }), {
    message: 'Cannot add endpoint "/telltale/": path is taken',
  });
});

test("Endpoints.add() takes an answer whose headers are immutable", async () => {
  const { endpoints } = setup();
  const answer = () => Response.redirect("http://localhost/telltale/", 302);
  endpoints.add({ path: "old", right: "read", answer });
  for (const method of ["GET", "HEAD"]) {
    const request = new Request("http://orders/telltale/old", { method });
    const { status, headers } = (await endpoints.answer("/telltale/old", request, PRIVATE))!;
    deepEqual([status, headers.get("location"), headers.get("cache-control")], [
      302,
      "http://localhost/telltale/",
      "no-store",
    ]);
  }
});

test("Endpoints.add() adds nothing where the prefix is turned off", async () => {
  const { endpoints, ask } = setup({ paths: { console: false } });
  endpoints.add({ path: "", answer: () => new Response("page") });
  equal(await ask("/telltale/"), undefined);
});

test("Endpoints make a peer with too many wrong tokens wait", async () => {
  const { endpoints, ask } = setup({ access: { token: TOKEN }, clock: new ManualClock() });
  const headers = { authorization: "Bearer wrong" };
  for (let i = 0; i < 10; i++) deepEqual(await ask("/metrics", PUBLIC, { headers }), FORBIDDEN);
  const request = new Request("http://orders/metrics", { headers });
  const response = await endpoints.answer("/metrics", request, PUBLIC);
  deepEqual([response!.status, response!.headers.get("retry-after")], [429, "60"]);
  // A caller that has to wait sees as much of health as anybody; others behind its proxy are not shut out.
  deepEqual(await ask("/health", PUBLIC, { headers }), [200, JSON_TYPE, '{"status":"UP"}']);
  const right = { headers: { authorization: `Bearer ${TOKEN}` } };
  equal((await ask("/metrics", PUBLIC, right))?.[0], 200);
});

test("Endpoints.assertGuarded() refuses a console on other machines without a token", () => {
  const page = { path: "", answer: () => new Response("page") };
  const bare = setup().endpoints;
  bare.assertGuarded("0.0.0.0");
  bare.add(page);
  for (const hostname of ["127.0.0.1", "::1", "[::1]", "localhost", "127.1.2.3"]) {
    bare.assertGuarded(hostname);
  }
  for (const hostname of ["0.0.0.0", "::", "10.0.0.7", "orders.example", ""]) {
    throws(() => bare.assertGuarded(hostname), {
      name: "TypeError",
      message:
        `Cannot serve /telltale/ on ${hostname}: access.token must be set where other machines reach it`,
    });
  }
  const guarded = setup({ access: { token: TOKEN } }).endpoints;
  guarded.add(page);
  guarded.assertGuarded("0.0.0.0");
  const reading = setup().endpoints;
  reading.add({ ...page, right: "read" });
  reading.assertGuarded("0.0.0.0");
});

test("Endpoints leave out the checks of ?exclude= for callers that may see the detail", async () => {
  const { endpoints, health } = setup();
  health.check("database", () => true, { groups: ["ready"] });
  health.check("cache", () => Promise.reject(new Error("cold")), { groups: ["ready", "live"] });
  const asked = async (full: string, rest: unknown[] = PRIVATE) => {
    const path = full.slice(0, full.indexOf("?"));
    const response = (await endpoints.answer(path, new Request("http://orders" + full), rest))!;
    const type = response.headers.get("content-type")!.split(";")[0];
    return [response.status, type, await response.text()];
  };
  deepEqual(await asked("/readyz?exclude=cache"), [200, JSON_TYPE, '{"status":"UP"}']);
  deepEqual(await asked("/readyz?exclude=cache&exclude=x#x"), [200, JSON_TYPE, '{"status":"UP"}']);
  deepEqual(await asked("/readyz?exclude=database"), [503, JSON_TYPE, '{"status":"DOWN"}']);
  const [status, , body] = await asked("/health?exclude=cache");
  deepEqual([status, Object.keys(JSON.parse(body as string).components)], [200, ["database"]]);
  for (const path of ["/readyz?exclude=cache", "/health?exclude=cache"]) {
    deepEqual(await asked(path, PUBLIC), [503, JSON_TYPE, '{"status":"DOWN"}'], path);
  }
  deepEqual((await asked("/readyz?%ff=%zz&exclude=%"))[0], 503);
});

test("Endpoints answer application/health+json where it is accepted", async () => {
  const { ask, health } = setup();
  health.check("cache", () => ({ status: "DEGRADED", description: "cold" }), {
    groups: ["ready"],
  });
  const init = { headers: { accept: "application/health+json, application/json;q=0.5" } };
  const type = "application/health+json";
  const time = "1970-01-01T00:00:00.000Z";
  const checks = {
    "cache:responseTime": [
      { status: "warn", observedValue: 0, observedUnit: "ms", time, output: "cold" },
    ],
  };
  const whole = JSON.stringify({ status: "warn", releaseId: "1.4.0", checks });
  deepEqual(await ask("/health", PRIVATE, init), [200, type, whole]);
  deepEqual(await ask("/readyz", PRIVATE, init), [200, type, whole]);
  const live = '{"status":"pass","releaseId":"1.4.0"}';
  deepEqual(await ask("/livez", PRIVATE, init), [200, type, live]);
  deepEqual(await ask("/health", PUBLIC, init), [200, type, '{"status":"warn"}']);
  health.enterMaintenance("moving");
  deepEqual(await ask("/readyz", PUBLIC, init), [503, type, '{"status":"fail"}']);
});

test("Endpoints cancel the body of an answer to HEAD", async () => {
  const { endpoints } = setup();
  let cancelled = 0;
  const body = () => new ReadableStream({ cancel: () => void cancelled++ });
  endpoints.add({ path: "events", right: "read", answer: () => new Response(body()) });
  const request = new Request("http://orders/telltale/events", { method: "HEAD" });
  const response = await endpoints.answer("/telltale/events", request, PRIVATE);
  deepEqual([response?.status, await response?.text(), cancelled], [200, "", 1]);
});

test("Endpoints with fallback answer only where the application says 404", async () => {
  const { endpoints } = setup({ paths: { fallback: true } });
  const clock = new ManualClock();
  const registry = new Registry({ clock });
  const asked: string[] = [];
  let cancelled = 0;
  const own = (request: Request, peer: unknown) => {
    const path = pathOf(request.url);
    asked.push(path);
    equal(peer, PRIVATE[0]);
    if (path === "/startupz") throw new Error("own");
    if (path === "/health") return Promise.resolve(new Response("own", { status: 503 }));
    const body = new ReadableStream({ cancel: () => void cancelled++ });
    return new Response(body, { status: 404 });
  };
  const handler = instrument(own, { endpoints, registry, clock });
  const ask = async (path: string) => {
    const response = await handler(new Request("http://orders" + path), PRIVATE[0]);
    const isOwn = path === "/elsewhere" || path === "/telltale/x";
    const text = isOwn ? "" : await response.text();
    return [response.status, text.split("\n")[0]];
  };
  deepEqual(await ask("/health"), [503, "own"]);
  deepEqual(await ask("/metrics"), [200, "# for null"]);
  deepEqual(await ask("/livez"), [200, '{"status":"UP"}']);
  deepEqual(await ask("/telltale/x"), [404, ""]);
  await rejects(ask("/startupz"), { message: "own" });
  deepEqual(await ask("/elsewhere"), [404, ""]);
  deepEqual(asked, ["/health", "/metrics", "/livez", "/telltale/x", "/startupz", "/elsewhere"]);
  equal(cancelled, 2);
  const requests = (await registry.collect()).find(({ name }) => name === "http_requests_total");
  deepEqual(requests!.samples.length, 1);
});

test("Endpoints tell a refused caller why, as far as it may know", async () => {
  const { endpoints } = setup();
  const ask = async (rest: unknown[], headers: Record<string, string>) => {
    const given = { url: "http://orders/metrics", method: "GET", headers: new Headers(headers) };
    const response = await endpoints.answer("/metrics", given as unknown as Request, rest);
    return response!.status === 200 ? "" : (await response!.text()).trim();
  };
  const rule = "Forbidden: only direct private peers, or callers with a token";
  equal(await ask(PRIVATE, { host: "orders" }), "");
  equal(await ask(PUBLIC, { host: "orders" }), rule);
  equal(await ask([], {}), rule + UNKNOWN);
  equal(await ask([undefined], {}), rule + UNKNOWN);
  equal(await ask([{ env: "of a framework" }], {}), rule + UNKNOWN);
  equal(
    await ask(PRIVATE, { connection: "close" }),
    rule + '; the header "connection" indicates a proxy',
  );
  equal(
    await ask(PRIVATE, { host: "orders.example", "user-agent": "Mozilla/5.0" }),
    rule + "; in a browser, use an IP address or localhost",
  );
  const own = setup({ access: { allow: () => false } });
  const answer = await own.ask("/metrics");
  deepEqual(answer, [
    403,
    "text/plain",
    "Forbidden: access.allow refuses this caller; a token would do\n",
  ]);
});

test("Endpoints warn once where the admin paths may be open to everyone", async () => {
  const near = [{ remoteAddr: { transport: "tcp", hostname: "127.0.0.1", port: 1 } }];
  const far = [{ remoteAddr: { transport: "tcp", hostname: "10.0.0.7", port: 1 } }];
  const bun = (address: unknown) => [{ address, requestIP: () => ({ address: "127.0.0.1" }) }];
  const everywhere = bun({ address: "::", family: "IPv6", port: 8000 });
  const here = bun({ address: "127.0.0.1", family: "IPv4", port: 8000 });
  const socket = [{ remoteAddr: { transport: "unix" } }];
  const token = { authorization: `Bearer ${TOKEN}` };
  const table: readonly (readonly [
    title: string,
    listens: string | undefined,
    rest: unknown[],
    path: string,
    warned: boolean,
    options?: Partial<EndpointsOptions>,
    headers?: Record<string, string>,
  ])[] = [
    ["metrics from this machine", "0.0.0.0", near, "/metrics", true],
    ["detail from this machine", "::", near, "/health", true],
    ["Bun's server beyond", undefined, everywhere, "/metrics", true],
    ["Bun's server here", undefined, here, "/metrics", false],
    ["a listener here", "127.0.0.1", near, "/metrics", false],
    ["a listener at localhost", "localhost", near, "/metrics", false],
    ["nobody said where", undefined, near, "/metrics", true],
    ["a scraper elsewhere", "0.0.0.0", far, "/metrics", false],
    ["a unix socket", "0.0.0.0", socket, "/metrics", false],
    ["a probe", "0.0.0.0", near, "/livez", false],
    ["a token", "0.0.0.0", PUBLIC, "/metrics", false, { access: { token: TOKEN } }, token],
    ["a rule", "0.0.0.0", near, "/metrics", false, { access: { allow: () => true } }],
    ["refused", "0.0.0.0", near, "/metrics", false, {}, { via: "1.1 proxy" }],
  ];
  for (const [title, listens, rest, path, warned, options, headers = {}] of table) {
    const lines: string[] = [];
    const logger = { warn: (message: string) => void lines.push(message) };
    const { endpoints, ask } = setup({ logger, ...options });
    if (listens !== undefined) endpoints.listens(listens);
    for (let i = 0; i < 3; i++) await ask(path, rest, { headers });
    deepEqual(lines, warned ? ["admin paths may be open to everyone"] : [], title);
  }
});
