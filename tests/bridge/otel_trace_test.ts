import * as api from "@opentelemetry/api";
import { httpInstrumentationMiddleware } from "@hono/otel";
import { Hono } from "hono";
import { deepEqual, equal, match, notEqual } from "node:assert/strict";
import { afterEach, test } from "node:test";
import { OtelBridge } from "../../src/bridge/otel/mod.ts";
import { current } from "../../src/core/context.ts";
import { Faults } from "../../src/core/faults.ts";
import { Logger } from "../../src/log/logger.ts";
import { Registry } from "../../src/metrics/registry.ts";
import { Tracer } from "../../src/trace/tracer.ts";
import { ManualClock } from "../manual_clock.ts";

let bridge: OtelBridge;
afterEach(() => bridge.unregister());

/** Registers with this file's copy of the API. */
function setUp(options: { register?: boolean } = {}) {
  // The API takes a number before the process began for a reading of performance.now().
  const clock = new ManualClock(Date.UTC(2100, 0, 1));
  const parts = {
    tracer: new Tracer({ clock }),
    metrics: new Registry(),
    log: new Logger({ sinks: [] }),
  };
  bridge = new OtelBridge(parts);
  if (options.register !== false) bridge.register(api);
  return { ...parts, clock, records: () => parts.tracer.finished.since(0) };
}

test("the providers fit the types of the API", () => {
  setUp({ register: false });
  const provider: api.TracerProvider = bridge.tracerProvider;
  const contexts: api.ContextManager = bridge.contextManager;
  const propagator: api.TextMapPropagator = bridge.propagator;
  const meters: api.MeterProvider = bridge.meterProvider;
  const span: api.Span = provider.getTracer("lib").startSpan("work");
  const baggage: api.Baggage | undefined = api.propagation.getBaggage(contexts.active());
  deepEqual(propagator.fields(), ["traceparent", "tracestate", "baggage"]);
  equal(span.isRecording(), true);
  equal(baggage, undefined);
  equal(typeof meters.getMeter("lib").createCounter, "function");
});

test("a library's span is a child of Telltale's, and the reverse", () => {
  const { tracer, records } = setUp();
  const library = api.trace.getTracer("lib", "1.2.3");
  tracer.span(
    "request",
    () =>
      library.startActiveSpan("query", { kind: api.SpanKind.CLIENT }, (query) => {
        equal(api.trace.getActiveSpan(), query);
        equal(current()?.spanId, query.spanContext().spanId);
        tracer.span("parse", () => {});
        query.end();
      }),
  );
  const [parse, query, request] = records();
  deepEqual([query!.parentSpanId, parse!.parentSpanId], [request!.spanId, query!.spanId]);
  deepEqual([query!.kind, query!.attributes], [
    "client",
    { "otel.scope.name": "lib", "otel.scope.version": "1.2.3" },
  ]);
});

test("every method of a library's span changes the record", () => {
  const { clock, records } = setUp();
  clock.advance(10);
  const other = { traceId: "a".repeat(32), spanId: "b".repeat(16), traceFlags: 1 };
  const epoch = clock.now();
  const span = api.trace.getTracer("").startSpan("first", {
    attributes: { a: 1, tags: ["x", null, "y"] },
    links: [{ context: other, attributes: { why: "batch" } }],
    startTime: epoch - 5,
  });
  span.setAttribute("b", true).setAttributes({ c: "x", d: undefined });
  span.addEvent("early", { e: 1 }, new Date(epoch - 2)).addEvent("now").addEvent("hr", [
    Math.floor(epoch / 1000),
    (epoch % 1000) * 1e6,
  ]);
  span.recordException(new TypeError("odd"));
  span.addLink({ context: { ...other, spanId: "c".repeat(16), isRemote: true } });
  span.setStatus({ code: api.SpanStatusCode.ERROR, message: "bad" }).updateName("second");
  span.end(epoch + 7);
  span.end();
  const [record] = records();
  deepEqual(
    [record!.name, record!.startTimeMs, record!.durationMs, record!.status, record!.statusMessage],
    ["second", epoch - 5, 12, "error", "bad"],
  );
  deepEqual(record!.attributes, { a: 1, tags: ["x", "", "y"], b: true, c: "x" });
  deepEqual(record!.events.map(({ name, timeMs }) => [name, timeMs - epoch]), [
    ["early", -2],
    ["now", 0],
    ["hr", 0],
    ["exception", 0],
  ]);
  equal(record!.events[3]!.attributes["exception.type"], "TypeError");
  deepEqual(record!.links.map(({ spanId, remote, attributes }) => [spanId, remote, attributes]), [
    ["b".repeat(16), false, { why: "batch" }],
    ["c".repeat(16), true, {}],
  ]);
});

test("the API's root option and contexts choose the parent", () => {
  const { tracer, records } = setUp();
  const library = api.trace.getTracer("lib");
  const foreign = api.trace.wrapSpanContext({
    traceId: "a".repeat(32),
    spanId: "b".repeat(16),
    traceFlags: 1,
    isRemote: true,
  });
  tracer.span("request", () => {
    library.startSpan("root", { root: true }).end();
    library.startSpan("nobody's", {}, api.ROOT_CONTEXT).end();
    library.startSpan("foreign's", {}, api.trace.setSpan(api.ROOT_CONTEXT, foreign)).end();
    api.context.with(api.ROOT_CONTEXT, () => equal(current(), undefined));
    api.context.with(api.trace.setSpan(api.context.active(), foreign), () => {
      tracer.span("ours in foreign's", () => {});
    });
  });
  deepEqual(
    records().map(({ name, parentSpanId, parentRemote }) => [name, parentSpanId, parentRemote]),
    [
      ["root", "", false],
      ["nobody's", "", false],
      ["foreign's", "b".repeat(16), true],
      ["ours in foreign's", "b".repeat(16), true],
      ["request", "", false],
    ],
  );
});

test("values that libraries put in a context survive await, beside Telltale's spans", async () => {
  const { tracer } = setUp();
  const key = api.createContextKey("mine");
  await tracer.span("request", async (request) => {
    await api.context.with(api.context.active().setValue(key, 7), async () => {
      await Promise.resolve();
      equal(api.context.active().getValue(key), 7);
      equal(current(), request);
      await tracer.span("inner", async (inner) => {
        await Promise.resolve();
        equal(api.context.active().getValue(key), 7);
        equal(api.trace.getActiveSpan()?.spanContext().spanId, inner.spanId);
      });
      equal(api.trace.getActiveSpan()?.spanContext().spanId, request.spanId);
    });
    equal(api.context.active().getValue(key), undefined);
  });
  equal(api.trace.getActiveSpan(), undefined);
});

test("bind() keeps context, receiver and arguments of a function", () => {
  const { tracer } = setUp();
  const bound = tracer.span(
    "request",
    (request) =>
      api.context.bind(api.context.active(), function (this: { n: number }, add: number) {
        return [this.n + add, current() === request];
      }),
  );
  deepEqual(bound.call({ n: 1 }, 2), [3, true]);
  equal(bound.length, 1);
  equal(api.context.bind(api.ROOT_CONTEXT, 7), 7);
});

test("propagation uses Telltale's headers, with baggage both ways", () => {
  const { tracer, records } = setUp();
  const carrier: Record<string, string> = {};
  const baggage = api.propagation.createBaggage({
    tenant: { value: "café", metadata: api.baggageEntryMetadataFromString("ttl=1") },
  });
  tracer.span("send", () => {
    api.context.with(api.propagation.setBaggage(api.context.active(), baggage), () => {
      api.propagation.inject(api.context.active(), carrier);
      const ours: Record<string, string> = {};
      tracer.inject(ours);
      deepEqual(ours, carrier);
      tracer.span("child", (child) => equal(child.baggage?.get("tenant")?.value, "café"));
    });
  });
  match(carrier.traceparent!, /^00-[0-9a-f]{32}-[0-9a-f]{16}-03$/);
  equal(carrier.baggage, "tenant=caf%C3%A9;ttl=1");
  const extracted = api.propagation.extract(api.ROOT_CONTEXT, carrier);
  const entry = api.propagation.getBaggage(extracted)?.getEntry("tenant");
  deepEqual([entry?.value, entry?.metadata?.toString()], ["café", "ttl=1"]);
  api.trace.getTracer("lib").startSpan("receive", {}, extracted).end();
  const [child, send, receive] = records();
  deepEqual(
    [receive!.traceId, receive!.parentSpanId, receive!.parentRemote, child!.parentSpanId],
    [send!.traceId, send!.spanId, true, send!.spanId],
  );
});

test("a suppressed context makes no span", () => {
  const { tracer, records } = setUp();
  const key = Symbol.for("OpenTelemetry SDK Context Key SUPPRESS_TRACING");
  tracer.span("request", () => {
    const suppressed = api.context.active().setValue(key, true);
    const span = api.trace.getTracer("lib").startSpan("export", {}, suppressed);
    span.setAttribute("a", 1);
  });
  const bare = api.trace.getTracer("lib").startSpan("x", {}, api.ROOT_CONTEXT.setValue(key, true));
  deepEqual([bare.isRecording(), api.isSpanContextValid(bare.spanContext())], [false, false]);
  deepEqual(records().map(({ name }) => name), ["request"]);
});

test("a request through Hono and its OpenTelemetry middleware is one trace", async () => {
  const { tracer, records } = setUp();
  const app = new Hono();
  app.use("*", httpInstrumentationMiddleware({ serviceName: "shop" }));
  app.get("/orders/:id", async (c) => {
    await Promise.resolve();
    return tracer.span("load", () => c.json({ id: c.req.param("id") }));
  });
  app.onError((_error, c) => c.text("sorry", 500));
  app.get("/broken", () => {
    throw new Error("out of stock");
  });
  const response = await app.request("/orders/7", {
    headers: { traceparent: `00-${"a".repeat(32)}-${"b".repeat(16)}-01` },
  });
  deepEqual(await response.json(), { id: "7" });
  equal((await app.request("/broken")).status, 500);
  const [load, order, broken] = records();
  deepEqual(
    [load!.name, load!.parentSpanId, load!.traceId],
    ["load", order!.spanId, "a".repeat(32)],
  );
  deepEqual([order!.name, order!.kind, order!.parentSpanId], [
    "GET /orders/:id",
    "server",
    "b".repeat(16),
  ]);
  equal(order!.attributes["http.response.status_code"], 200);
  equal(order!.attributes["otel.scope.name"], "@hono/otel");
  deepEqual([broken!.status, broken!.events[0]?.attributes["exception.message"]], [
    "error",
    "out of stock",
  ]);
  notEqual(broken!.traceId, order!.traceId);
});

test("spans keep the request they serve", () => {
  const { tracer, records } = setUp();
  tracer.span(
    "GET",
    { kind: "server", requestId: "r-1" },
    () =>
      api.trace.getTracer("lib").startActiveSpan("a", (a) => {
        api.trace.getTracer("lib").startSpan("b").end();
        a.end();
      }),
  );
  deepEqual(records().map(({ requestId }) => requestId), ["r-1", "r-1", "r-1"]);
});

test("no method throws, whatever its arguments", () => {
  const { tracer, records } = setUp();
  const hostile = {
    get a(): string {
      throw new Error("no");
    },
  };
  const library = api.trace.getTracer("lib");
  const odd = [undefined, null, 7, "x", hostile, [null]] as unknown as never[];
  for (const value of odd) {
    const span = library.startSpan("work", {
      kind: value,
      attributes: value,
      links: value,
      startTime: value,
    });
    span.setAttribute("a", value).setAttributes(value).addEvent("e", value, value);
    span.addLink(value).addLinks(value).setStatus(value).updateName("work");
    span.recordException(value, value);
    span.end(value);
    api.propagation.inject(api.trace.setSpan(api.ROOT_CONTEXT, span), value);
    api.propagation.extract(api.ROOT_CONTEXT, value);
  }
  equal(records().length, odd.length);
  equal(tracer.faults.counts().get("otel span")! > 0, true);
});

test("an invalid context counts as the empty one, in which the function runs", () => {
  const { tracer } = setUp();
  const hostile = new Proxy({}, {
    get() {
      throw new Error("no");
    },
  });
  const contexts = bridge.contextManager, library = bridge.tracerProvider.getTracer("lib");
  for (const context of [null, undefined, 7, {}, hostile] as never[]) {
    equal(contexts.with(context, () => 1), 1);
    equal(contexts.bind(context, () => 2)(), 2);
    equal(library.startActiveSpan("span", {}, context, (span) => (span.end(), 3)), 3);
  }
  equal(tracer.finished.next, 5);
});

test("addEvent() does not throw, whatever its arguments", () => {
  const { proxy, revoke } = Proxy.revocable({}, {});
  revoke();
  const tracer = new Tracer({ faults: new Faults(() => {}) });
  bridge = new OtelBridge({ tracer, log: new Logger({ sinks: [] }), metrics: new Registry() });
  const span = bridge.tracerProvider.getTracer("lib").startSpan("work");
  span.addEvent("odd", proxy as never).addEvent("fine").end();
  deepEqual(tracer.finished.since(0)[0]!.events.map(({ name }) => name), ["fine"]);
});
