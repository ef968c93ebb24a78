/**
 * The text of a request's lines, byte for byte, in every format: `tests/data/request_lines.txt`.
 */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import process from "node:process";
import { test } from "node:test";
import { Faults } from "../../src/core/faults.ts";
import { EMAILS } from "../../src/core/redact/pattern.ts";
import { instrument, type InstrumentOptions } from "../../src/http/server/instrument.ts";
import { setError, setRoute } from "../../src/http/server/route.ts";
import {
  EcsEncoder,
  everyNthSampler,
  FlightRecorder,
  FunctionSink,
  GelfEncoder,
  LogfmtEncoder,
  type LogFormat,
  Logger,
  type LoggerOptions,
  type LogRecord,
  PrettyEncoder,
  RateLimit,
  StdoutSink,
} from "../../src/log/mod.ts";
import { Tracer } from "../../src/trace/tracer.ts";
import { encodedLogs } from "../export/decode.ts";
import { ManualClock } from "../manual_clock.ts";

/** One request, and the logger that its lines go to. */
interface Case {
  readonly name: string;
  readonly handler?: (request: Request, clock: ManualClock, log: Logger) => unknown;
  readonly path?: string;
  readonly headers?: Record<string, string>;
  readonly method?: string;
  readonly log?: LoggerOptions;
  readonly bound?: object;
  readonly options?: InstrumentOptions;
  /** How often it is requested. @default 1 */
  readonly times?: number;
}

const TRACE = "0af7651916cd43dd8448eb211c80319c";

function failure(message = "no stock"): Error {
  const error = new TypeError(message);
  error.stack = `TypeError: ${message}\n    at take (file:///app/stock.ts:7:9)`;
  return error;
}

function placed(request: Request, clock: ManualClock): Response {
  setRoute(request, "/orders/:id");
  clock.advance(12.3456);
  return new Response("an order");
}

function failing(): never {
  throw failure();
}

const CASES: readonly Case[] = [
  { name: "completed" },
  { name: "of no route", path: "/nowhere?q=1", handler: () => new Response("", { status: 404 }) },
  { name: "answered 503", handler: () => new Response("", { status: 503 }) },
  { name: "failed", handler: failing },
  {
    name: "failed, reported by a router",
    handler: (request) => {
      setError(request, failure("password=hunter2 is wrong"));
      return new Response("", { status: 500 });
    },
  },
  { name: "slow", options: { slowMs: 10 } },
  { name: "slow and answered 500", options: { slowMs: 0 }, handler: failing },
  { name: "with a watched body", options: { watchBody: () => true } },
  { name: "of another method", method: "PUT", options: { knownMethods: ["GET"] } },
  { name: "with an id of its own", headers: { "x-request-id": "req-7" } },
  { name: "with a secret in its path", path: "/login/password=hunter2/x" },
  { name: "with signs in its path", path: "/a:b/%22--c%22/@d/<e>/é" },
  { name: "with one line", options: { lines: "end" } },
  { name: "without lines", options: { lines: "none" } },
  { name: "of a logger with fields", bound: { component: "shop", method: "bound", error: "none" } },
  { name: "of a logger of a category", log: { levels: { shop: "info" } }, bound: { shop: true } },
  { name: "without a service", log: { service: "" } },
  { name: "with its path hidden", log: { redact: { alsoKeys: ["path", "status"] } } },
  { name: "with its path left out", log: { redact: { alsoKeys: ["path"], by: "remove" } } },
  {
    name: "with a pattern",
    path: "/u/ada@example.org",
    log: { redact: { patterns: [EMAILS] } },
  },
  { name: "with a redacted place", log: { redact: { paths: ["duration_ms", "method"] } } },
  { name: "below its category's level", log: { levels: { http: "warn" } } },
  { name: "above its category's level", log: { levels: { http: "warn" } }, handler: failing },
  {
    name: "in a flight that succeeds",
    log: { level: "warn", flight: new FlightRecorder() },
  },
  {
    name: "in a flight that fails",
    log: { level: "warn", flight: new FlightRecorder() },
    handler: (_request, clock, log) => {
      log.debug("looking up");
      clock.advance(3);
      return failing();
    },
  },
  {
    name: "in a flight with a trigger",
    log: {
      level: "info",
      levels: { http: "off" },
      flight: new FlightRecorder({ trigger: "error" }),
    },
    handler: (_request, _clock, log) => {
      log.error("out of stock");
      return new Response("");
    },
  },
  { name: "sampled", log: { sample: everyNthSampler(2) }, times: 3 },
  { name: "limited", log: { limit: new RateLimit({ maxRecords: 1 }) }, times: 3 },
  {
    name: "between lines of its handler",
    handler: (request, clock, log) => {
      log.info("placing", { order: { id: 7 } });
      return placed(request, clock);
    },
  },
];

/** A logger with a sink of each format, and what they wrote. */
function logged(clock: ManualClock, faults: Faults, options: LoggerOptions) {
  const formats: Record<string, LogFormat> = {
    json: "json",
    pretty: new PrettyEncoder(),
    logfmt: new LogfmtEncoder(),
    ecs: new EcsEncoder(),
    gelf: new GelfEncoder({ host: "h" }),
  };
  const written: Record<string, string> = {}, records: LogRecord[] = [];
  const sinks = Object.entries(formats).map(([name, format]) => {
    written[name] = "";
    const writeSync = (bytes: Uint8Array) => {
      written[name] += new TextDecoder().decode(bytes);
      return bytes.length;
    };
    const writer = { write: (bytes: Uint8Array) => Promise.resolve(writeSync(bytes)), writeSync };
    return new StdoutSink({ format, writer, clock });
  });
  const take = new FunctionSink((record) => void records.push(record));
  const log = new Logger({
    service: "orders",
    level: "info",
    clock,
    faults,
    ...options,
    sinks: [...sinks, take],
  });
  return { log, written, records };
}

/** All that a case writes, with the ids that are drawn at random replaced. */
async function written(each: Case): Promise<string> {
  const clock = new ManualClock(), faults = new Faults();
  const { log, written, records } = logged(clock, faults, each.log ?? {});
  const { handler = placed, path = "/orders/7", times = 1, method = "GET" } = each;
  const logger = each.bound === undefined ? log : log.with(each.bound);
  const tracer = new Tracer({ clock, faults });
  const wrapped = instrument(
    async (request: Request) => await handler(request, clock, log) as Response,
    { tracer, logger, clock, faults, trust: () => true, ...each.options },
  );
  for (let i = 0; i < times; i++) {
    const request = new Request(`http://localhost${path}`, {
      method,
      headers: { traceparent: `00-${TRACE}-b7ad6b7169203331-01`, ...each.headers },
    });
    await wrapped(request).then((response) => response.text(), () => {});
  }
  log.flushSync();
  assert.deepEqual(faults.counts().get("log"), undefined);
  return shown(log, written, records);
}

function shown(log: Logger, written: Record<string, string>, records: LogRecord[]): string {
  const { ring } = log, kept = ring.since(0);
  // A reader of the ring sees what the sinks were given, where it belongs.
  assert.deepEqual(kept.map(plain), records.map(plain));
  assert.deepEqual([...ring].map(plain), records.map(plain));
  const numbers = kept.map((_, i) => ring.at(ring.first + i)!);
  assert.deepEqual(numbers.map(plain), records.map(plain));
  const otlp = records.length === 0 ? "" : JSON.stringify(encodedLogs(records)[1]) + "\n";
  let text = Object.entries({ ...written, otlp }).map(([format, lines]) =>
    lines.replaceAll(/^/gm, `${format} `).slice(0, -1 - format.length)
  ).join("");
  const spans = new Set(records.map(({ spanId }) => spanId).filter((id) => id !== ""));
  for (const [i, id] of [...spans].entries()) text = text.replaceAll(id, `span-${i + 1}`);
  return text;
}

function plain(record: LogRecord): object {
  const { sizeBytes, ...rest } = JSON.parse(JSON.stringify(record));
  assert.ok(sizeBytes > 0);
  return rest;
}

test("A request's lines are the same in every format, byte for byte", async () => {
  let text = "";
  for (const each of CASES) text += `# ${each.name}\n${await written(each)}\n`;
  text += `# aborted\n${await aborted()}`;
  if (process.env.WRITE) (await import("node:fs")).writeFileSync(process.env.WRITE, text);
  const wanted = readFileSync(new URL("../data/request_lines.txt", import.meta.url), "utf8");
  assert.deepEqual(text.split("\n"), wanted.split("\n"));
});

/** The client disconnects, and the handler fails afterwards. */
async function aborted(): Promise<string> {
  const clock = new ManualClock(), faults = new Faults();
  const { log, written, records } = logged(clock, faults, {});
  const gate = Promise.withResolvers<Response>(), controller = new AbortController();
  const handler = instrument(() => gate.promise, {
    tracer: new Tracer({ clock, faults }),
    logger: log,
    clock,
    faults,
    trust: () => true,
  });
  const headers = { traceparent: `00-${TRACE}-b7ad6b7169203331-01` };
  const { signal } = controller;
  const answer = handler(new Request("http://localhost/slow/token=abc", { headers, signal }));
  clock.advance(1500);
  controller.abort();
  gate.reject(failure());
  await answer.catch(() => {});
  log.flushSync();
  return shown(log, written, records);
}
