/**
 * Today's sources beside those of another revision: the hot paths of each part, by turns in one run.
 * A row that is worse by more than 5 % is marked.
 *
 * `deno task bench:versus against`, or with either runtime:
 * `deno run -A bench/versus/against.ts [REVISION [PART]]`; with a part, only the rows whose name has it.
 *
 * @module
 */
import process from "node:process";
import type * as Root from "../../mod.ts";
import type * as Log from "../../src/log/mod.ts";
import type * as Otlp from "../../src/export/otlp/mod.ts";
import type * as Metrics from "../../src/metrics/mod.ts";
import type * as Trace from "../../src/trace/mod.ts";
import { checkout, entryPoint, TODAY } from "./checkout.ts";
import { measure, print, type Row } from "./rounds.ts";

/** The revision that README and bench/README give figures of. */
const BEFORE = "5e25232";
/** The least ratio of theirs to ours: worse by more than 5 % is too much. */
const TARGET = .95;

const LABELS = ["status", "method", "region"] as const;
const BUCKETS = [.005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10];
const values = Array.from({ length: 4096 }, (_, i) => Math.exp((i * 7919 % 4096) / 512 - 6));
const traceparent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
const nowhere = {
  write: (bytes: Uint8Array) => Promise.resolve(bytes.length),
  writeSync: (bytes: Uint8Array) => bytes.length,
};

/** What Deno passes beside a request. */
const info = { remoteAddr: { transport: "tcp", hostname: "127.0.0.1", port: 50_000 } };

/** Results go here, so that no engine removes the work as dead code. */
export let kept: unknown;

type Work = Readonly<Record<string, { readonly run: () => unknown; readonly long?: boolean }>>;

/** What is timed, with one revision's code. */
async function work(folder: string): Promise<Work> {
  const { setRoute, telltale } = await entryPoint<typeof Root>(folder, ".");
  const { Registry } = await entryPoint<typeof Metrics>(folder, "./metrics");
  const { alwaysOff, formatTraceparent, parseTraceparent, Tracer } = await entryPoint<
    typeof Trace
  >(folder, "./trace");
  const { Logger, StdoutSink } = await entryPoint<typeof Log>(folder, "./log");
  const { OtlpExporter } = await entryPoint<typeof Otlp>(folder, "./otlp");

  const registry = new Registry();
  const counter = registry.counter("orders_total", "Orders", LABELS);
  const bound = counter.with({ status: "ok", method: "card", region: "eu" });
  const histogram = registry.histogram("seconds", "Seconds", ["route"], { buckets: BUCKETS });
  const observed = histogram.with({ route: "/orders" });
  for (let n = 0; n < 50_000; n++) {
    histogram.observe(values[n & 4095]!, { route: `/r/${n % 1000}` });
  }
  const roomy = new Registry({ maxSeries: 100_000 });
  const many = roomy.counter("requests_total", "Requests", LABELS);
  for (let n = 0; n < 100_000; n++) {
    many.inc({ status: String(200 + n % 7), method: `m${n % 100}`, region: String(n) });
  }
  const tracer = new Tracer(), off = new Tracer({ sampler: alwaysOff });
  const parent = { parent: tracer.start("parent") };
  const span = (from: Trace.Tracer, options?: Trace.SpanOptions) =>
    from.start("work", options).set("db.system.name", "sqlite").set("db.operation.name", "INSERT")
      .set("db.rows", 1).end();
  const once = () => 1, settled = async () => await 1;
  const ring = new Logger({ level: "info", service: "orders", sinks: [() => {}] });
  const lines = new Logger({
    level: "info",
    service: "orders",
    sinks: [new StdoutSink({ format: "json", writer: nowhere })],
  });
  const nested = { order: { id: 7, lines: [{ sku: "a", count: 2 }] } };
  const logged = (logger: Log.Logger, fields: () => object) => async () => {
    for (let n = 0; n < 500; n++) logger.info("placing order", fields());
    await logger.flush();
  };
  const three = () => ({ order_id: 7, customer: "c-1024", express: true });
  const scrape = (from: Metrics.Registry) => async () =>
    kept = await (await from.scrape()).arrayBuffer();
  const t = telltale({ service: "orders", log: { sinks: [() => {}] } });
  const answer = (request: Request) => {
    setRoute(request, "/orders/:id");
    return new Response("an order");
  };
  const handler = t.instrument((request: Request, _info: unknown) => answer(request));
  const later = t.instrument(async (request: Request, _info: unknown) => {
    await undefined;
    return answer(request);
  });
  // Encoded and sent nowhere, as a batch of a busy service.
  const exporter = new OtlpExporter({
    endpoint: "http://localhost:4318",
    resource: { "service.name": "orders" },
    compression: "none",
    fetch: () => Promise.resolve(new Response()),
  });
  const server = new Tracer(), ended: Trace.FinishedSpan[] = [], held: Log.LogRecord[] = [];
  server.onEnd((span) => ended.push(span));
  const gather = new Logger({ sinks: [{ write: (record) => void held.push(record) }] });
  const remote = { parent: server.extract({ traceparent }) };
  for (let n = 0; n < 512; n++) {
    server.span("GET /orders/:id", { ...remote, kind: "server" }, (span) => {
      span.set("http.request.method", "GET").set("url.path", `/orders/${n}`);
      span.set("url.scheme", "http").set("http.response.status_code", 200);
      span.set("http.route", n % 4 === 0 ? "/orders" : "/orders/:id");
      gather.info("request completed", { method: "GET", path: `/orders/${n}`, status: 200 });
    });
  }
  await gather.flush();
  const sent = <T>(add: (item: T) => void, items: readonly T[]) => async () => {
    for (const item of items) add(item);
    await exporter.flush();
  };
  const asked = (url: string, headers?: HeadersInit) =>
    new Request(url, headers === undefined ? undefined : { headers });
  let i = 0;
  return {
    "counter, bound handle": { run: () => bound.inc() },
    "counter, 3 labels by object": {
      run: () => counter.inc({ status: "ok", method: "card", region: "eu" }),
    },
    "histogram, bound handle": { run: () => observed.observe(values[i++ & 4095]!) },
    "scrape, 1000 histograms of 11 buckets": { run: scrape(registry), long: true },
    "scrape, 100 000 counters": { run: scrape(roomy), long: true },
    "span: start, 3 attributes, end": { run: () => span(tracer) },
    "the same, with a parent": { run: () => span(tracer, parent) },
    "unsampled: the same": { run: () => span(off) },
    "100 child spans, active, in one of a request": {
      run: () =>
        tracer.span("request", { kind: "server" }, () => {
          for (let n = 0; n < 100; n++) tracer.span("work", once);
        }),
    },
    "100 child spans, the same, async": {
      run: () =>
        tracer.span("request", { kind: "server" }, async () => {
          for (let n = 0; n < 100; n++) await tracer.span("work", settled);
        }),
    },
    "512 server spans, encoded and sent": { run: sent((span) => exporter.span(span), ended) },
    "512 log records, encoded and sent": { run: sent((record) => exporter.log(record), held) },
    "traceparent: parse and format": {
      run: () => kept = formatTraceparent(parseTraceparent(traceparent)!),
    },
    "request in process": {
      run: () => kept = handler(asked("http://localhost:8000/orders/7"), info),
    },
    "request in process, async": {
      run: () => later(asked("http://localhost:8000/orders/7"), info),
    },
    "request with query and traceparent": {
      run: () =>
        kept = handler(asked("http://localhost:8000/orders/7?full=1", { traceparent }), info),
    },
    "500 lines of 3 fields, into the ring and a sink": { run: logged(ring, three), long: true },
    "500 lines of 3 fields, encoded and written": { run: logged(lines, three), long: true },
    "500 lines of a nested field, the same": { run: logged(lines, () => nested), long: true },
  };
}

const revision = process.argv[2] ?? BEFORE, part = process.argv[3] ?? "";
const [ours, theirs] = [await work(TODAY), await work(checkout(revision))];
const rows = Object.entries(ours).map(([name, { run, long }]): Row => ({
  work: name,
  ours: run,
  rival: revision,
  theirs: theirs[name]!.run,
  target: TARGET,
  long,
}));
const results = [];
for (const row of rows.filter((row) => row.work.includes(part))) results.push(await measure(row));
print(`Today beside ${revision}`, results);
