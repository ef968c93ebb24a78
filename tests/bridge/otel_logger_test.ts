import * as api from "@opentelemetry/api";
import type * as logsApi from "@opentelemetry/api-logs";
import { deepEqual, equal } from "node:assert/strict";
import { test } from "node:test";
import { OtelBridge } from "../../src/bridge/otel.ts";
import { OtelLoggerProvider } from "../../src/bridge/otel_logger.ts";
import { allFields, levelOf } from "../../src/log/record.ts";
import { Logger } from "../../src/log/logger.ts";
import { Registry } from "../../src/metrics/registry.ts";
import { Tracer } from "../../src/trace/tracer.ts";

function setUp() {
  const log = new Logger({ sinks: [], level: "trace" });
  const provider: logsApi.LoggerProvider = new OtelLoggerProvider(log);
  return { log, logger: provider.getLogger("lib", "1.0.0"), records: () => log.ring.since(0) };
}

test("a library's records land in the ring, with level, fields and scope", () => {
  const { logger, records } = setUp();
  logger.emit({ body: "started", severityNumber: 10, attributes: { port: 80, tags: ["a"] } });
  logger.emit({ eventName: "cache.miss" });
  logger.emit({ body: { a: 1 }, severityNumber: 21, timestamp: new Date(0) });
  logger.emit({ body: "failed", severityNumber: 17, exception: new TypeError("odd") });
  const scope = { "otel.scope.name": "lib", "otel.scope.version": "1.0.0" };
  const [started, miss, body, failed] = records();
  deepEqual(
    [started, miss, body, failed].map((record) => [record!.message, record!.level]),
    [["started", 10], ["cache.miss", 9], ['{"a":1}', 21], ["failed", 17]],
  );
  deepEqual(allFields(started!), { ...scope, port: 80, tags: ["a"] });
  deepEqual(allFields(miss!), { ...scope, "event.name": "cache.miss" });
  deepEqual(allFields(body!), { ...scope, "otel.timestamp": "1970-01-01T00:00:00.000Z" });
  equal((allFields(failed!).error as { type: string }).type, "TypeError");
});

test("a record belongs to the active span, or to that of the context it names", () => {
  const { log, logger, records } = setUp();
  const tracer = new Tracer(), bridge = new OtelBridge({ tracer, log, metrics: new Registry() });
  const other = bridge.tracerProvider.getTracer("").startSpan("other");
  tracer.span("request", (request) => {
    logger.emit({ body: "here" });
    const context = api.trace.setSpan(api.ROOT_CONTEXT, other as api.Span);
    logger.emit({ body: "there", context });
    deepEqual(records().map(({ spanId }) => spanId), [request.spanId, other.spanContext().spanId]);
  });
  logger.emit({ body: "nowhere" });
  equal(records()[2]!.traceId, "");
});

test("enabled() asks our level", () => {
  const { log, logger } = setUp();
  log.level = "warn";
  deepEqual([9, 13, 24].map((severityNumber) => logger.enabled({ severityNumber })), [
    false,
    true,
    true,
  ]);
  logger.emit({ body: "quiet", severityNumber: 9 });
  equal(log.ring.next, 0);
});

test("a record keeps its own severity, also where the application's level lies within", () => {
  const log = new Logger({ sinks: [], customLevels: { notice: 11 }, level: "notice" });
  const logger: logsApi.Logger = new OtelLoggerProvider(log).getLogger("lib");
  const given = [10, 11, 12, 14, 24];
  for (const severityNumber of given) logger.emit({ body: "x", severityNumber });
  deepEqual(log.ring.since(0).map((record) => [record.level, levelOf(record)]), [
    [11, "notice"],
    [12, "info"],
    [14, "warn"],
    [24, "fatal"],
  ]);
  deepEqual(given.map((severityNumber) => logger.enabled({ severityNumber })), [
    false,
    true,
    true,
    true,
    true,
  ]);
  logger.emit({ body: "odd", severityNumber: 99 as logsApi.SeverityNumber });
  equal(log.counts.records, 4);
});
