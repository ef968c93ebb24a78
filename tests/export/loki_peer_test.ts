import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { run } from "../../src/core/context.ts";
import { LokiSink } from "../../src/export/loki.ts";
import { Logger } from "../../src/log/logger.ts";
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
  // What Loki adds by itself is left out.
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
  assert.equal(time, `${ring.at(0)!.time}000000`);
  assert.equal(JSON.parse(line).msg, "in a request");
  // A line longer than Loki takes is cut and says so; all others are whole.
  const whole = lines.filter(([, , text]) => !text.endsWith(" cut]"));
  assert.equal(whole.length, wanted - 1);
  const messages = new Map<unknown, string>(
    whole.map(([, , text]) => JSON.parse(text)).map(({ i, msg }) => [i, msg]),
  );
  for (const [i, text] of NAUGHTY.entries()) assert.equal(messages.get(i), text);
});
