import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { run } from "../../src/core/context.ts";
import { systemClock } from "../../src/core/clock.ts";
import { Faults } from "../../src/core/faults.ts";
import { LokiSink } from "../../src/export/loki/mod.ts";
import { OtlpExporter } from "../../src/export/otlp/exporter.ts";
import { Logger } from "../../src/log/logger.ts";
import type { LogRecord } from "../../src/log/record/record.ts";
import { until } from "../e2e/wait.ts";
import { lackingBuilt } from "../peers/built.ts";
import { LokiServer } from "../peers/loki.ts";
import { HANG_MS } from "../tool.ts";

const NAUGHTY: readonly string[] = JSON.parse(
  readFileSync(new URL("../data/blns.json", import.meta.url), "utf8"),
);

test("LokiSink delivers lines, labels, metadata and times to a real Loki", {
  skip: lackingBuilt("peers/loki"),
  timeout: HANG_MS,
}, async () => {
  await using server = await LokiServer.start();
  const loki = new LokiSink({
    url: server.url,
    labels: { region: "eu" },
    metadata: ["order", "note"],
  });
  const log = new Logger({ level: "info", service: "orders", signals: false, sinks: [loki] });
  const context = {
    traceId: "0af7651916cd43dd8448eb211c80319c",
    spanId: "b7ad6b7169203331",
    flags: 1,
    tracestate: "",
    requestId: "req-1",
  };
  run(context, () => log.category("db").warn("in a request", { order: { id: 7 }, other: 1 }));
  for (const [i, text] of NAUGHTY.entries()) log.info(text, { i, note: text });
  log.info("long", { a: "x".repeat(200_000), b: Array(40).fill("é".repeat(3000)) });
  await log.flush();
  const wanted = NAUGHTY.length + 2;
  assert.equal(loki.counts.written, wanted);
  assert.equal(loki.waiting, 0);
  const lines = await until(`${wanted} lines in Loki`, async () => {
    const found = await server.lines('{service_name="orders"}');
    return found.length >= wanted ? found : undefined;
  });
  assert.equal(lines.length, wanted);
  const { ring } = log;
  // Without labels that Loki adds.
  const [[{ detected_level: _, ...labels }, time, line]] = await server.lines(
    '{service_name="orders", level="warn", region="eu"} | trace_id="' + context.traceId + '"',
  ) as [typeof lines[0]];
  assert.deepEqual(labels, {
    service_name: "orders",
    level: "warn",
    region: "eu",
    trace_id: context.traceId,
    span_id: context.spanId,
    request_id: "req-1",
    logger: "db",
    // Loki 3.5 takes metadata as it stands in the JSON, escapes and all; lines it reads as they are.
    order: '{\\"id\\":7}',
  });
  assert.equal(time, `${ring.at(0)!.timeMs}000000`);
  assert.equal(JSON.parse(line).msg, "in a request");
  // A line longer than Loki takes is cut and says so; all others are whole.
  const whole = lines.filter(([, , text]) => !text.endsWith(" cut]"));
  assert.equal(whole.length, wanted - 1);
  const messages = new Map<unknown, string>(
    whole.map(([, , text]) => JSON.parse(text)).map(({ i, msg }) => [i, msg]),
  );
  for (const [i, text] of NAUGHTY.entries()) assert.equal(messages.get(i), text);
});

test("a real Loki keeps equal lines of one millisecond in order, pushed and by OTLP", {
  skip: lackingBuilt("peers/loki"),
  timeout: HANG_MS,
}, async () => {
  await using server = await LokiServer.start();
  const now = Date.now(), clock = { ...systemClock, now: () => now };
  const format = { encode: ({ message }: LogRecord) => message };
  const labels = { half: "push \ud800", mark: "\ufffd", long: "é".repeat(3000) };
  const loki = new LokiSink({ url: server.url, format, labels });
  const exporter = new OtlpExporter({
    endpoint: `${server.url}/otlp`,
    traces: false,
    metrics: false,
    resource: { "service.name": "otlp" },
    signals: false,
  });
  const both = { name: "both", write: (record: LogRecord) => exporter.log(record) };
  const log = new Logger({ service: "push", signals: false, sinks: [loki, both], clock });
  const messages = ["retrying", "retrying", "half \ud800", "retrying", "b", "a", "b"];
  for (const message of messages) log.info(message);
  await log.flush();
  // From one request to the next, too.
  log.info("retrying");
  await log.flush();
  await exporter.flush();
  const wanted = [...messages, "retrying"].map((message) => message.toWellFormed());
  for (const service of ["push", "otlp"]) {
    const lines = await until(`all lines of ${service}`, async () => {
      const found = await server.lines(`{service_name="${service}"}`);
      return found.length >= wanted.length ? found : undefined;
    });
    assert.deepEqual(lines.map(([, , text]) => text), wanted, service);
  }
  assert.equal(exporter.counts("logs")!.exported, wanted.length);
  exporter.close();
  log.close();
});

test("the message of a real Loki about an OTLP request is reported", {
  skip: lackingBuilt("peers/loki"),
  timeout: HANG_MS,
}, async () => {
  await using server = await LokiServer.start();
  const told: string[] = [];
  const faults = new Faults((_where, error) => told.push((error as Error).message));
  const exporter = new OtlpExporter({
    endpoint: `${server.url}/otlp`,
    traces: false,
    metrics: false,
    resource: { "service.name": "old" },
    faults,
    signals: false,
  });
  const ring = new Logger({
    sinks: [],
    clock: { ...systemClock, now: () => Date.UTC(2001, 0, 1) },
  });
  ring.info("of long ago");
  exporter.log(ring.ring.at(0)!);
  await exporter.flush();
  exporter.close();
  assert.equal(told.length, 1);
  assert.ok(
    told[0]!.startsWith(`Cannot export to ${new URL(server.url).host}: HTTP 400 `),
    told[0],
  );
  assert.match(told[0]!, /timestamp too old/);
  assert.doesNotMatch(told[0]!, /[\p{Cc}\ufffd]/u);
});
