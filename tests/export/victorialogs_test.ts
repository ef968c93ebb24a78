import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { run } from "../../src/core/context.ts";
import { systemClock } from "../../src/core/clock.ts";
import { LokiSink } from "../../src/export/loki/mod.ts";
import { OtlpExporter } from "../../src/export/otlp/exporter.ts";
import { Logger } from "../../src/log/logger.ts";
import type { LogRecord } from "../../src/log/record/record.ts";
import { until } from "../e2e/wait.ts";
import { lackingBuilt } from "../peers/built.ts";
import { type StoredLine, VictoriaLogs } from "../peers/victorialogs.ts";
import { HANG_MS } from "../tool.ts";

const NAUGHTY: readonly string[] = JSON.parse(
  readFileSync(new URL("../data/blns.json", import.meta.url), "utf8"),
);

/** The lines of a query once there are so many. */
function linesOf(server: VictoriaLogs, query: string, count: number): Promise<StoredLine[]> {
  return until(`${count} lines in VictoriaLogs`, async () => {
    const found = await server.lines(query);
    return found.length >= count ? found : undefined;
  });
}

test("LokiSink delivers lines, labels, metadata and times to a real VictoriaLogs", {
  skip: lackingBuilt("peers/victorialogs"),
  timeout: HANG_MS,
}, async () => {
  await using server = await VictoriaLogs.start();
  const loki = new LokiSink({
    url: `${server.url}/insert`,
    headers: { "VL-Msg-Field": "msg" },
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
  assert.deepEqual([loki.counts.written, loki.waiting], [wanted, 0]);
  const lines = await linesOf(server, "service_name:=orders", wanted);
  assert.equal(lines.length, wanted);
  const [{ _stream_id, _time, time, ...fields }] = await server.lines(
    `{level="warn",region="eu"} trace_id:=${context.traceId}`,
  ) as [StoredLine];
  assert.deepEqual(fields, {
    _msg: "in a request",
    _stream: '{level="warn",region="eu",service_name="orders"}',
    service: "orders",
    service_name: "orders",
    level: "warn",
    region: "eu",
    trace_id: context.traceId,
    span_id: context.spanId,
    request_id: "req-1",
    logger: "db",
    order: '{"id":7}',
    "order.id": "7",
    other: "1",
  });
  assert.equal(time, new Date(log.ring.at(0)!.timeMs).toISOString());
  // It writes no zeros at the end.
  assert.equal(new Date(_time!).toISOString(), time);
  // A line that is longer than receivers take is cut, says so, and is no JSON any more.
  const [cut, ...others] = lines.filter(({ i, _msg }) =>
    i === undefined && _msg!.endsWith(" cut]")
  );
  assert.ok(cut !== undefined && others.length === 0);
  const messages = new Map(lines.map(({ i, _msg }) => [i, _msg]));
  for (const [i, text] of NAUGHTY.entries()) {
    // It stores no empty value.
    if (text !== "") assert.equal(messages.get(String(i)), text);
  }
});

test("a real VictoriaLogs keeps equal lines of one millisecond in order, pushed and by OTLP", {
  skip: lackingBuilt("peers/victorialogs"),
  timeout: HANG_MS,
}, async () => {
  await using server = await VictoriaLogs.start();
  const now = Date.now(), clock = { ...systemClock, now: () => now };
  const format = { encode: ({ message }: LogRecord) => message };
  const labels = { half: "push \ud800", mark: "\ufffd", long: "é".repeat(3000) };
  const loki = new LokiSink({ url: `${server.url}/insert`, format, labels });
  const exporter = new OtlpExporter({
    endpoint: `${server.url}/insert/opentelemetry`,
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
  for (const query of ["service_name:=push", '"service.name":=otlp']) {
    const lines = await linesOf(server, query, wanted.length);
    assert.deepEqual(lines.map(({ _msg }) => _msg), wanted, query);
  }
  assert.equal(exporter.counts("logs")!.exported, wanted.length);
  await exporter.close();
  await log.close();
});
