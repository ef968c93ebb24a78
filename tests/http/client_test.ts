import { deepEqual, equal, ok, rejects } from "node:assert/strict";
import { createServer, type IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";
import { test } from "node:test";
import { type Context, run } from "../../src/core/context.ts";
import { Faults } from "../../src/core/faults.ts";
import { type Fetch, tracedFetch, type TracedFetchOptions } from "../../src/http/client/client.ts";
import { alwaysOff } from "../../src/trace/sampling/sampler.ts";
import { b3 } from "../../src/trace/propagation/b3.ts";
import { composite, w3c } from "../../src/trace/propagation/propagator.ts";
import { Tracer } from "../../src/trace/tracer.ts";
import { ManualClock } from "../manual_clock.ts";

const context: Context = {
  traceId: "0af7651916cd43dd8448eb211c80319c",
  spanId: "b7ad6b7169203331",
  flags: 3,
  tracestate: "a=1",
  requestId: "r1",
  baggage: new Map([["tenant", { value: "acme" }]]),
};

interface Sent {
  readonly url: string;
  readonly method: string;
  readonly headers: Headers;
  readonly init: RequestInit | undefined;
}

/** A traced fetch over a `fetch` that gives these answers and keeps its requests. */
function setUp(
  answer: (sent: Sent) => Response | Promise<Response> = () => new Response("ok"),
  options: Partial<TracedFetchOptions> = {},
) {
  const clock = new ManualClock(), tracer = options.tracer ?? new Tracer({ clock });
  const sent: Sent[] = [];
  const send: Fetch = async (input, init) => {
    const request = new Request(input, init);
    const { url, method, headers } = request;
    const call = { url, method, headers, init };
    sent.push(call);
    return await answer(call);
  };
  const fetch = tracedFetch({ fetch: send, ...options, tracer });
  return { clock, tracer, sent, fetch, records: () => tracer.finished.since(0) };
}

async function withServer<T>(
  answer: (request: IncomingMessage, body: string) => string,
  use: (url: string) => Promise<T>,
): Promise<T> {
  const server = createServer((request, response) => {
    let body = "";
    request.on("data", (chunk) => body += chunk);
    request.on("end", () => response.end(answer(request, body)));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", () => resolve()));
  try {
    return await use(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`);
  } finally {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  }
}

test("tracedFetch() makes a client span by the semantic conventions", async () => {
  const { clock, fetch, sent, records } = setUp(() => {
    clock.advance(12.5);
    return new Response("made", { status: 201 });
  });
  const response = await run(
    context,
    () => fetch("http://payments.internal:8081/charge?id=7", { method: "POST", body: "x" }),
  );
  equal(await response.text(), "made");
  const [record] = records();
  deepEqual(
    [record!.name, record!.kind, record!.durationMs, record!.status],
    ["POST", "client", 12.5, "unset"],
  );
  deepEqual([record!.traceId, record!.parentSpanId], [context.traceId, context.spanId]);
  deepEqual(record!.attributes, {
    "http.request.method": "POST",
    "server.address": "payments.internal",
    "server.port": 8081,
    "url.full": "http://payments.internal:8081/charge?id=7",
    "http.response.status_code": 201,
  });
  equal(sent[0]!.headers.get("traceparent"), `00-${context.traceId}-${record!.spanId}-03`);
  equal(sent[0]!.headers.get("tracestate"), "a=1");
  equal(sent[0]!.headers.get("baggage"), "tenant=acme");
});

test("tracedFetch() removes the brackets of an IPv6 address, which belong to the URL", async () => {
  const observed: string[] = [];
  const { fetch, sent, records } = setUp(undefined, {
    observe: (_method, _status, host) => observed.push(host),
    traceHosts: ["2001:DB8::1", "[::1]"],
    baggageHosts: ["[2001:db8::1]"],
  });
  const urls = ["http://[2001:db8::1]:8080/a", "https://[::1]/", "http://[2001:db8::2]/"];
  await run(context, async () => {
    for (const url of urls) await fetch(url);
  });
  const hosts = ["2001:db8::1", "::1", "2001:db8::2"];
  deepEqual(records().map(({ attributes }) => attributes["server.address"]), hosts);
  deepEqual(records().map(({ attributes }) => attributes["url.full"]), urls);
  deepEqual(observed, hosts);
  deepEqual(
    sent.map(({ headers }) => [headers.has("traceparent"), headers.has("baggage")]),
    [[true, true], [true, true], [false, false]],
  );
});

test("tracedFetch() starts a trace outside any context, and knows default ports", async () => {
  const { fetch, sent, records } = setUp();
  await fetch(new URL("https://example.com/"));
  await fetch(new Request("http://example.com/"));
  deepEqual(records().map((record) => record.attributes["server.port"]), [443, 80]);
  deepEqual(records().map((record) => record.parentSpanId), ["", ""]);
  equal(sent[0]!.headers.get("traceparent")?.slice(3, 35), records()[0]!.traceId);
});

test("tracedFetch() propagates the trace of an unrecorded span too", async () => {
  const { fetch, sent, records } = setUp(undefined, { tracer: new Tracer({ sampler: alwaysOff }) });
  await run(context, () => fetch("http://example.com/"));
  ok(sent[0]!.headers.get("traceparent")!.startsWith(`00-${context.traceId}-`));
  ok(sent[0]!.headers.get("traceparent")!.endsWith("-02"));
  deepEqual(records(), []);
});

test("tracedFetch() records 4xx and 5xx as errors", async () => {
  for (
    const [status, expected] of [[204, "unset"], [302, "unset"], [404, "error"], [503, "error"]]
  ) {
    const { fetch, records } = setUp(() => new Response(null, { status: status as number }));
    equal((await fetch("http://example.com/")).status, status);
    const [record] = records();
    deepEqual([record!.status, record!.attributes["error.type"], record!.events], [
      expected,
      expected === "error" ? String(status) : undefined,
      [],
    ]);
  }
});

test("tracedFetch() records a failure and rethrows it unchanged", async () => {
  const error = new TypeError("no route to host");
  const { fetch, records } = setUp(() => Promise.reject(error));
  await rejects(fetch("http://example.com/"), (caught) => caught === error);
  const [record] = records();
  deepEqual(
    [record!.status, record!.statusMessage, record!.attributes["error.type"]],
    ["error", "no route to host", "TypeError"],
  );
  equal(record!.events[0]!.attributes["exception.type"], "TypeError");
});

test("tracedFetch() records no error for an abort, but one for a timeout", async () => {
  const reject = ({ init }: Sent) => Promise.reject(init!.signal!.reason);
  for (
    const [reason, expected] of [
      [undefined, "unset"],
      [new Error("user left"), "unset"],
      ["plain text", "unset"],
      [new DOMException("too late", "TimeoutError"), "error"],
    ] as const
  ) {
    const observed: unknown[] = [];
    const { fetch, records } = setUp(reject, { observe: (...seen) => observed.push(seen) });
    const signal = AbortSignal.abort(reason);
    await rejects(fetch("http://example.com/", { signal }), (caught) => caught === signal.reason);
    deepEqual(records().map(({ status }) => status), [expected]);
    equal((observed[0] as unknown[])[1], expected === "error" ? "error" : "aborted");
  }
});

test("tracedFetch() removes credentials from url.full and from recorded errors", async () => {
  const cases: [url: string, full: string][] = [
    ["http://user:pass@example.com/a@b", "http://REDACTED:REDACTED@example.com/a@b"],
    ["http://user@example.com/", "http://REDACTED:REDACTED@example.com/"],
    [
      "https://s3.example.com/x?X-Amz-Signature=abc&a=1&X-Amz-Credential=def&X-Amz-Security-Token=g#f",
      "https://s3.example.com/x?X-Amz-Signature=REDACTED&a=1&X-Amz-Credential=REDACTED&X-Amz-Security-Token=REDACTED#f",
    ],
    [
      "http://example.com/?AWSAccessKeyId=k&Signature=s&X-Goog-Signature=g&sig=t",
      "http://example.com/?AWSAccessKeyId=REDACTED&Signature=REDACTED&X-Goog-Signature=REDACTED&sig=REDACTED",
    ],
    ["http://example.com/?design=1&asig=2&sigh=3", "http://example.com/?design=1&asig=2&sigh=3"],
    ["http://example.com/sig=1", "http://example.com/sig=1"],
  ];
  for (const [url, full] of cases) {
    const { fetch, records } = setUp(() => Promise.reject(new Error(`can't reach ${url}`)));
    await rejects(fetch(url));
    const [record] = records();
    equal(record!.attributes["url.full"], full);
    if (url !== full) {
      ok(!JSON.stringify(record).includes("pass@"));
      equal(record!.statusMessage, `can't reach ${full}`);
    }
  }
});

test("tracedFetch() keeps the causes of a failure where they hold no credentials", async () => {
  const url = "http://user:opensesame@example.com/?sig=Sesame%20Street#f";
  const quotes: [cause: string, shown: boolean][] = [
    ["dns error for (http://example.com/?sig=Sesame%20Street)", true],
    [`refused: ${url}`, true],
    ["connection refused", true],
    ["refused for sig Sesame Street", false],
    ["refused for user:opensesame", false],
  ];
  for (const [text, shown] of quotes) {
    const error = new TypeError("fetch failed", { cause: new Error(text) });
    const { fetch, records } = setUp(() => Promise.reject(error));
    await rejects(fetch(url), error);
    const [event] = records()[0]!.events;
    const stacktrace = String(event!.attributes["exception.stacktrace"] ?? "");
    ok(!/sesame|Street/i.test(JSON.stringify(records())), text);
    equal(stacktrace.includes("Caused by:"), shown, text);
  }
});

test("tracedFetch() sends baggage to private and listed hosts only", async () => {
  const cases: [url: string, sent: boolean][] = [
    ["http://localhost/", true],
    ["http://localhost.:80/", true],
    ["http://127.0.0.1/", true],
    ["http://[::1]/", true],
    ["http://[fd00::1]/", true],
    ["http://10.1.2.3/", true],
    ["http://2130706433/", true],
    ["http://payments/", true],
    ["http://printer.local/", true],
    ["http://a.b.internal/", true],
    ["http://app.localhost/", true],
    ["https://partner.example/", true],
    ["https://api.friends.example/", true],
    ["https://friends.example/", false],
    ["https://notfriends.example/", false],
    ["https://example.com/", false],
    ["https://internal.example.com/", false],
    ["http://8.8.8.8/", false],
    ["http://[2001:db8::1]/", false],
    ["http://xinternal/", true],
    ["http://local.com/", false],
  ];
  for (const [url, expected] of cases) {
    const { fetch, sent } = setUp(undefined, {
      baggageHosts: ["Partner.example", ".friends.example"],
    });
    await run(context, () => fetch(url));
    equal(sent[0]!.headers.has("baggage"), expected, url);
    equal(sent[0]!.headers.has("traceparent"), true, url);
  }
});

test("tracedFetch() sends the trace to listed hosts only when there is a list", async () => {
  const { fetch, sent, records } = setUp(undefined, { traceHosts: ["mine.example"] });
  await run(context, () => fetch("http://mine.example/", { headers: { a: "1" } }));
  await run(context, () => fetch("http://other.example/", { headers: { a: "2" } }));
  deepEqual(sent.map(({ headers }) => headers.has("traceparent")), [true, false]);
  deepEqual(sent.map(({ headers }) => headers.get("a")), ["1", "2"]);
  equal(records().length, 2);
});

test("tracedFetch() keeps the caller's headers and objects, and replaces a traceparent among them", async () => {
  const { fetch, sent } = setUp();
  const headers = new Headers({
    accept: "text/html",
    traceparent: "00-11111111111111111111111111111111-2222222222222222-01",
    tracestate: "stranger=1",
    baggage: "mine=1",
  });
  const before = [...headers], init = { headers, method: "PUT", body: "x" };
  await fetch("http://example.com/", init);
  deepEqual([...headers], before);
  deepEqual(init, { headers, method: "PUT", body: "x" });
  const seen = sent[0]!.headers;
  equal(seen.get("accept"), "text/html");
  equal(seen.get("baggage"), "mine=1");
  equal(seen.get("tracestate"), null);
  ok(!seen.get("traceparent")!.includes("11111111111111111111111111111111"));
});

test("tracedFetch() takes headers from init before those of a Request, as fetch does", async () => {
  const { fetch, sent } = setUp();
  const request = new Request("http://example.com/", { headers: { a: "1", b: "2" } });
  await fetch(request);
  await fetch(request, { headers: [["c", "3"]] });
  equal(request.headers.has("traceparent"), false);
  deepEqual(
    sent.map(({ headers }) => ["a", "b", "c"].map((name) => headers.get(name))),
    [["1", "2", null], [null, null, "3"]],
  );
});

test("tracedFetch() understands an init that is not a plain object", async () => {
  const { fetch, sent } = setUp();
  const model = new Request("http://other.example/", { method: "DELETE", headers: { a: "1" } });
  await fetch("http://example.com/", model);
  class Init {
    get method(): string {
      return "PATCH";
    }
  }
  await fetch("http://example.com/", new Init() as RequestInit);
  deepEqual(sent.map(({ url, method, headers }) => [url, method, headers.get("a")]), [
    ["http://example.com/", "DELETE", "1"],
    ["http://example.com/", "PATCH", null],
  ]);
  ok(sent.every(({ headers }) => headers.has("traceparent")));
});

test("tracedFetch() names an unknown method HTTP", async () => {
  const { fetch, records } = setUp();
  await fetch("http://example.com/", { method: "BREW" });
  const [record] = records();
  deepEqual(
    [
      record!.name,
      record!.attributes["http.request.method"],
      record!.attributes["http.request.method_original"],
    ],
    ["HTTP", "_OTHER", "BREW"],
  );
});

test("tracedFetch() passes through what is not HTTP or can't be read, untraced", async () => {
  const seen: unknown[] = [];
  const tracer = new Tracer();
  const fetch = tracedFetch({
    tracer,
    fetch: (...given) => {
      seen.push(given);
      return Promise.resolve(new Response());
    },
  });
  const init = {};
  const inputs = [
    "data:text/plain,hi",
    "not a url",
    "",
    undefined,
    null,
    7,
    {},
    "file:///etc/hosts",
  ];
  for (const input of inputs) await fetch(input as string, init);
  deepEqual(seen, inputs.map((input) => [input, init]));
  equal(tracer.counts.started, 0);
});

test("tracedFetch() leaves it to fetch to refuse a header", async () => {
  const tracer = new Tracer();
  const traced = tracedFetch({ tracer });
  const init = { headers: { "bad header": "1" } };
  const bare = await fetch("http://127.0.0.1:9/", init).catch((error) => error);
  await rejects(traced("http://127.0.0.1:9/", init), { name: bare.name, message: bare.message });
  equal(tracer.finished.since(0)[0]!.status, "error");
});

test("tracedFetch() calls the observer, and survives one that throws", async () => {
  const observed: unknown[] = [], faults = new Faults();
  const { clock, fetch } = setUp(() => {
    clock.advance(250);
    return new Response(null, { status: 404 });
  }, {
    faults,
    observe: (...seen) => {
      observed.push(seen);
      throw new Error("no");
    },
  });
  await fetch("http://example.com:8080/a");
  deepEqual(observed, [["GET", 404, "example.com", 0.25, "404", 8080]]);
  equal(faults.counts().get("fetch observer"), 1);
});

test("tracedFetch() sends real requests, of all shapes, with their bodies", async () => {
  const tracer = new Tracer(), traced = tracedFetch({ tracer });
  const stream = (text: string) =>
    new ReadableStream<Uint8Array>({
      start(controller) {
        for (const part of text) controller.enqueue(new TextEncoder().encode(part));
        controller.close();
      },
    });
  await withServer(
    ({ method, headers }, body) => {
      const spanId = String(headers.traceparent).slice(36, 52);
      return JSON.stringify([method, headers["x-mine"] ?? null, body, spanId]);
    },
    async (url) => {
      const headers = { "x-mine": "1" };
      const duplex = { duplex: "half" } as RequestInit;
      const request = new Request(url, { method: "PUT", headers, body: stream("abc"), ...duplex });
      const answers = [
        await traced(url),
        await traced(new URL(url), { method: "POST", headers, body: "text" }),
        await traced(request),
        await traced(url, { method: "POST", body: stream("def"), ...duplex }),
        await traced(new Request(url, { method: "POST", body: "gh" }), { headers }),
      ];
      const bodies = await Promise.all(answers.map((answer) => answer.json()));
      const spanIds = tracer.finished.since(0).map(({ spanId }) => spanId);
      deepEqual(bodies, [
        ["GET", null, "", spanIds[0]],
        ["POST", "1", "text", spanIds[1]],
        ["PUT", "1", "abc", spanIds[2]],
        ["POST", null, "def", spanIds[3]],
        ["POST", "1", "gh", spanIds[4]],
      ]);
      equal(request.bodyUsed, true);
    },
  );
});

test("tracedFetch() passes the observer the error type of the semantic conventions", async () => {
  const seen: unknown[] = [];
  const observe = (...given: unknown[]) => seen.push([given[1], given[4]]);
  for (const status of [200, 503]) {
    await setUp(() => new Response(null, { status }), { observe }).fetch("http://example.com/");
  }
  const failing = setUp(() => Promise.reject(new RangeError("no")), { observe });
  await rejects(failing.fetch("http://example.com/"));
  await rejects(failing.fetch("http://user:secret@example.com/"));
  await rejects(failing.fetch("http://example.com/", { signal: AbortSignal.abort() }));
  deepEqual(seen, [
    [200, undefined],
    [503, "503"],
    ["error", "RangeError"],
    ["error", "RangeError"],
    ["aborted", undefined],
  ]);
});

test("tracedFetch() writes the headers of the tracer's propagator", async () => {
  const tracer = new Tracer({
    propagator: composite(w3c, b3, {
      inject: ({ traceId }, carrier) => void (carrier as Headers).set("x-trace", traceId),
      extract: () => undefined,
    }),
  });
  const { fetch, sent } = setUp(undefined, { tracer });
  await fetch("http://example.com/");
  const { headers } = sent[0]!;
  equal(headers.get("x-trace"), headers.get("traceparent")!.slice(3, 35));
});

test("tracedFetch() of a real request: an abort is no error, a refused connection is one", async () => {
  const tracer = new Tracer(), traced = tracedFetch({ tracer });
  const port = await withServer(() => "", (url) => Promise.resolve(new URL(url).port));
  await rejects(traced(`http://127.0.0.1:${port}/`));
  const server = createServer(() => {});
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", () => resolve()));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
  const controller = new AbortController();
  server.on("request", () => controller.abort());
  await rejects(traced(url, { signal: controller.signal }), { name: "AbortError" });
  await rejects(traced(url, { signal: AbortSignal.timeout(20) }), { name: "TimeoutError" });
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
  deepEqual(
    tracer.finished.since(0).map(({ status, attributes }) => [
      status,
      attributes["error.type"] !== undefined,
    ]),
    [["error", true], ["unset", false], ["error", true]],
  );
});

test("tracedFetch() returns the response before its body has ended", async () => {
  const tracer = new Tracer(), traced = tracedFetch({ tracer });
  let finish = () => {};
  const server = createServer((_request, response) => {
    response.write("first");
    finish = () => response.end("last");
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", () => resolve()));
  const response = await traced(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`);
  equal(tracer.counts.finished, 1);
  const reader = response.body!.getReader(), decoder = new TextDecoder();
  let text = "";
  for (let chunk = await reader.read(); !chunk.done; chunk = await reader.read()) {
    text += decoder.decode(chunk.value);
    if (text === "first") finish();
  }
  equal(text, "firstlast");
  await new Promise((resolve) => server.close(resolve));
});

test("tracedFetch() sends a body while it is produced, without waiting for its end", async () => {
  const tracer = new Tracer(), traced = tracedFetch({ tracer });
  const first = Promise.withResolvers<void>();
  const server = createServer((request, response) => {
    let body = "";
    request.on("data", (chunk) => {
      body += chunk;
      first.resolve();
    });
    request.on("end", () => response.end(body));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", () => resolve()));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
  const encoder = new TextEncoder();
  let part = 0;
  const body = new ReadableStream<Uint8Array>({
    async pull(controller) {
      if (part++ === 0) return controller.enqueue(encoder.encode("one "));
      await first.promise;
      controller.enqueue(encoder.encode("two"));
      controller.close();
    },
  });
  const response = await traced(url, { method: "POST", body, duplex: "half" } as RequestInit);
  equal(await response.text(), "one two");
  await new Promise((resolve) => server.close(resolve));
});

test("tracedFetch() leaves no span open for an init that throws when it is read", async () => {
  const { tracer, fetch } = setUp();
  for (const key of ["method", "headers", "signal", "body"]) {
    const init = Object.defineProperty({}, key, {
      enumerable: true,
      get(): never {
        throw new Error(`no ${key}`);
      },
    });
    await rejects(fetch("http://a.example/", init), new RegExp(`no ${key}`));
  }
  equal(tracer.counts.started, tracer.counts.finished);
});
