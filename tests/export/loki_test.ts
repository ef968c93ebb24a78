import assert from "node:assert/strict";
import { test } from "node:test";
import { run } from "../../src/core/context.ts";
import { Faults } from "../../src/core/faults.ts";
import { type LokiOptions, LokiSink } from "../../src/export/loki/mod.ts";
import { Logger } from "../../src/log/logger.ts";
import { ManualClock } from "../manual_clock.ts";

interface Sent {
  readonly url: string;
  readonly headers: Record<string, string>;
  readonly body: string;
}

function make(options: Partial<LokiOptions> = {}, statuses: number[] = []) {
  const clock = new ManualClock(), faults = new Faults();
  const sent: Sent[] = [];
  const loki = new LokiSink({
    url: "http://loki:3100/",
    gzip: false,
    clock,
    random: () => 0.5,
    format: { encode: ({ message }) => message },
    fetch: (url, { headers, body }) => {
      const text = new TextDecoder().decode(body as Uint8Array);
      sent.push({ url, headers: headers as Record<string, string>, body: text });
      return Promise.resolve(new Response(null, { status: statuses.shift() ?? 204 }));
    },
    ...options,
  });
  const log = new Logger({ level: "info", service: "orders", clock, faults, sinks: [loki] });
  return { clock, faults, sent, loki, log };
}

test("LokiSink pushes streams by label, ids as structured metadata, times as strings", async () => {
  const { clock, sent, loki, log } = make({
    tenant: "team-a",
    labels: { region: "eu" },
    metadata: ["order", "toString"],
  });
  const context = {
    traceId: "0af7651916cd43dd8448eb211c80319c",
    spanId: "b7ad6b7169203331",
    flags: 1,
    tracestate: "",
    requestId: "req-1",
  };
  run(context, () => log.category("db").info("in a request", { order: { id: 7 }, other: 1 }));
  clock.advance(0.5);
  log.warn("plain");
  log.info("again\n", { order: 8 });
  await log.flush();
  const [{ url, headers, body }] = sent as [Sent];
  assert.equal(url, "http://loki:3100/loki/api/v1/push");
  assert.equal(headers["content-type"], "application/json");
  assert.equal(headers["x-scope-orgid"], "team-a");
  assert.deepEqual(JSON.parse(body), {
    streams: [
      {
        stream: { service_name: "orders", level: "info", region: "eu" },
        values: [
          ["1767225600000000000", "in a request", {
            trace_id: "0af7651916cd43dd8448eb211c80319c",
            span_id: "b7ad6b7169203331",
            request_id: "req-1",
            logger: "db",
            order: '{"id":7}',
          }],
          ["1767225600000500001", "again\n", { order: "8" }],
        ],
      },
      {
        stream: { service_name: "orders", level: "warn", region: "eu" },
        values: [["1767225600000500000", "plain", {}]],
      },
    ],
  });
  assert.equal(sent.length, 1);
  assert.equal(loki.counts.written, 3);
});

test("LokiSink gives lines of one millisecond growing times, also across pushes", async () => {
  const { clock, sent, log, loki } = make();
  for (let i = 0; i < 3; i++) log.info("retrying");
  await log.flush();
  log.info("retrying");
  clock.advance(1);
  log.info("retrying");
  await log.flush();
  const times = sent.flatMap(({ body }) =>
    JSON.parse(body).streams[0].values.map(([time]: [string]) => time)
  );
  assert.deepEqual(
    times,
    ["000000", "000001", "000002", "000003", "1000000"].map((end) =>
      String(1767225600000000000n + BigInt(end))
    ),
  );
  assert.equal(loki.counts.written, 5);
});

test("LokiSink sends no lone surrogate, for which Loki refuses the whole push", async () => {
  const { sent, log } = make({
    format: { encode: () => "line \ud800 of a format of one's own" },
    labels: { region: "eu \udc00" },
    metadata: ["a", "c \udfff"],
  });
  log.info("x", { a: "b \ud83d", "c \udfff": 1 });
  await log.flush();
  const { body } = sent[0]!;
  assert.doesNotMatch(body, /\\u[dD][89a-fA-F]/);
  const { stream, values } = JSON.parse(body).streams[0];
  // In a label Loki takes U+FFFD itself for an error.
  assert.equal(stream.region, "eu ?");
  assert.equal(values[0][1], "line \ufffd of a format of one's own");
  assert.deepEqual(values[0][2], { a: "b \ufffd", "c \ufffd": "1" });
});

test("LokiSink keeps a line and its metadata within what Loki takes, and marks the cut", async () => {
  const { sent, log } = make({
    format: { encode: () => "é".repeat(300_000) },
    metadata: ["a", "b"],
  });
  log.info("x", { a: "ü".repeat(16_000), b: "ü".repeat(16_000) });
  await log.flush();
  const [, line, metadata] = JSON.parse(sent[0]!.body).streams[0].values[0];
  assert.ok(new TextEncoder().encode(line).length <= 256 * 1024);
  assert.match(line, /^é+…\[\d+ cut\]$/);
  assert.deepEqual(Object.keys(metadata), ["a"]);
  assert.ok(new TextEncoder().encode(JSON.stringify(metadata)).length < 64 * 1024);
});

// Loki says 500 while its ring has too few members, and its own agents try again after any 5xx.
for (const status of [429, 500, 503]) {
  test(`LokiSink retries after ${status}, and drops what is refused`, async () => {
    const { clock, faults, sent, loki, log } = make({}, [status, 204, 204, 400]);
    log.info("a");
    const flush = log.flush();
    for (let i = 0; i < 20 && sent.length < 3; i++) {
      await new Promise((resolve) => setImmediate(resolve));
      clock.advance(1000);
    }
    await flush;
    // The line about the failure, which is logged at once, goes to Loki as well.
    assert.deepEqual([sent.length, loki.counts.written], [3, 2]);
    assert.match(sent[2]!.body, /log sink fails/);
    assert.equal(sent[0]!.body, sent[1]!.body);
    log.info("b");
    await log.flush();
    assert.equal(loki.counts.droppedFailed, 1);
    assert.equal(faults.counts().get("log sink"), 2);
  });
}

for (const [onFull, kept] of [["drop-newest", ["0", "1"]], ["drop-oldest", ["3", "4"]]] as const) {
  test(`LokiSink with a full queue: ${onFull}`, async () => {
    const { sent, loki, log } = make({ onFull, maxRecords: 2, level: "info" });
    for (let i = 0; i < 5; i++) log.info(`${i}`);
    await log.flush();
    const lines = JSON.parse(sent[0]!.body).streams[0].values.map((value: string[]) => value[1]);
    assert.deepEqual(lines, kept);
    assert.equal(loki.counts.droppedFull, 3);
  });
}

test("new LokiSink() refuses options that are not valid", () => {
  const table: [Partial<LokiOptions>, RegExp][] = [
    [{ url: "loki" }, /^Cannot push to Loki: url must be an http or https URL .*, got "loki"$/],
    [
      { url: "ftp://loki" },
      /^Cannot push to Loki: url must be an http or https URL .*, got "ftp:\/\/loki"$/,
    ],
    [{ labels: { "a-b": "c" } }, /a label must match .+, got "a-b"/],
    [{ labels: { a: 1 as unknown as string } }, /label a must be a string, got 1$/],
    [{ metadata: "order" as unknown as string[] }, /metadata must be an array, got "order"$/],
    [
      { labels: Object.fromEntries(Array.from({ length: 14 }, (_, i) => [`l${i}`, ""])) },
      /at most 13/,
    ],
    [{ maxBytes: 0 }, /maxBytes must be 1 to/],
    [
      { onFull: "drop" as "drop-oldest" },
      /onFull must be one of drop-newest, drop-oldest, got "drop"/,
    ],
    [{ maxRecords: 0 }, /maxRecords must be 1 to 2147483647, got 0$/],
    [{ url: "http://u:secret@loki" }, /got one with them$/],
    [{ tenant: "a\nb" }, /header "x-scope-orgid" must have a valid name and value$/],
    [{ format: "xml" as "json" }, /^Cannot write logs as "xml"/],
  ];
  for (const [options, message] of table) assert.throws(() => make(options), { message });
});
