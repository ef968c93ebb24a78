import { throws } from "node:assert/strict";
import { test } from "node:test";
import { OtelBridge } from "../../src/bridge/otel/mod.ts";
import { LokiSink } from "../../src/export/loki/mod.ts";
import { OtlpExporter } from "../../src/export/otlp/mod.ts";
import { Pushgateway, RemoteWrite } from "../../src/export/push/mod.ts";
import * as health from "../../src/health/mod.ts";
import * as http from "../../src/http/mod.ts";
import * as log from "../../src/log/mod.ts";
import * as metrics from "../../src/metrics/mod.ts";
import { parseText } from "../../src/testing/mod.ts";
import * as trace from "../../src/trace/mod.ts";

type Make = (options: never) => unknown;

const registry = new metrics.Registry();
const parts = { tracer: new trace.Tracer(), metrics: registry, log: new log.Logger({ sinks: [] }) };
const url = "http://127.0.0.1:1";

/** Each takes options that have what is required, and one letter too many. */
const PARTS: readonly (readonly [what: string, make: Make, given: object, meant: string])[] = [
  ["log to stdout", (o) => new log.StdoutSink(o), { formatt: "json" }, "format"],
  ["log to file", (o) => new log.FileSink(o), { path: "/a", keeep: 1 }, "keep"],
  ["log to stream", (o) => new log.StreamSink(new WritableStream(), o), { leve: "info" }, "level"],
  ["log to function", (o) => new log.FunctionSink(() => {}, o), { maxRecord: 5 }, "maxRecords"],
  ["encode as GELF", (o) => new log.GelfEncoder(o), { hostt: "a" }, "host"],
  ["encode as pretty text", (o) => new log.PrettyEncoder(o), { colour: true }, "color"],
  ["sample bursts", (o) => log.burstSampler(o), { first: 1, thereafte: 2 }, "thereafter"],
  ["push to Loki", (o) => new LokiSink(o), { url, label: {} }, "labels"],
  ["push to Pushgateway", (o) => new Pushgateway(o), { url, job: "a", groupin: {} }, "grouping"],
  ["push to remote write", (o) => new RemoteWrite(o), { url, maxSerie: 5 }, "maxSeries"],
  ["export by OTLP", (o) => new OtlpExporter(o), { endpoints: url }, "endpoint"],
  // An option of one signal, at the level of all signals: it once passed for settings as a whole.
  ["export by OTLP", (o) => new OtlpExporter(o), { endpoint: url, histograms: "explicit" }, ""],
  ["export by OTLP", (o) => new OtlpExporter(o), { resourc: {} }, "resource"],
  ["watch runtime", (o) => new metrics.RuntimeCollector(o), { lagInterval: 5 }, "lagIntervalMs"],
  ["parse page", (o) => parseText("", o), { name: "legacy" }, "names"],
  ["create registry", (o) => new metrics.Registry(o), { maxSerie: 5 }, "maxSeries"],
  ["create rate limiter", (o) => trace.rateLimited(1, o), { clok: {} }, "clock"],
  ["guess routes", (o) => http.guessRoutes(o), { maxRoute: 5 }, "maxRoutes"],
  [
    "trace fetch",
    (o) => http.tracedFetch(o),
    { tracer: parts.tracer, traceHost: [] },
    "traceHosts",
  ],
  ["make endpoints", (o) => new http.Endpoints(o), { registry, path: {} }, "paths"],
  ["check HTTP endpoint", (o) => health.httpCheck(url, o), { methd: "HEAD" }, "method"],
  ["check TCP port", (o) => health.tcpCheck(o), { port: 1, host: "a" }, "hostname"],
  ["check database", (o) => health.sqlCheck(() => {}, o), { degraded: 5 }, "degradedMs"],
  ["check memory", (o) => health.memoryCheck(o), { maxRss: 5 }, "maxRssBytes"],
  ["check disk", (o) => health.diskCheck(o), { minFreeByte: 5 }, "minFreeBytes"],
  ["check event loop", (o) => health.eventLoopCheck(o), { maxLag: 5 }, "maxLagMs"],
  ["make meter provider", (o) => new OtelBridge(parts, o), { maxSerie: 5 }, "maxSeries"],
];

test("each part refuses an option that nobody reads, with the nearest name", () => {
  for (const [what, make, given, meant] of PARTS) {
    const name = Object.keys(given).at(-1);
    const hint = meant === "" ? "" : `, did you mean "${meant}"?`;
    throws(() => make(given as never), {
      name: "TypeError",
      message: `Cannot ${what}: unknown option "${name}"${hint}`,
    });
  }
});

test("each part refuses options of another kind", () => {
  for (const [whole, make] of PARTS) {
    const [what, name = "options"] = whole.split(": ");
    for (const given of [null, 5]) {
      throws(() => make(given as never), {
        name: "TypeError",
        message: `Cannot ${what}: ${name} must be an object, got ${given}`,
      });
    }
  }
});

test("each part with required options refuses to go without any", () => {
  const parts: readonly (readonly [action: string, make: () => unknown, name?: string])[] = [
    ["log to file", () => new log.FileSink(undefined as never)],
    ["log to stream", () => new log.StreamSink(undefined as never), "stream"],
    ["sample bursts", () => log.burstSampler(undefined as never)],
    ["push to Loki", () => new LokiSink(undefined as never)],
    ["push to Pushgateway", () => new Pushgateway(undefined as never)],
    ["push to remote write", () => new RemoteWrite(undefined as never)],
    ["trace fetch", () => http.tracedFetch(undefined as never)],
    ["make endpoints", () => new http.Endpoints(undefined as never)],
    ["check TCP port", () => health.tcpCheck(undefined as never)],
    ["check memory", () => health.memoryCheck(undefined as never)],
    ["bridge OpenTelemetry", () => new OtelBridge(undefined as never), "parts"],
  ];
  for (const [action, make, name = "options"] of parts) {
    throws(make, {
      name: "TypeError",
      message: `Cannot ${action}: ${name} must be an object, got undefined`,
    });
  }
});

test("each part refuses nested options of another kind", () => {
  const nested: readonly (readonly [what: string, name: string, make: Make, given: object])[] = [
    ["push to Loki", "headers", (o) => new LokiSink(o), { url }],
    ["push to Loki", "labels", (o) => new LokiSink(o), { url }],
    ["export by OTLP", "resource", (o) => new OtlpExporter(o), { endpoint: url }],
    ["push to Pushgateway", "headers", (o) => new Pushgateway(o), { url, job: "a" }],
    ["push to Pushgateway", "basicAuth", (o) => new Pushgateway(o), { url, job: "a" }],
    ["push to Pushgateway", "grouping", (o) => new Pushgateway(o), { url, job: "a" }],
    ["push to remote write", "labels", (o) => new RemoteWrite(o), { url }],
    ['register histogram "h"', "native", (o) => registry.histogram("h", "H", [], o), {}],
  ];
  for (const [what, name, make, given] of nested) {
    for (const [wrong, got] of [[null, "null"], ["a", "string"]] as const) {
      throws(() => make({ ...given, [name]: wrong } as never), {
        name: "TypeError",
        message: `Cannot ${what}: ${name} must be an object, got ${got}`,
      });
    }
  }
});

test("what a user names has a name", () => {
  const made: readonly (readonly [message: string, make: () => unknown])[] = [
    [
      'Cannot export by OTLP: an attribute of resource must have a name, got ""',
      () => new OtlpExporter({ endpoint: url, resource: { "": "x" }, signals: false }),
    ],
    [
      'Cannot push to Loki: a label must match ^[a-zA-Z_][a-zA-Z0-9_]*$, got ""',
      () => new LokiSink({ url, labels: { "": "x" } }),
    ],
    [
      'Cannot push to Pushgateway: a grouping label must match [a-zA-Z_][a-zA-Z0-9_]*, not be "job" ' +
      'and not start with "__", got ""',
      () => new Pushgateway({ url, job: "a", grouping: { "": "x" } }),
    ],
    [
      'Cannot push to remote write: a label must match [a-zA-Z_][a-zA-Z0-9_]* and not start with "__", ' +
      'got ""',
      () => new RemoteWrite({ url, labels: { "": "x" } }),
    ],
  ];
  for (const [message, make] of made) throws(make, { name: "TypeError", message });
});
