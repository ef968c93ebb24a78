/**
 * What the bridge does with `@opentelemetry/api` 1.10 and libraries of SDK 3.1: one JSON object.
 * Run by `tests/bridge/otel_api_1_10_test.ts`; this folder has packages of its own.
 */
import * as api from "@opentelemetry/api";
import * as logsApi from "@opentelemetry/api-logs";
import { suppressTracing, W3CTraceContextPropagator } from "@opentelemetry/core";
import * as sdkLogs from "@opentelemetry/sdk-logs";
import * as sdkTrace from "@opentelemetry/sdk-trace";
import { createRequire } from "node:module";
import { OtelBridge } from "../../../src/bridge/otel/mod.ts";
import { Logger } from "../../../src/log/logger.ts";
import { Registry } from "../../../src/metrics/registry.ts";
import { Tracer } from "../../../src/trace/tracer.ts";

// The root's own copy, which lies outside of this folder's packages.
const require = createRequire(import.meta.url);
const api19: Omit<typeof api, "logs"> = require("../../../node_modules/@opentelemetry/api");
const SHARED = Symbol.for("opentelemetry.js.api.1");
const globals = globalThis as unknown as Record<symbol, unknown>;

function make() {
  const tracer = new Tracer(), log = new Logger({ sinks: [] }), metrics = new Registry();
  const bridge = new OtelBridge({ tracer, log, metrics });
  const messages = () => log.ring.since(0).map(({ message }) => message);
  return { tracer, log, metrics, bridge, messages };
}

/** Says the same through every API, and what came of it. */
async function say({ tracer, metrics, log }: ReturnType<typeof make>) {
  const spans = tracer.finished.next, records = log.ring.next;
  const carrier: Record<string, string> = {};
  api.trace.getTracer("lib").startActiveSpan("1.10", (span) => {
    api.logs.getLogger("lib", "1", { attributes: { a: 1 } }).emit({
      body: "api.logs",
      timestamp: new Date(5),
    });
    logsApi.logs.getLogger("lib").emit({ body: "api-logs" });
    api.metrics.getMeter("lib").createCounter("calls").add(1);
    api.propagation.inject(api.context.active(), carrier);
    span.end();
  });
  api19.trace.getTracer("lib").startSpan("1.9").end();
  const logged = log.ring.since(records), span = tracer.finished.since(spans)[0];
  return {
    spans: tracer.finished.since(spans).map(({ name }) => name),
    logs: logged.map(({ message }) => message),
    correlated: logged.every(({ spanId }) => spanId !== "" && spanId === span?.spanId),
    metrics: (await metrics.collect()).map(({ name }) => name),
    headers: Object.keys(carrier),
  };
}

const results: Record<string, unknown> = {};
const ways: [how: string, given: Parameters<OtelBridge["register"]>][] = [
  ["both copies", [api, logsApi]],
  ["api alone", [api]],
  ["api for both", [api, api]],
  ["symbols", []],
  ["1.9 and its logs", [api19, logsApi]],
];
for (const [how, given] of ways) {
  const parts = make(), { bridge } = parts;
  const first = bridge.register(...given), again = bridge.register(...given);
  const during = await say(parts);
  bridge.unregister();
  const after = await say(parts), isGone = globals[SHARED] === undefined;
  const anew = bridge.register(...given), later = await say(parts);
  bridge.unregister();
  results[how] = { first, again, during, after, isGone, anew, later };
}

{
  const parts = make(), early = api.logs.getLogger("early"), tracer = api.trace.getTracer("early");
  parts.bridge.register(api, logsApi);
  early.emit({ body: "early" });
  tracer.startSpan("early").end();
  results.early = [parts.messages(), parts.tracer.finished.since(0).map(({ name }) => name)];
  parts.bridge.unregister();
}

{
  // What an SDK has registered is left to it, and the rest is taken.
  const sdk = new sdkLogs.LoggerProvider({});
  api.logs.setGlobalLoggerProvider(sdk);
  const parts = make(), registration = parts.bridge.register(api, logsApi);
  results.sdkLogs = { registration, during: await say(parts) };
  parts.bridge.unregister();
  results.sdkLogsStay = api.logs.getLoggerProvider() === sdk;
  api.logs.disable();
  delete globals[SHARED];
}

{
  // A copy of an earlier version was there first: the later one can't see it.
  api19.metrics.setGlobalMeterProvider({ getMeter: () => api19.createNoopMeter() });
  const parts = make(), registration = parts.bridge.register(api, logsApi);
  results.mixed = { registration, during: await say(parts) };
  parts.bridge.unregister();
  api19.metrics.disable();
  delete globals[SHARED];
}

{
  // A later version, as Deno's own: what is free of it is taken.
  globals[SHARED] = { version: "1.999.999", metrics: { getMeter: () => api.createNoopMeter() } };
  const parts = make(), registration = parts.bridge.register(api, logsApi);
  results.later = { registration, during: await say(parts) };
  parts.bridge.unregister();
  results.laterStays = Object.keys(globals[SHARED] as object);
  delete globals[SHARED];
}

{
  const parts = make(), { bridge, tracer } = parts;
  bridge.register(api, logsApi);
  api.context.with(suppressTracing(api.context.active()), () => {
    api.trace.getTracer("exporter").startSpan("suppressed").end();
  });
  const w3c = new W3CTraceContextPropagator(), carrier: Record<string, string> = {};
  const remote = `00-${"a".repeat(32)}-${"b".repeat(16)}-01`;
  const within = w3c.extract(
    api.context.active(),
    { traceparent: remote },
    api.defaultTextMapGetter,
  );
  api.trace.getTracer("lib").startActiveSpan("continued", {}, within, (span) => {
    w3c.inject(api.context.active(), carrier, api.defaultTextMapSetter);
    span.end();
  });
  // Spans of an SDK's own provider have ours as parents, and ours have them.
  const exporter = new sdkTrace.InMemorySpanExporter();
  const own = new sdkTrace.TracerProvider({
    spanProcessors: [new sdkTrace.SimpleSpanProcessor({ exporter })],
  }).getTracer("sdk");
  tracer.span("ours", () => {
    const span = own.startSpan("theirs");
    api.context.with(api.trace.setSpan(api.context.active(), span), () => {
      tracer.span("ours again", () => {});
    });
    span.end();
  });
  const [continued, again, ours] = tracer.finished.since(0);
  const [theirs] = exporter.getFinishedSpans();
  results.libraries = {
    spans: [continued?.name, again?.name, ours?.name],
    continued: [continued?.traceId, continued?.parentSpanId],
    header: carrier.traceparent?.slice(0, 35),
    theirParent: theirs?.parentSpanContext?.spanId === ours?.spanId,
    ourParent: again?.parentSpanId === theirs?.spanContext().spanId,
  };
  bridge.unregister();
}
console.log(JSON.stringify(results));
