/** prom-client, pino and the OpenTelemetry SDK, carefully combined to do the same as Telltale. */
import {
  context,
  propagation,
  ROOT_CONTEXT,
  SpanKind,
  SpanStatusCode,
  trace,
} from "@opentelemetry/api";
import { AsyncLocalStorageContextManager } from "@opentelemetry/context-async-hooks";
import { W3CTraceContextPropagator } from "@opentelemetry/core";
import { OTLPTraceExporter } from "@opentelemetry/exporter-trace-otlp-proto";
import { resourceFromAttributes } from "@opentelemetry/resources";
import { BasicTracerProvider, BatchSpanProcessor } from "@opentelemetry/sdk-trace-base";
import pino from "pino";
import prom from "prom-client";
import { hello, listen } from "./listen.ts";

const registry = new prom.Registry();
registry.setContentType(prom.Registry.OPENMETRICS_CONTENT_TYPE as never);
const labelNames = ["method", "route", "status"];
const requests = new prom.Counter({
  name: "http_requests_total",
  help: "Requests",
  labelNames,
  registers: [registry],
});
const durations = new prom.Histogram({
  name: "http_request_duration_seconds",
  help: "Durations",
  labelNames,
  buckets: [.005, .01, .025, .05, .075, .1, .25, .5, .75, 1, 2.5, 5, 7.5, 10],
  enableExemplars: true,
  registers: [registry],
} as never);
const inProgress = new prom.Gauge({
  name: "http_requests_in_progress",
  help: "In progress",
  labelNames: ["method"],
  registers: [registry],
});

context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
propagation.setGlobalPropagator(new W3CTraceContextPropagator());
const tracer = new BasicTracerProvider({
  resource: resourceFromAttributes({ "service.name": "bench" }),
  spanProcessors: [new BatchSpanProcessor(new OTLPTraceExporter())],
}).getTracer("bench");
// Batched and off the hot path, as its documentation advises for speed.
const log = pino(
  { base: { service: "bench" } },
  pino.destination({ sync: false, minLength: 8192 }),
);
const getter = {
  get: (headers: Headers, name: string) => headers.get(name) ?? undefined,
  keys: (headers: Headers) => [...headers.keys()],
};

listen(async (request) => {
  const start = performance.now();
  const { method } = request;
  const path = new URL(request.url).pathname;
  const parent = propagation.extract(ROOT_CONTEXT, request.headers, getter);
  const attributes = {
    "http.request.method": method,
    "url.path": path,
    "url.scheme": "http",
  };
  const span = tracer.startSpan(method, { kind: SpanKind.SERVER, attributes }, parent);
  const { traceId, spanId } = span.spanContext();
  const requestId = request.headers.get("x-request-id") ?? traceId;
  const lines = log.child({ request_id: requestId, trace_id: traceId, span_id: spanId });
  inProgress.inc({ method });
  lines.info({ method, path }, "request started");
  const route = "/hello/:name";
  let status = 500;
  try {
    const response = await context.with(trace.setSpan(parent, span), () => hello(request));
    status = response.status;
    response.headers.set("x-request-id", requestId);
    return response;
  } catch (error) {
    span.recordException(error as Error);
    span.setStatus({ code: SpanStatusCode.ERROR });
    throw error;
  } finally {
    const duration_ms = performance.now() - start;
    const labels = { method, route, status: String(status) };
    requests.inc(labels);
    durations.observe({
      labels,
      value: duration_ms / 1000,
      exemplarLabels: { trace_id: traceId, span_id: spanId },
    } as never);
    inProgress.dec({ method });
    span.setAttribute("http.response.status_code", status).setAttribute("http.route", route);
    span.updateName(`${method} ${route}`);
    lines.info({ method, path, route, status, duration_ms }, "request completed");
    span.end();
  }
});
