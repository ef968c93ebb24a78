import assert from "node:assert/strict";
import { createServer } from "node:net";
import type { AddressInfo } from "node:net";
import { test } from "node:test";
import { Faults } from "../../src/core/faults.ts";
import { readable, reasonOf, receiverOf } from "../../src/export/post/failure.ts";
import { LokiSink } from "../../src/export/loki/mod.ts";
import { OtlpExporter } from "../../src/export/otlp/exporter.ts";
import { Pushgateway } from "../../src/export/push/pushgateway.ts";
import { Logger } from "../../src/log/mod.ts";
import { until } from "../e2e/wait.ts";
import { ManualClock } from "../manual_clock.ts";
import { Receiver } from "./receiver.ts";
import { spanRecord } from "./span_record.ts";

/** A port of this machine that nobody listens on. */
async function closedPort(): Promise<number> {
  const server = createServer();
  const port = await new Promise<number>((resolve) =>
    server.listen(0, "127.0.0.1", () => resolve((server.address() as AddressInfo).port))
  );
  await new Promise((resolve) => server.close(resolve));
  return port;
}

function listened(): { told: string[]; faults: Faults } {
  const told: string[] = [];
  const faults = new Faults((where, error) => told.push(`${where}: ${(error as Error).message}`));
  return { told, faults };
}

test("receiverOf() always has the port", () => {
  assert.deepEqual(
    ["http://a/v1", "https://a/?key=S", "http://[::1]:4318/"].map(receiverOf),
    ["a:80", "a:443", "[::1]:4318"],
  );
});

test("readable() makes one line without controls", () => {
  assert.equal(readable("a\r\nb\x1b[0m\x85\u2028c\ud800"), "a b [0m c");
  assert.equal(readable("x".repeat(300)).length, 200);
});

test("reasonOf() gives each message once, causes included, without the URL", () => {
  const because = (message: string, cause: unknown) => new TypeError(message, { cause });
  const deno = "error sending request for url (http://a/?key=S): client error (Connect): dns error";
  const table: readonly (readonly [unknown, string])[] = [
    [because("fetch failed", new Error(deno)), "client error (Connect): dns error"],
    [because("fetch failed", undefined), "fetch failed"],
    [because("a", because("b", because("a", "c\n\x1b"))), "a: b: c"],
    [new AggregateError([new Error("first"), new Error("second")], ""), "first"],
    [because("fetch failed", Object.assign(new Error(""), { code: "EPIPE" })), "EPIPE"],
  ];
  for (const [error, reason] of table) assert.equal(reasonOf(error), reason);
});

test("the first failure of an export is reported at once, with receiver and cause", async () => {
  const { told, faults } = listened(), clock = new ManualClock(), receiver = new Receiver();
  receiver.answer = () => {
    throw new TypeError("fetch failed", { cause: new Error("no route") });
  };
  const exporter = new OtlpExporter({
    endpoint: "http://collector",
    metrics: false,
    fetch: receiver.fetch,
    clock,
    faults,
    random: () => 0,
  });
  exporter.span(spanRecord("a"));
  // The clock stands still after the first try.
  const flushed = exporter.flush(60_000);
  await saying(told, 1);
  assert.deepEqual(told, [
    "otlp traces: Cannot export to collector:80: no route; it is tried again",
  ]);
  receiver.answer = () => new Response("no\nkey", { status: 401 });
  clock.advance(10_000);
  await flushed;
  assert.deepEqual(told.slice(1), [
    "otlp traces: Cannot export to collector:80: HTTP 401 no key; 1 dropped",
  ]);
  exporter.close();
});

/** Waits for this many lines. */
async function saying(told: readonly string[], lines: number): Promise<void> {
  await until(`${lines} lines`, () => told.length >= lines);
}

test("the report of a closed port has receiver and cause on this runtime", async () => {
  const port = await closedPort(), url = `http://127.0.0.1:${port}`;
  const { told, faults } = listened();
  const exporter = new OtlpExporter({ endpoint: url, logs: false, faults, signals: false });
  exporter.span(spanRecord("a"));
  void exporter.flush(1000);
  await saying(told, 1);
  exporter.close();
  const gateway = new Pushgateway({ url, job: "a", faults, deadlineMs: 1 });
  await gateway.push([]);
  for (const line of told) {
    assert.ok(line.includes(`127.0.0.1:${port}: `), line);
    assert.doesNotMatch(line, /fetch failed/);
  }
  assert.match(told[0]!, /refused|ECONNREFUSED/i);
  assert.match(told[1]!, /^otlp: 1 span lost: .*(refused|ECONNREFUSED)/i);
});

test("LokiSink reports receiver and cause", async () => {
  const { told, faults } = listened();
  const loki = new LokiSink({
    url: "http://loki:3100",
    clock: new ManualClock(),
    fetch: () => Promise.resolve(new Response("entry\x1b out of order", { status: 400 })),
  });
  const log = new Logger({ sinks: [loki], faults });
  log.info("a");
  await log.flush();
  assert.deepEqual(told, [
    "log sink: Cannot export to loki:3100: HTTP 400 entry out of order; 1 dropped",
  ]);
  log.close();
});
