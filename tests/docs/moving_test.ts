/** What the documents for movers say of each call: both sides run, and leave the same. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import pino from "pino";
import client from "prom-client";
import * as api from "@opentelemetry/api";
import { AsyncLocalStorageContextManager } from "@opentelemetry/context-async-hooks";
import {
  BasicTracerProvider,
  InMemorySpanExporter,
  type ReadableSpan,
  SimpleSpanProcessor,
} from "@opentelemetry/sdk-trace-base";
import { current, type SpanRecord, Tracer } from "../../src/trace/mod.ts";
import { JsonEncoder, Logger } from "../../src/log/mod.ts";
import { Registry } from "../../src/metrics/mod.ts";
import { parseText } from "../../src/testing/mod.ts";
import { codeOf, tableUnder } from "./blocks.ts";

/** Runs code that a document shows, with these names in its scope. */
function evaluate(code: string, scope: Readonly<Record<string, unknown>>): unknown {
  return new Function(...Object.keys(scope), `"use strict"; return (${code});`)(
    ...Object.values(scope),
  );
}

function rowsOf(document: string): string[][] {
  const text = readFileSync(new URL(`../../docs/${document}`, import.meta.url), "utf8");
  const rows = tableUnder(text, "## Call by call").map((cells) => cells.map(codeOf));
  assert.ok(rows.length >= 10, `${rows.length} rows`);
  return rows;
}

/** The families of a page: name, kind and samples, each with its labels and values. */
function families(page: string): unknown[] {
  return parseText(page).map(({ name, type, samples }) => ({ name, type, samples }));
}

test("each call of prom-client has a counterpart that leaves the same samples", async () => {
  for (const [theirs, ours] of rowsOf("from-prom-client.md") as [string, string][]) {
    client.register.clear();
    evaluate(theirs, { client });
    const metrics = new Registry();
    evaluate(ours, { metrics });
    const page = await (await metrics.scrape()).text();
    const found = families(page);
    assert.equal(found.length, 1);
    assert.deepEqual(found, families(await client.register.metrics()), ours);
  }
});

/** A line without what the documents say has another form, with pino's names of the rest. */
function plain(line: string): unknown {
  const { time: _time, pid: _pid, hostname: _host, level, msg, err, error = err, ...fields } = JSON
    .parse(line);
  const { type, message } = error ?? {};
  const name = typeof level === "number" ? pino.levels.labels[level] : level;
  return { level: name, msg, ...fields, ...error && { error: { type, message } } };
}

test("each call of pino has a counterpart that writes the same line", () => {
  for (const [theirs, ours] of rowsOf("from-pino.md") as [string, string][]) {
    const expected: string[] = [], written: string[] = [];
    const logger = pino({}, { write: (line: string) => void expected.push(line) });
    evaluate(theirs, { logger });
    const json = new JsonEncoder();
    const log = new Logger({ sinks: [(record) => void written.push(json.encode(record))] });
    evaluate(ours, { log });
    log.flushSync();
    assert.deepEqual(written.map(plain), expected.map(plain), ours);
  }
});

const KINDS = ["internal", "server", "client", "producer", "consumer"] as const;
const STATUSES = ["unset", "ok", "error"] as const;

/** A span of the SDK as the plain data that ours are. */
function plainSpan(span: ReadableSpan, all: readonly ReadableSpan[]): unknown {
  const parent = all.find((other) => other.spanContext().spanId === span.parentSpanContext?.spanId);
  return {
    name: span.name,
    kind: KINDS[span.kind],
    attributes: { ...span.attributes },
    status: [STATUSES[span.status.code], span.status.message ?? ""],
    events: span.events.map(({ name, attributes }) => [name, withoutStack(attributes)]),
    parent: parent?.name,
  };
}

function plainRecord(span: SpanRecord, all: readonly SpanRecord[]): unknown {
  const { name, kind, attributes, status, statusMessage } = span;
  return {
    name,
    kind,
    attributes: { ...attributes },
    status: [status, statusMessage],
    events: span.events.map(({ name, attributes }) => [name, withoutStack(attributes)]),
    parent: all.find(({ spanId }) => spanId === span.parentSpanId)?.name,
  };
}

/** Where it was thrown differs: both run the code of their own column. */
function withoutStack(attributes: Readonly<Record<string, unknown>> = {}): unknown {
  const { "exception.stacktrace": _stack, ...rest } = attributes;
  return rest;
}

test("each call of OpenTelemetry's SDK has a counterpart that leaves the same span", () => {
  const exporter = new InMemorySpanExporter();
  const provider = new BasicTracerProvider({
    spanProcessors: [new SimpleSpanProcessor(exporter)],
  });
  const manager = new AsyncLocalStorageContextManager().enable();
  api.context.setGlobalContextManager(manager);
  try {
    for (const [theirs, ours] of rowsOf("from-opentelemetry.md") as [string, string][]) {
      exporter.reset();
      evaluate(theirs, { tracer: provider.getTracer("moving"), api });
      const tracer = new Tracer();
      evaluate(ours, { tracer, current });
      const expected = exporter.getFinishedSpans(), found = [...tracer.finished];
      assert.ok(found.length > 0);
      assert.deepEqual(
        found.map((span) => plainRecord(span, found)),
        expected.map((span) => plainSpan(span, expected)),
        ours,
      );
    }
  } finally {
    api.context.disable();
  }
});
