import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { current } from "../../src/core/context.ts";
import { Faults } from "../../src/core/faults.ts";
import { HealthRegistry } from "../../src/health/registry.ts";
import { Endpoints, type Handler, instrument, setRoute } from "../../src/http/mod.ts";
import { Logger } from "../../src/log/mod.ts";
import { encodeText, Registry } from "../../src/metrics/mod.ts";
import { type Span, Tracer } from "../../src/trace/mod.ts";
import { ManualClock } from "../manual_clock.ts";

type AnyHandler = Handler<unknown[], Response | undefined | Promise<Response | undefined>>;

function observed(handler: AnyHandler, trust?: () => boolean) {
  const clock = new ManualClock();
  const faults = new Faults();
  const registry = new Registry({ clock, faults });
  const tracer = new Tracer({ clock, faults });
  const logger = new Logger({ clock, faults, sinks: [] });
  const endpoints = new Endpoints({ registry, health: new HealthRegistry({ clock }), faults });
  const options = { registry, tracer, logger, endpoints, clock, faults, trust };
  const wrapped = instrument(handler, options);
  const lines = () =>
    logger.ring.since(0).map(({ message, severity: level, traceId, requestId, fields }) => (
      { message, level, traceId, requestId, fields }
    ));
  const page = async () => encodeText(await registry.collect());
  const requests = async () =>
    (await page()).split("\n").filter((line) => line.startsWith("http_requests_total{"));
  return { clock, faults, tracer, handler: wrapped, lines, page, requests };
}

const LOCAL = { remoteAddr: { transport: "tcp", hostname: "127.0.0.1", port: 1 } };
const PUBLIC = { remoteAddr: { transport: "tcp", hostname: "203.0.113.9", port: 1 } };
const PARENT = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";

function get(path = "/", headers: Record<string, string> = {}, method = "GET"): Request {
  return new Request(`http://localhost${path}`, { headers, method });
}

test("instrument() records metrics, a span and two log lines that are correlated", async () => {
  const o = observed(async (request) => {
    setRoute(request, "/orders/:id");
    o.clock.advance(30);
    await Promise.resolve();
    return new Response("order", { status: 201 });
  });
  const response = await o.handler(get("/orders/7?secret=1"), PUBLIC);
  assert.equal(response?.status, 201);

  const [span] = o.tracer.finished.since(0);
  assert.equal(span!.name, "GET /orders/:id");
  assert.equal(span!.kind, "server");
  assert.equal(span!.durationMs, 30);
  assert.deepEqual(span!.attributes, {
    "http.request.method": "GET",
    "url.path": "/orders/7",
    "url.scheme": "http",
    "url.query": "secret=%5BREDACTED%5D",
    "http.response.status_code": 201,
    "http.route": "/orders/:id",
  });
  const id = response?.headers.get("x-request-id");
  assert.equal(id, span!.traceId);
  assert.deepEqual(o.lines(), [
    {
      message: "request started",
      level: 9,
      traceId: id,
      requestId: id,
      fields: { method: "GET", path: "/orders/7" },
    },
    {
      message: "request completed",
      level: 9,
      traceId: id,
      requestId: id,
      fields: {
        method: "GET",
        path: "/orders/7",
        route: "/orders/:id",
        status: 201,
        duration_ms: 30,
      },
    },
  ]);
  const page = await o.page();
  const labels = 'method="GET",route="/orders/:id",status="201"';
  assert.ok(page.includes(`http_requests_total{${labels}} 1\n`));
  assert.ok(page.includes(`http_request_duration_seconds_bucket{${labels},le="0.025"} 0\n`));
  assert.ok(page.includes(`http_request_duration_seconds_bucket{${labels},le="0.05"} 1\n`));
  assert.ok(page.includes('http_requests_in_progress{method="GET"} 0\n'));
});

test("instrument() counts requests in progress", async () => {
  const gate = Promise.withResolvers<Response>();
  const o = observed(() => gate.promise);
  const answer = o.handler(get());
  assert.ok((await o.page()).includes('http_requests_in_progress{method="GET"} 1\n'));
  gate.resolve(new Response());
  await answer;
  assert.ok((await o.page()).includes('http_requests_in_progress{method="GET"} 0\n'));
});

test("instrument() returns the same response object, synchronously from a synchronous handler", () => {
  const response = new Response("x");
  const o = observed(() => response);
  assert.equal(o.handler(get()), response);
});

test("instrument() passes on the request and extra arguments", () => {
  const seen: unknown[] = [];
  const o = observed((request, ...rest) => {
    seen.push(request, ...rest);
    return new Response();
  });
  const request = get();
  o.handler(request, LOCAL, 2, 3);
  assert.deepEqual(seen, [request, LOCAL, 2, 3]);
  assert.equal(seen[0], request);
});

for (const thrown of [new Error("boom"), undefined, "text", null, 0]) {
  test(`instrument() rethrows ${String(thrown)} unchanged and records it once`, async () => {
    const throwers: AnyHandler[] = [
      () => {
        throw thrown;
      },
      () => Promise.reject(thrown),
    ];
    for (const thrower of throwers) {
      const o = observed(thrower);
      const caught = await Promise.resolve().then(() => o.handler(get())).then(
        () => assert.fail("did not throw"),
        (error: unknown) => ({ error }),
      );
      assert.equal(caught.error, thrown);
      assert.deepEqual(await o.requests(), [
        'http_requests_total{method="GET",route="unmatched",status="500"} 1',
      ]);
      const [span, ...more] = o.tracer.finished.since(0);
      assert.equal(more.length, 0);
      assert.equal(span!.status, "error");
      assert.equal(span!.events.filter((event) => event.name === "exception").length, 1);
      assert.deepEqual(o.lines().map(({ message, level }) => [message, level]), [
        ["request started", 9],
        ["request failed", 17],
      ]);
    }
  });
}

test("instrument() marks 5xx as error, 4xx not", async () => {
  for (const [status, expected] of [[503, "error"], [404, "unset"]] as const) {
    const o = observed(() => new Response(null, { status }));
    await o.handler(get());
    assert.equal(o.tracer.finished.since(0)[0]!.status, expected);
  }
});

test("instrument() sets error.type to the status, unless the handler recorded an error", async () => {
  const declined = new RangeError("declined");
  for (
    const [recorded, status, expected] of [
      [undefined, 503, "503"],
      [undefined, 404, undefined],
      [declined, 500, "RangeError"],
    ] as const
  ) {
    const o = observed(() => {
      if (recorded !== undefined) (current() as Span).fail(recorded);
      return new Response(null, { status });
    });
    await o.handler(get());
    assert.equal(o.tracer.finished.since(0)[0]!.attributes["error.type"], expected);
  }
});

test("instrument() counts an answer that is not a response with the status that the runtime sends", async () => {
  const bun = { upgrade: () => false, requestIP: () => ({ address: "127.0.0.1" }) };
  const table = [
    [[{ ...bun, development: false }], 204],
    [[{ ...bun, development: true }], 200],
    [[LOCAL], 500],
    [[], 500],
  ] as const;
  for (const [rest, status] of table) {
    for (const answer of [undefined, null, "text", 5, {}, { status: 200 }]) {
      const o = observed(() => answer as unknown as Response);
      assert.equal(o.handler(get(), ...rest), answer);
      assert.deepEqual(await o.requests(), [
        `http_requests_total{method="GET",route="unmatched",status="${status}"} 1`,
      ]);
      assert.equal(o.faults.counts().size, 0);
    }
  }
});

test("instrument() counts a response that can't be sent as a 500", async () => {
  const read = new Response("read");
  await read.text();
  for (const answer of [read, Response.error()]) {
    const o = observed(() => answer);
    assert.equal(o.handler(get()), answer);
    assert.match((await o.requests())[0]!, /status="500"/);
  }
});

test("instrument() awaits any thenable, as the runtimes do", async () => {
  const response = new Response("x");
  // deno-lint-ignore no-explicit-any
  const thenable = { then: (resolve: any) => Promise.resolve(response).then(resolve) };
  const o = observed(() => thenable as unknown as Promise<Response>);
  assert.equal(await o.handler(get()), response);
  assert.match((await o.requests())[0]!, /status="200"/);
});

test("instrument() accepts a then that returns nothing, as await does", async () => {
  const response = new Response("x");
  const thenable = {
    then(resolve: (value: Response) => void) {
      resolve(response);
    },
  };
  const o = observed(() => thenable as unknown as Promise<Response>);
  assert.equal(await o.handler(get()), response);
  assert.match((await o.requests())[0]!, /status="200"/);
});

test("instrument() passes on its this, which is the server on Bun", () => {
  const seen: unknown[] = [];
  const handler = instrument(function (this: unknown) {
    seen.push(this);
    return new Response();
  }, { ignore: ["/ignored"] });
  const server = { handler };
  server.handler(get());
  server.handler(get("/ignored"));
  handler(get());
  assert.deepEqual([seen[0] === server, seen[1] === server, seen[2]], [true, true, undefined]);
});

test("instrument() leaves the head of an upgrade alone", async () => {
  const headers = new Headers();
  // `new Response` takes no 101; the runtime's own upgrade response has one.
  const upgrade = Object.create(Response.prototype, {
    status: { value: 101 },
    headers: { value: headers },
  });
  const o = observed(() => upgrade);
  assert.equal(await o.handler(get()), upgrade);
  assert.deepEqual([...headers], []);
  assert.match((await o.requests())[0]!, /status="101"/);
});

test("instrument() does not touch bodies", async () => {
  let pulled = 0;
  const stream = new ReadableStream({
    pull(controller) {
      pulled++;
      controller.close();
    },
  }, { highWaterMark: 0 });
  const response = new Response(stream);
  const o = observed((request) => {
    assert.equal(request.bodyUsed, false);
    return response;
  });
  const request = new Request("http://localhost/", { method: "POST", body: "sent" });
  assert.equal(await o.handler(request), response);
  assert.deepEqual([pulled, response.bodyUsed, request.bodyUsed], [0, false, false]);
  assert.equal(await request.text(), "sent");
});

test("instrument() leaves immutable headers alone and counts the missing request id", async () => {
  const redirect = Response.redirect("http://localhost/elsewhere");
  try {
    redirect.headers.set("x", "y");
    return; // This runtime lets them be set.
  } catch {
    // As expected.
  }
  const o = observed(() => redirect);
  assert.equal(await o.handler(get()), redirect);
  assert.equal(o.faults.counts().get("response headers"), 1);
});

test("instrument() keeps a request id that the application set", async () => {
  const o = observed(() => new Response("", { headers: { "x-request-id": "mine" } }));
  assert.equal((await o.handler(get()))?.headers.get("x-request-id"), "mine");
});

test("instrument() accepts a valid request id and answers with it, but none that could forge lines", async () => {
  for (
    const [given, kept] of [["abc-123", true], ["a b", false], ["x".repeat(129), false]] as const
  ) {
    const o = observed(() => new Response());
    const response = await o.handler(get("/", { "x-request-id": given }));
    const { traceId } = o.tracer.finished.since(0)[0]!;
    assert.equal(response?.headers.get("x-request-id"), kept ? given : traceId);
    assert.equal(o.lines()[0]!.requestId, kept ? given : traceId);
  }
});

const TRUST: [
  name: string,
  connection: unknown,
  headers: Record<string, string>,
  trusted: boolean,
][] = [
  ["a private peer", LOCAL, {}, true],
  ["a public peer", PUBLIC, {}, false],
  ["an unknown peer", undefined, {}, false],
  ["a private peer with a forwarding header", LOCAL, { "x-forwarded-for": "1.2.3.4" }, false],
];
for (const [name, connection, headers, trusted] of TRUST) {
  test(`instrument() ${trusted ? "continues" : "links"} the trace of ${name}`, async () => {
    const o = observed(() => new Response());
    await o.handler(get("/", { traceparent: PARENT, tracestate: "a=b", ...headers }), connection);
    const [span] = o.tracer.finished.since(0);
    if (trusted) {
      assert.equal(span!.traceId, "0af7651916cd43dd8448eb211c80319c");
      assert.equal(span!.parentSpanId, "b7ad6b7169203331");
      assert.equal(span!.links.length, 0);
    } else {
      assert.notEqual(span!.traceId, "0af7651916cd43dd8448eb211c80319c");
      assert.equal(span!.links[0]!.traceId, "0af7651916cd43dd8448eb211c80319c");
    }
  });
}

test("instrument() asks the user's trust; a throw counts as no", async () => {
  const yes = observed(() => new Response(), () => true);
  await yes.handler(get("/", { traceparent: PARENT }), PUBLIC);
  assert.equal(yes.tracer.finished.since(0)[0]!.parentSpanId, "b7ad6b7169203331");
  const broken = observed(() => new Response(), () => {
    throw new Error("trust");
  });
  await broken.handler(get("/", { traceparent: PARENT }), LOCAL);
  assert.equal(broken.tracer.finished.since(0)[0]!.links.length, 1);
  assert.equal(broken.faults.counts().get("trust"), 1);
});

test("instrument() ignores broken trace headers", async () => {
  for (
    const traceparent of ["", "x", PARENT.toUpperCase(), `${PARENT}, ${PARENT}`, PARENT + "-x"]
  ) {
    const o = observed(() => new Response());
    await o.handler(get("/", { traceparent }), LOCAL);
    const [span] = o.tracer.finished.since(0);
    assert.deepEqual([span!.parentSpanId, span!.links.length], ["", 0], traceparent);
  }
});

test("instrument() makes the span current for all that the handler awaits", async () => {
  const seen: (string | undefined)[] = [];
  const o = observed(async () => {
    seen.push(current()?.traceId);
    await Promise.resolve();
    await o.tracer.span("child", () => Promise.resolve(seen.push(current()?.traceId)));
    return new Response();
  });
  await o.handler(get());
  const [child, server] = o.tracer.finished.since(0);
  assert.deepEqual(seen, [server!.traceId, server!.traceId]);
  assert.equal(child!.parentSpanId, server!.spanId);
  assert.equal(current(), undefined);
});

test("instrument() answers admin paths itself, out of metrics, spans and log", async () => {
  const o = observed(() => assert.fail("asked the handler"));
  assert.equal((await o.handler(get("/livez"), PUBLIC))?.status, 200);
  assert.equal((await o.handler(get("/metrics"), LOCAL))?.status, 200);
  assert.equal((await o.handler(get("/metrics"), PUBLIC))?.status, 403);
  assert.deepEqual(await o.requests(), []);
  assert.equal(o.tracer.finished.since(0).length, 0);
  assert.deepEqual(o.lines(), []);
});

test("instrument() makes no series and no throw of hostile requests", async () => {
  const o = observed(() => new Response());
  const naughty = JSON.parse(
    readFileSync(new URL("../data/blns.json", import.meta.url), "utf8"),
  ) as string[];
  for (const text of naughty) {
    // The runtimes' servers hand over what `new Request` would refuse: by shape, not by class.
    const headers = new Map([["traceparent", text], ["x-request-id", text], ["tracestate", text]]);
    const request = {
      method: text,
      url: `http://${text}/${text}`,
      headers: { get: (name: string) => headers.get(name) ?? null, has: () => false },
    };
    await o.handler(request as unknown as Request, LOCAL);
  }
  assert.deepEqual(await o.requests(), [
    `http_requests_total{method="_OTHER",route="unmatched",status="200"} ${naughty.length}`,
  ]);
  assert.equal(o.faults.counts().size, 0);
});

test("instrument() refuses anything but a function", () => {
  assert.throws(() => instrument(undefined as never), {
    name: "TypeError",
    message: "Cannot instrument handler: handler must be a function, got undefined",
  });
});

test("instrument() works with nothing but a handler", async () => {
  const response = await instrument(() => new Response())(get());
  assert.match(response.headers.get("x-request-id")!, /^[0-9a-f]{32}$/);
});

test("instrument() counts a response whose members throw once, and returns it unchanged", async () => {
  const odd = new Proxy(new Response("x"), {
    get: (_target, name) => {
      throw new Error(`no ${String(name)}`);
    },
    getPrototypeOf: () => Response.prototype,
  });
  const o = observed(() => odd);
  assert.equal(o.handler(get()), odd);
  assert.deepEqual(await o.requests(), [
    'http_requests_total{method="GET",route="unmatched",status="500"} 1',
  ]);
  assert.ok((await o.page()).includes('http_requests_in_progress{method="GET"} 0\n'));
  assert.equal(o.faults.counts().get("instrument"), 1);
});

test("instrument() counts a handler whose answer has a then that throws", async () => {
  const o = observed(() =>
    ({
      get then() {
        throw new Error("then");
      },
    }) as never
  );
  assert.throws(() => o.handler(get()), { message: "then" });
  assert.deepEqual(await o.requests(), [
    'http_requests_total{method="GET",route="unmatched",status="500"} 1',
  ]);
  assert.ok((await o.page()).includes('http_requests_in_progress{method="GET"} 0\n'));
});
