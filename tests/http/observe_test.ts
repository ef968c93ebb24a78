import assert from "node:assert/strict";
import { test } from "node:test";
import { Faults } from "../../src/core/faults.ts";
import type { ObserveOptions } from "../../src/http/server/options.ts";
import type { Handler } from "../../src/http/request/handler.ts";
import { instrument } from "../../src/http/server/instrument.ts";
import { setError, setRoute } from "../../src/http/server/route.ts";
import { Logger } from "../../src/log/logger.ts";
import { Registry } from "../../src/metrics/registry.ts";
import { encodeText } from "../../src/metrics/page/text.ts";
import { Tracer } from "../../src/trace/tracer.ts";
import { ManualClock } from "../manual_clock.ts";

type AnyHandler = Handler<unknown[], Response | undefined | Promise<Response | undefined>>;

function observed(handler: AnyHandler, options: ObserveOptions) {
  const clock = new ManualClock();
  const faults = new Faults();
  const registry = new Registry({ clock, faults });
  const tracer = new Tracer({ clock, faults });
  const logger = new Logger({ clock, faults, sinks: [] });
  const wrapped = instrument(handler, { registry, tracer, logger, clock, faults, ...options });
  const page = async () => encodeText(await registry.collect());
  const lines = async (prefix: string) =>
    (await page()).split("\n").filter((line) => line.startsWith(prefix));
  return { clock, faults, registry, tracer, logger, handler: wrapped, lines };
}

function get(path = "/", headers: Record<string, string> = {}): Request {
  return new Request(`http://localhost${path}`, { headers });
}

const throws = (): never => {
  throw new Error("user's");
};

test("ignore: paths and branches are handled and not observed", async () => {
  const o = observed(() => new Response("x"), { ignore: ["/favicon.ico", "/static/*"] });
  for (const path of ["/favicon.ico", "/favicon.ico?v=1", "/static/", "/static/a/b.js"]) {
    const response = await o.handler(get(path));
    assert.equal(response!.headers.has("x-request-id"), false);
  }
  assert.equal(o.tracer.finished.since(0).length, 0);
  assert.equal(o.logger.ring.next, 0);
  for (const path of ["/static", "/favicon.icon", "/a/static/"]) await o.handler(get(path));
  assert.deepEqual(await o.lines("http_requests_total"), [
    'http_requests_total{method="GET",route="unmatched",status="200"} 3',
  ]);
});

test("ignore: a rule decides; a throw counts as no", async () => {
  const ignore = (path: string, request: Request) =>
    path === "/" ? throws() : request.headers.has("x-probe");
  const o = observed(() => new Response("x"), { ignore });
  await o.handler(get("/a", { "x-probe": "1" }));
  await o.handler(get("/a"));
  await o.handler(get("/"));
  assert.equal(o.tracer.finished.since(0).length, 2);
  assert.deepEqual([...o.faults.counts()], [["ignore", 1]]);
});

test("ignore: what an ignored handler throws is rethrown, unrecorded", () => {
  const o = observed(throws, { ignore: ["/"] });
  assert.throws(() => o.handler(get()), /user's/);
  assert.equal(o.tracer.finished.since(0).length, 0);
});

test("route: names routes that setRoute() did not; a throw or nonsense is unmatched", async () => {
  const answers: Record<string, () => unknown> = {
    "/named": () => "/from-resolver",
    "/set": () => "/from-resolver",
    "/throws": throws,
    "/empty": () => "",
    "/odd": () => 5,
    "/none": () => undefined,
  };
  const route = (_request: Request, path: string) => answers[path]!() as string;
  const o = observed((request) => {
    if (request.url.endsWith("/set")) setRoute(request, "/set");
    return new Response();
  }, { route });
  for (const path of Object.keys(answers)) await o.handler(get(path));
  assert.deepEqual(await o.lines("http_requests_total"), [
    'http_requests_total{method="GET",route="/from-resolver",status="200"} 1',
    'http_requests_total{method="GET",route="/set",status="200"} 1',
    'http_requests_total{method="GET",route="unmatched",status="200"} 4',
  ]);
  assert.deepEqual([...o.faults.counts()], [["route", 1]]);
});

test("spanName: names the span; a throw leaves the name", async () => {
  const spanName = (request: Request, route: string) =>
    request.url.endsWith("/b") ? throws() : `web ${route}`;
  const o = observed((request) => {
    setRoute(request, "/x");
    return new Response();
  }, { spanName });
  for (const path of ["/a", "/b"]) await o.handler(get(path));
  assert.deepEqual(o.tracer.finished.since(0).map(({ name }) => name), ["web /x", "GET /x"]);
});

test("attributes: are set on the span, also of failures; a throw sets none", async () => {
  const o = observed((request) => request.url.endsWith("/fail") ? throws() : new Response(), {
    attributes: (request, response) => ({
      "app.tenant": request.headers.get("x-tenant") ?? throws(),
      "app.answered": response !== undefined,
    }),
  });
  await o.handler(get("/", { "x-tenant": "a" }));
  assert.throws(() => o.handler(get("/fail", { "x-tenant": "b" })), /user's/);
  await o.handler(get("/"));
  const seen = o.tracer.finished.since(0).map((
    { attributes },
  ) => [attributes["app.tenant"], attributes["app.answered"]]);
  assert.deepEqual(seen, [["a", true], ["b", false], [undefined, undefined]]);
  assert.deepEqual([...o.faults.counts()], [["attributes", 1]]);
});

test("labels: are on every metric, bounded in values and length", async () => {
  const o = observed(() => new Response(), {
    labels: {
      tenant: (request) => request.headers.get("x-tenant") ?? undefined,
      ok: (_request, response) => response?.ok,
    },
  });
  await o.handler(get("/", { "x-tenant": "a" }));
  await o.handler(get("/"));
  const [first, second] = await o.lines("http_requests_total");
  assert.equal(
    first,
    'http_requests_total{method="GET",route="unmatched",status="200",tenant="a",ok="true"} 1',
  );
  assert.match(second!, /tenant="",ok="true"/);
  await o.handler(get("/", { "x-tenant": "y".repeat(1000) }));
  for (let i = 0; i < 300; i++) await o.handler(get("/", { "x-tenant": `t${i}` }));
  const lines = await o.lines("http_requests_total");
  assert.equal(lines.length, 101);
  assert.match(lines[2]!, /tenant="y{128}"/);
  assert.ok(lines.some((line) => line.includes('tenant="_overflow"') && line.endsWith(" 203")));
  assert.match((await o.lines("http_request_duration_seconds_count"))[0]!, /tenant="a"/);
});

test("labels: a throw is the empty value", async () => {
  const o = observed(() => new Response(), { labels: { tenant: throws } });
  await o.handler(get());
  assert.match((await o.lines("http_requests_total"))[0]!, /tenant=""/);
  assert.deepEqual([...o.faults.counts()], [["label", 1]]);
});

test("headers: only those listed are captured, credentials without their value", async () => {
  const o = observed(
    () =>
      new Response("", {
        headers: { "x-cache": "hit", "set-cookie": "session=secret", "x-b": "1" },
      }),
    {
      headers: {
        request: ["User-Agent", "authorization", "x-missing"],
        response: ["x-cache", "set-cookie"],
      },
    },
  );
  await o.handler(get("/", { "user-agent": "curl/8", authorization: "Bearer secret", "x-a": "1" }));
  const { attributes } = o.tracer.finished.since(0)[0]!;
  const captured = Object.entries(attributes).filter(([name]) => name.includes(".header."));
  assert.deepEqual(captured, [
    ["http.request.header.user-agent", ["curl/8"]],
    ["http.request.header.authorization", ["[REDACTED]"]],
    ["http.response.header.x-cache", ["hit"]],
    ["http.response.header.set-cookie", ["[REDACTED]"]],
  ]);
});

test("slowMs: a slow request is logged at warn", async () => {
  let takes = 0;
  const o = observed(() => {
    o.clock.advance(takes);
    return new Response();
  }, { slowMs: 500 });
  for (takes of [499, 500]) await o.handler(get());
  const ends = o.logger.ring.since(0).filter(({ message }) => message === "request completed");
  assert.deepEqual(
    ends.map(({ severity, fields }) => [severity, fields.duration_ms, fields.slow]),
    [
      [9, 499, undefined],
      [13, 500, true],
    ],
  );
});

test("An answer of 500 and up is an error line, with the error that a router reports", async () => {
  const caught = new RangeError("no stock");
  for (
    const [status, says, level, error] of [
      [500, true, 17, caught],
      [503, false, 17, undefined],
      [404, true, 9, undefined],
    ] as const
  ) {
    const o = observed((request) => {
      setRoute(request, "/orders/:id");
      if (says) setError(request, caught);
      return new Response(null, { status });
    }, {});
    await o.handler(get("/orders/7"));
    const line = o.logger.ring.since(0).at(-1)!;
    const message = level === 17 ? "request failed" : "request completed";
    assert.deepEqual([line.message, line.severity, line.fields.status], [message, level, status]);
    assert.equal("error" in line.fields, error !== undefined);
    const [span] = o.tracer.finished.since(0);
    const exceptions = span!.events.filter(({ name }) => name === "exception");
    assert.equal(exceptions.length, error === undefined ? 0 : 1);
    assert.equal(span!.attributes["error.type"], error?.name ?? (level === 17 ? "503" : undefined));
    assert.equal(span!.statusMessage, error?.message ?? "");
  }
});

test("A response that can't be sent is a 500, and its line an error", async () => {
  const used = new Response("x");
  await used.text();
  for (const answer of [undefined, Response.error(), used]) {
    const o = observed(() => answer, {});
    await o.handler(get());
    const { message, severity, fields } = o.logger.ring.since(0).at(-1)!;
    assert.deepEqual([message, severity, fields.status], ["request failed", 17, 500]);
  }
});

test("An answer of 500 has its line at level warn, and setError() ignores what is not a request", async () => {
  const logger = new Logger({ level: "warn", sinks: [] });
  const handler = instrument((request: Request) => {
    setError(request, "text");
    return new Response(null, { status: 500 });
  }, { logger });
  await handler(get());
  const [line, ...more] = logger.ring.since(0);
  assert.deepEqual([line!.message, line!.fields.error, more], ["request failed", "text", []]);
  for (const nothing of [undefined, null, 5]) setError(nothing as never, new Error());
});

test("lines: chooses the log lines, whose category has a level of its own", async () => {
  const messages = { both: ["request started", "request completed"], end: ["request completed"] };
  for (const lines of ["both", "end", "none", undefined] as const) {
    const o = observed(() => new Response(), { lines });
    await o.handler(get());
    const told = o.logger.ring.since(0).map(({ message, category }) => [category, message]);
    const expected = lines === "none" ? [] : messages[lines ?? "both"];
    assert.deepEqual(told, expected.map((message) => ["http", message]));
  }
  const logger = new Logger({ levels: { http: "warn" }, sinks: [] });
  const handler = instrument((request: Request) => {
    logger.info("the application's own");
    return new Response(null, { status: request.url.endsWith("/fails") ? 500 : 200 });
  }, { logger });
  for (const path of ["/", "/fails"]) await handler(get(path));
  assert.deepEqual(logger.ring.since(0).map(({ message }) => message), [
    "the application's own",
    "the application's own",
    "request failed",
  ]);
});

test("knownMethods: are told apart, and no others", async () => {
  const o = observed(() => new Response(), { knownMethods: ["GET", "PROPFIND", "get"] });
  for (const method of ["GET", "PROPFIND", "get", "POST", "patch"]) {
    await o.handler({ method, url: "http://localhost/", headers: new Headers() } as Request);
  }
  const spans = o.tracer.finished.since(0).map(({ name, attributes }) => [
    name,
    attributes["http.request.method"],
    attributes["http.request.method_original"],
  ]);
  assert.deepEqual(spans, [
    ["GET", "GET", undefined],
    ["PROPFIND", "PROPFIND", undefined],
    ["get", "get", undefined],
    ["HTTP", "_OTHER", "POST"],
    ["HTTP", "_OTHER", "patch"],
  ]);
});

test("A handler that is instrumented twice is observed once", async () => {
  const registry = new Registry(), tracer = new Tracer(), logger = new Logger({ sinks: [] });
  const parts = { registry, tracer, logger };
  const inner = instrument((request: Request) => {
    setRoute(request, "/x");
    return Promise.resolve(new Response());
  }, parts);
  const outer = instrument((request: Request) => inner(request), { ...parts });
  for (const request of [get(), get()]) {
    await outer(request);
    // A request that is handled again is one more.
    await outer(request);
  }
  assert.match(
    encodeText(await registry.collect()),
    /\nhttp_requests_total\{[^}]*"\/x"[^}]*\} 4\n/,
  );
  assert.deepEqual([tracer.finished.since(0).length, logger.ring.next], [4, 8]);
});

test("Observers with different parts each record the request, its route and its error", async () => {
  const tracers = [new Tracer(), new Tracer()];
  const error = new Error("caught");
  const application = (request: Request) => {
    setRoute(request, "/x");
    setError(request, error);
    return Promise.resolve(new Response(null, { status: 500 }));
  };
  const handler = tracers.reduce(
    (inner, tracer) => instrument(inner, { tracer }) as typeof application,
    application,
  );
  await handler(get());
  for (const tracer of tracers) {
    const seen = tracer.finished.since(0).map(({ name, statusMessage }) => [name, statusMessage]);
    assert.deepEqual(seen, [["GET /x", "caught"]]);
  }
});

test("url.query is set if a query was received, without secrets", async () => {
  const o = observed(() => new Response(), {});
  for (const path of ["/", "/?", "/?q=shoes&token=T", "/#a?b"]) await o.handler(get(path));
  const queries = o.tracer.finished.since(0).map(({ attributes }) => attributes["url.query"]);
  assert.deepEqual(queries, [undefined, undefined, "q=shoes&token=%5BREDACTED%5D", undefined]);
});

test("url.scheme is the scheme of the request, also where the URL has none", async () => {
  const o = observed(() => new Response(), {});
  const table = [
    ["http://a/", undefined, "http"],
    ["https://a/", undefined, "https"],
    ["HTTPS://a/", undefined, "https"],
    ["/a", { protocol: "https" }, "https"],
    ["/a", { protocol: "http" }, "http"],
    ["/a", undefined, "http"],
  ] as const;
  for (const [url, server] of table) {
    await o.handler({ method: "GET", url, headers: new Headers() } as Request, server);
  }
  const schemes = o.tracer.finished.since(0).map(({ attributes }) => attributes["url.scheme"]);
  assert.deepEqual(schemes, table.map(([, , scheme]) => scheme));
});

test("sizes: come from Content-Length, for methods that may have a body", async () => {
  const o = observed((request) => {
    const headers = new Headers(request.headers.has("x-size") ? { "content-length": "5" } : {});
    return new Response("hello", { headers });
  }, {});
  const send = (method: string, headers: Record<string, string>) => {
    const given = new Headers(headers);
    const request = { method, url: "http://localhost/", headers: given } as unknown as Request;
    return o.handler(request);
  };
  await send("POST", { "content-length": "1234", "x-size": "1" });
  for (const length of ["", "-1", "5, 5", "1e3", "0x10", "9".repeat(20)]) {
    await send("POST", { "content-length": length });
  }
  await send("GET", { "content-length": "99" });
  assert.deepEqual(await o.lines("http_request_size_bytes_sum"), [
    'http_request_size_bytes_sum{method="POST",route="unmatched",status="200"} 1234',
  ]);
  assert.deepEqual(await o.lines("http_response_size_bytes_sum"), [
    'http_response_size_bytes_sum{method="POST",route="unmatched",status="200"} 5',
  ]);
});

test("a long path is cut, and a long URL is not kept alive", async () => {
  const o = observed(() => new Response(), {});
  await o.handler(get(`/${"a".repeat(60_000)}?${"b".repeat(4000)}`));
  const [span] = o.tracer.finished.since(0);
  const path = span!.attributes["url.path"] as string;
  assert.deepEqual([path.length, path.slice(0, 3)], [2048, "/aa"]);
  assert.equal((o.logger.ring.since(0)[0]!.fields.path as string).length, 2048);
});

test("instrument() refuses options that can't work, at start", () => {
  const cases: readonly (readonly [ObserveOptions, string])[] = [
    [{ ignore: ["static"] }, 'Cannot ignore paths: each must start with /, got "static"'],
    [
      { lines: "all" as never },
      'Cannot instrument handler: lines must be one of both, end, none, got "all"',
    ],
    [
      { knownMethods: ["a b"] },
      'Cannot instrument handler: each of knownMethods must be an HTTP token, got "a b"',
    ],
    [{ slowMs: -1 }, "Cannot instrument handler: slowMs must be at least 0, got -1"],
    [
      { labels: { route: () => "x" } },
      'Cannot label requests by "route": every request has that label',
    ],
    [
      { labels: { tenant: "x" as never } },
      'Cannot label requests: labels.tenant must be a function, got "x"',
    ],
    [
      { headers: { request: ["a b"] } },
      'Cannot capture headers: each must be the name of a header, got "a b"',
    ],
  ];
  for (const [options, message] of cases) {
    assert.throws(() => observed(() => new Response(), options), { message });
  }
  assert.throws(() => observed(() => new Response(), { labels: { "a-b": () => "x" } }), TypeError);
});

test("instrument() counts a request past the series cap once in each of the two families", async () => {
  const registry = new Registry({ maxSeries: 2 });
  const handler = instrument((request: Request) => {
    setRoute(request, new URL(request.url).pathname);
    return new Response("ok");
  }, { registry });
  for (let i = 0; i < 12; i++) await handler(new Request(`http://localhost/${i % 6}`));
  assert.equal(registry.counts.overflowed, 16);
  const counts = encodeText(await registry.collect()).split("\n")
    .filter((line) => line.startsWith("http_requests_total{"));
  assert.deepEqual(counts, [
    'http_requests_total{method="GET",route="/0",status="200"} 2',
    'http_requests_total{method="GET",route="/1",status="200"} 2',
    'http_requests_total{method="_overflow",route="_overflow",status="_overflow"} 8',
  ]);
});
