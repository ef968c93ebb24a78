import * as api from "@opentelemetry/api";
import type * as logsApi from "@opentelemetry/api-logs";
import { deepEqual, equal } from "node:assert/strict";
import { test } from "node:test";
import { OtelBridge } from "../../src/bridge/otel/mod.ts";
import { ROOT, withActive } from "../../src/bridge/otel/context.ts";
import { OtelLoggerProvider } from "../../src/bridge/otel/logger.ts";
import { run } from "../../src/core/context.ts";
import { Faults } from "../../src/core/faults.ts";
import { Logger } from "../../src/log/logger.ts";
import { Registry } from "../../src/metrics/registry.ts";
import { Tracer } from "../../src/trace/tracer.ts";
import { writeLogs } from "../../src/export/otlp/wire/logs.ts";
import { ProtobufOtlp } from "../../src/export/otlp/wire/protobuf.ts";
import { type Decoded, decodeProtobuf } from "../export/decode.ts";
import { ManualClock } from "../manual_clock.ts";

function setUp() {
  const log = new Logger({ sinks: [], level: "trace" });
  const provider: logsApi.LoggerProvider = new OtelLoggerProvider(log, new Tracer());
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
    [started, miss, body, failed].map((record) => [record!.message, record!.severity]),
    [["started", 10], ["cache.miss", 9], ['{"a":1}', 21], ["failed", 17]],
  );
  deepEqual(started!.fields, { ...scope, port: 80, tags: ["a"] });
  deepEqual(miss!.fields, { ...scope, "event.name": "cache.miss" });
  deepEqual(body!.fields, scope);
  equal((failed!.fields.error as { type: string }).type, "TypeError");
});

test("a record has its own times and severity text, in the ring and over OTLP", () => {
  const clock = new ManualClock(Date.UTC(2026, 0, 1));
  const log = new Logger({ sinks: [], level: "trace", clock });
  const logger: logsApi.Logger = new OtelLoggerProvider(log, new Tracer()).getLogger("lib");
  const now = clock.now(), second = 1_000_000_000n;
  const nowNs = BigInt(now) * 1_000_000n;
  const cases: [given: object, timeNs: bigint, observedNs: bigint, severity: string][] = [
    [{}, nowNs, nowNs, "warn"],
    [{ severityText: "" }, nowNs, nowNs, "warn"],
    [{ timestamp: new Date(0) }, 0n, nowNs, "warn"],
    [
      { timestamp: [1_700_000_000, 5_000_000] },
      1_700_000_000n * second + 5_000_000n,
      nowNs,
      "warn",
    ],
    [{ observedTimestamp: new Date(2000) }, 2n * second, 2n * second, "warn"],
    [
      { timestamp: new Date(1000), observedTimestamp: new Date(2000), severityText: "WARNING2" },
      second,
      2n * second,
      "WARNING2",
    ],
    // What is no time, or none that OTLP can say.
    [{ timestamp: new Date(NaN), observedTimestamp: NaN }, nowNs, nowNs, "warn"],
    [{ timestamp: new Date(-1), observedTimestamp: [2 ** 40, 0] }, nowNs, nowNs, "warn"],
    [{ severityText: "x".repeat(1000) }, nowNs, nowNs, "long"],
  ];
  for (const [given] of cases) logger.emit({ body: "x", severityNumber: 14, ...given });
  const records = log.ring.since(0);
  deepEqual(
    records.map(({ timeMs }) => BigInt(timeMs) * 1_000_000n),
    cases.map(([, timeNs]) => timeNs),
  );
  equal(records.every((record) => record.level === "warn"), true);
  const writer = new ProtobufOtlp();
  writeLogs(writer, records, {});
  const [{ scopeLogs: [{ logRecords }] }] = decodeProtobuf("logs", writer.finish()).resourceLogs;
  deepEqual(
    logRecords.map(({ timeUnixNano, observedTimeUnixNano, severityText }: Decoded) => [
      // Equal times are a nanosecond apart on the way out.
      BigInt(timeUnixNano ?? 0) / 1000n * 1000n,
      BigInt(observedTimeUnixNano) / 1000n * 1000n,
      severityText.length > 60 && severityText.length < 100 ? "long" : severityText,
    ]),
    cases.map(([, ...expected]) => expected),
  );
});

test("a record belongs to the active span, or to that of its context", () => {
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

test("enabled() follows the application's level", () => {
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
  const logger: logsApi.Logger = new OtelLoggerProvider(log, new Tracer()).getLogger("lib");
  const given = [10, 11, 12, 14, 24];
  for (const severityNumber of given) logger.emit({ body: "x", severityNumber });
  deepEqual(log.ring.since(0).map((record) => [record.severity, record.level]), [
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
  for (const severityText of ["ERROR", "warning", "loud", "off"]) {
    logger.emit({ body: "x", severityText });
  }
  deepEqual(log.ring.since(4).map(({ severity }) => severity), [17, 13]);
  equal(logger.enabled(null as never), false);
  logger.emit({ body: "odd", severityNumber: 99 as logsApi.SeverityNumber });
  logger.emit(null as never);
  equal(log.counts.records, 6);
});

test("a logger's attributes are on each record, also in the form of earlier versions of the API", () => {
  const log = new Logger({ sinks: [], level: "trace" });
  const faults = new Faults(() => {});
  const provider = new OtelLoggerProvider(log, new Tracer({ faults }));
  const theirs: logsApi.LoggerProvider = provider;
  const attributes = { tier: "gold", name: "not this one" };
  theirs.getLogger("lib", undefined, { attributes }).emit({ body: "a" });
  provider.getLogger("lib", undefined, { scopeAttributes: { tier: 1 } }).emit({ body: "b" });
  const throws = {
    get attributes(): never {
      throw new Error("mine");
    },
  };
  provider.getLogger("lib", "2", throws).emit({ body: "c" });
  const name = { "otel.scope.name": "lib" };
  deepEqual(log.ring.since(0).map((record) => record!.fields), [
    { ...name, "otel.scope.tier": "gold" },
    { ...name, "otel.scope.tier": 1 },
    { ...name, "otel.scope.version": "2" },
  ]);
  equal(faults.counts().get("otel log"), 1);
});

test("a logger without trace context still knows the request, and takes a context it is given", () => {
  const tracer = new Tracer(), log = new Logger({ sinks: [], level: "trace" });
  const provider = new OtelLoggerProvider(log, new Tracer());
  const logger = provider.getLogger("lib", undefined, { includeTraceContext: false });
  logger.emit({ body: "outside" });
  const span = tracer.start("request", { requestId: "r1", fields: { user: 7 } });
  run(span, () => logger.emit({ body: "inside" }));
  const context = withActive(ROOT, span, tracer);
  logger.emit({ body: "given", context });
  deepEqual(
    log.ring.since(0).map((record) => [record!.traceId, record!.spanId, record!.requestId]),
    [["", "", ""], ["", "", "r1"], [span.traceId, span.spanId, "r1"]],
  );
  equal(log.ring.at(1)!.fields.user, 7);
});
