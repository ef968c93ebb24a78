import { test } from "node:test";
import { deepEqual, equal, match, ok } from "node:assert/strict";
import { telltale } from "../../mod.ts";
import { askingOf } from "./asking.ts";

const MAX = 16_384;

/** A service with traces of a few spans and lines, and what its console answers. */
async function setup({ maxTraces, events }: { maxTraces?: number; events?: false } = {}) {
  const t = telltale({
    service: "orders",
    version: "1.4.0",
    events,
    log: { sinks: [] },
    otlp: false,
    metrics: { runtime: false },
    trace: { maxTraces },
    console: { token: "correct-horse-battery" },
  });
  const get = askingOf(t);
  // The code that keeps slow and failed traces is loaded with the first answer.
  await get("api/overview");
  let count = 0;
  const handler = t.instrument((request) => {
    const { pathname } = new URL(request.url), isSlow = pathname === "/slow";
    t.log.info("placing", { count: ++count });
    for (let i = 0; i < (isSlow ? 40 : 1); i++) {
      t.tracer.span("SELECT prices", { kind: "client" }, (span) => void span.set("n", i));
    }
    return new Response("", { status: pathname === "/fails" ? 503 : 200 });
  });
  const serve = async (path: string) => {
    await (await handler(new Request(`http://localhost${path}`))).text();
    return String(t.events?.row(t.events.next - 1)?.trace);
  };
  return { t, get, serve };
}

test("api/traces/ID has the row, the spans from the first to the last, and the lines", async () => {
  const { t, get, serve } = await setup();
  await serve("/other");
  const trace = await serve("/orders");
  const { status, body, bytes } = await get(`api/traces/${trace}`);
  equal(status, 200);
  ok(bytes <= MAX);
  deepEqual(body.spans.map(({ name }: { name: string }) => name), ["GET", "SELECT prices"]);
  deepEqual([body.left, body.leftOff, body.trace], [0, undefined, trace]);
  equal(body.row.fields.trace, trace);
  equal(t.events!.row(body.row.number)!.trace, trace);
  const own = body.lines.filter(({ message }: { message: string }) => message === "placing");
  deepEqual(own.map(({ fields }: { fields: object }) => fields), [{ count: 2 }]);
  ok(body.lines.every(({ traceId }: { traceId: string }) => traceId === trace));
  await t.shutdown();
});

test("api/traces/ID says when nothing is held, and what an id, a format and a place are", async () => {
  const { t, get, serve } = await setup(), trace = await serve("/orders");
  equal((await get(`api/traces/${"a".repeat(32)}`)).status, 404);
  for (
    const [path, error] of [
      [`api/traces/${trace.toUpperCase().replace(/^./, "G")}`, /^id must be a trace id: 32/],
      [`api/traces/${"0".repeat(32)}`, /^id must be a trace id/],
      [`api/traces/${trace}?format=jaeger`, /^format must be otlp$/],
      [`api/traces/${trace}?after=x`, /^after must be the id of a span that is held$/],
      [`api/traces/${trace}?limit=0`, /^limit must be a whole number from 1 to 2000/],
      [`api/traces/${trace}?id=${trace}`, /^Unknown parameter "id"/],
      [`api/traces?id=${trace}`, /^Unknown parameter "id"/],
    ] as const
  ) {
    const { status, body } = await get(path);
    equal(status, 400, path);
    match(body.error, error);
  }
  // What is no id is a path of the application.
  equal(
    t.endpoints.answer("/telltale/api/traces/", new Request("http://localhost/"), []),
    undefined,
  );
  equal(
    t.endpoints.answer("/telltale/api/traces/x", new Request("http://localhost/"), []),
    undefined,
  );
  await t.shutdown();
});

test("a trace that is too long for an answer comes in parts, each of 16 KB at most", async () => {
  const { t, get, serve } = await setup(), trace = await serve("/slow");
  const names: string[] = [];
  let path: string | undefined = `api/traces/${trace}`, answers = 0;
  while (path !== undefined) {
    const { body, bytes } = await get(path);
    ok(bytes <= MAX, `${bytes}`);
    ok(body.spans.length > 0);
    for (const { name, attributes } of body.spans) names.push(`${name} ${attributes.n ?? ""}`);
    equal(body.left, 41 - names.length);
    equal(body.row === undefined, answers > 0);
    path = /\S+\?after=\w+/.exec(body.leftOff ?? "")?.[0].replace("/telltale/", "");
    answers++;
  }
  ok(answers > 1);
  deepEqual(names, ["GET ", ...Array.from({ length: 40 }, (_, i) => `SELECT prices ${i}`)]);
  // Who wants it whole says so: the page does.
  const whole = await get(`api/traces/${trace}?limit=2000`);
  deepEqual([whole.body.spans.length, whole.body.left], [41, 0]);
  const two = await get(`api/traces/${trace}?limit=2`);
  deepEqual([two.body.spans.length, two.body.left], [2, 39]);
  await t.shutdown();
});

test("a span, a line and a row that are each too long for an answer are told without their details", async () => {
  const { t, get } = await setup();
  const handler = t.instrument(() => {
    for (let i = 0; i < 60; i++) t.note({ [`note ${i}`]: "n".repeat(500) });
    t.tracer.span("wide", (span) => {
      for (let i = 0; i < 120; i++) span.set(`attribute ${i}`, "x".repeat(260));
    });
    t.log.warn(
      "wide",
      Object.fromEntries(Array.from({ length: 200 }, (_, i) => [i, "y".repeat(400)])),
    );
    return new Response("");
  });
  await handler(new Request("http://localhost/"));
  const trace = t.events!.row(t.events!.next - 1)!.trace;
  for (const accept of ["application/json", "text/markdown"]) {
    const { status, bytes, text } = await get(`api/traces/${trace}`, { accept });
    deepEqual([status, bytes <= MAX], [200, true], `${bytes}`);
    match(text, /Long texts and details are cut: an answer has at most 16 KB/);
    match(text, /wide/);
  }
  await t.shutdown();
});

test("a trace as Markdown is a tree of its spans and a table of its lines", async () => {
  const { t, get, serve } = await setup(), trace = await serve("/orders");
  const { text, type, bytes } = await get(`api/traces/${trace}`, { accept: "text/markdown" });
  ok(bytes <= MAX);
  match(type, /^text\/markdown/);
  match(text, new RegExp(`^# Trace \`${trace}\``));
  match(text, /^\| GET \| 0 \|.*server/m);
  match(text, /^\| · SELECT prices \|.*client/m);
  match(text, /\| info \| placing \| \{"count":1\} \|$/m);
  await t.shutdown();
});

test("format=otlp gives a request that a collector takes: the ids, the resource, and all spans", async () => {
  const { t, get, serve } = await setup(), trace = await serve("/slow");
  const { body } = await get(`api/traces/${trace}?format=otlp`);
  const [{ resource, scopeSpans }] = body.resourceSpans;
  const names = resource.attributes.map(({ key }: { key: string }) => key);
  ok(names.includes("service.name") && names.includes("service.version"));
  const { spans } = scopeSpans[0];
  equal(spans.length, 41);
  for (const { traceId, spanId, startTimeUnixNano, endTimeUnixNano } of spans) {
    equal(traceId, trace);
    match(spanId, /^[0-9a-f]{16}$/);
    ok(BigInt(endTimeUnixNano) >= BigInt(startTimeUnixNano));
  }
  const [{ spanId }] = spans;
  ok(spans.slice(1).every(({ parentSpanId }: { parentSpanId: string }) => parentSpanId === spanId));
  await t.shutdown();
});

test("api/traces answers questions about the requests whose spans are held, and no others", async () => {
  const { t, get, serve } = await setup({ maxTraces: 10 });
  const failed = await serve("/fails"), slow = await serve("/slow");
  const gone = await serve("/orders"), traces: string[] = [];
  for (let i = 0; i < 60; i++) traces.push(await serve("/orders"));
  const of = async (q: string) => {
    const { body, bytes } = await get(`api/traces?q=${encodeURIComponent(q)}`);
    ok(bytes <= MAX);
    return body;
  };
  const listed = await of("top 100");
  const found = listed.rows.map(({ fields }: { fields: { trace: string } }) => fields.trace);
  deepEqual(found.slice(0, 10), traces.slice(-10).reverse());
  // A failed one outlasts the ring; so do the slowest of each route.
  ok(found.includes(failed));
  ok(found.length < 40, `${found.length}`);
  for (const trace of found) equal((await get(`api/traces/${trace}`)).status, 200);
  for (const { number, fields } of listed.rows) {
    equal(t.events!.row(number)!.trace, fields.trace, "the numbers are those of the rows");
  }
  deepEqual(
    (await of("status>=500")).rows.map(({ fields }: { fields: { trace: string } }) => fields.trace),
    [failed],
  );
  const table = await of("by status show count");
  deepEqual(table.groups.map(({ keys }: { keys: unknown[] }) => keys[0]).sort(), [200, 503]);
  ok([slow, gone].every((trace) => typeof trace === "string"));
  equal((await get("api/traces?q=((")).status, 400);
  match((await get("api/traces", { accept: "text/markdown" })).text, /rows match/);
  await t.shutdown();
});
