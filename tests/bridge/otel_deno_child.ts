import * as api from "@opentelemetry/api";
import { OtelBridge } from "../../src/bridge/otel/mod.ts";
import { Logger } from "../../src/log/logger.ts";
import { Registry } from "../../src/metrics/registry.ts";
import { Tracer } from "../../src/trace/tracer.ts";

const tracer = new Tracer();
const bridge = new OtelBridge({ tracer, metrics: new Registry(), log: new Logger({ sinks: [] }) });
const registration = bridge.register(api);
tracer.span("ours", () => api.trace.getTracer("lib").startSpan("a library's").end());
const spans = tracer.finished.since(0).map(({ name }) => name);
console.log(JSON.stringify({ registration, spans }));
