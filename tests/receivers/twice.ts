/** What receivers make of an export that arrives twice: after a retry of ours, or of the runtime. */
import { OtlpExporter } from "../../src/export/otlp/exporter.ts";
import type { OtlpOptions } from "../../src/export/otlp/options.ts";
import { Pushgateway, RemoteWrite } from "../../src/export/push/mod.ts";
import { LokiSink } from "../../src/export/loki/mod.ts";
import { Logger } from "../../src/log/logger.ts";
import type { LogRecord } from "../../src/log/record/record.ts";
import { Registry } from "../../src/metrics/registry.ts";
import { Prometheus } from "../e2e/prometheus.ts";
import { until } from "../e2e/wait.ts";
import { Collector, itemsOf } from "../export/collector.ts";
import type { Decoded } from "../export/decode.ts";
import { spanRecord } from "../export/span_record.ts";
import { PushgatewayServer } from "../peers/pushgateway.ts";
import { VictoriaLogs } from "../peers/victorialogs.ts";
import { VictoriaMetrics } from "../peers/victoriametrics.ts";
import { programOf, type ServerKind, type ServerName, SERVERS } from "./servers.ts";

/** One way, and what it is to count. */
export interface Twice {
  readonly server: ServerName;
  readonly how: string;
  /** What is set at the receiver, besides its flags. */
  readonly setThere?: string;
  /** How often what was exported once is counted. */
  readonly counts: 1 | 2;
  /** Exports 5 orders, or as many lines or spans as it says, and gives what the receiver has. */
  readonly run: () => Promise<number>;
}

/** Sends a request twice, as if the first answer were lost. */
async function sendTwice(url: string, init: RequestInit): Promise<Response> {
  await (await fetch(url, init)).body?.cancel();
  return await fetch(url, init);
}

function orders(): Registry {
  const registry = new Registry();
  registry.counter("orders_total", "Orders").add(5);
  return registry;
}

async function exportMetrics(endpoint: string, options: OtlpOptions = {}): Promise<void> {
  const exporter = new OtlpExporter({
    endpoint,
    ...options,
    traces: false,
    logs: false,
    signals: false,
    fetch: sendTwice,
    resource: { "service.name": "twice" },
  });
  const registry = orders();
  exporter.metrics(() => registry.collect());
  await exporter.flush();
  await exporter.close();
}

async function withPrometheus(
  server: ServerName,
  send: (url: string) => Promise<unknown>,
): Promise<number> {
  const kind: ServerKind = SERVERS[server];
  const prometheus = await Prometheus.start([], {
    ...kind,
    program: programOf(server),
    scrapes: [],
    config: server === "prometheus" ? { otlp: { translation_strategy: "NoTranslation" } } : {},
  });
  try {
    await send(prometheus.url);
    const { result } = await prometheus.api(`query?query=${encodeURIComponent("orders_total")}`);
    return Number(result[0].value[1]);
  } finally {
    await prometheus.stop();
  }
}

async function withVictoriaMetrics(
  query: string,
  send: (url: string) => Promise<unknown>,
  flags: readonly string[] = [],
): Promise<number> {
  await using server = await VictoriaMetrics.start([], flags);
  await send(server.url);
  const [found] = await until("the orders", async () => {
    const values = await server.ask(query);
    return values.length > 0 ? values : undefined;
  });
  return Number(found);
}

function written(url: string): Promise<unknown> {
  const remote = new RemoteWrite({ url, labels: { job: "twice" }, fetch: sendTwice });
  return orders().collect().then((families) => remote.write(families));
}

async function logged(
  write: (record: LogRecord) => void,
  flush: () => Promise<unknown>,
): Promise<void> {
  const sink = { name: "twice", write };
  const log = new Logger({ service: "twice", signals: false, sinks: [sink] });
  for (let i = 0; i < 5; i++) log.info("line");
  await log.flush();
  await flush();
}

async function linesOf(send: (url: string) => Promise<unknown>): Promise<number> {
  await using server = await VictoriaLogs.start();
  await send(server.url);
  return await until("the lines", async () => {
    const { length } = await server.lines("*");
    return length >= 10 ? length : undefined;
  });
}

async function collected(
  signal: "traces" | "logs",
  send: (exporter: OtlpExporter) => Promise<unknown>,
): Promise<number> {
  const collector = await Collector.start();
  try {
    const { url: endpoint } = collector;
    const exporter = new OtlpExporter({
      endpoint,
      metrics: false,
      signals: false,
      fetch: sendTwice,
    });
    await send(exporter);
    await exporter.close();
    // It writes requests in the order of arrival: a third one is there when the second is.
    const last = new OtlpExporter({ endpoint, logs: false, metrics: false, signals: false });
    last.span(spanRecord("last"));
    await last.flush();
    await last.close();
    return await until("what arrived", () => {
      const names = itemsOf(collector.received("traces")).map(({ name }) => name);
      if (!names.includes("last")) return undefined;
      const { length } = itemsOf(collector.received(signal));
      return signal === "traces" ? length - 1 : length >= 10 ? length : undefined;
    });
  } finally {
    await collector.stop();
  }
}

/** What a Collector has of the counter, both times. */
async function collectedPoints(options: OtlpOptions): Promise<Decoded[]> {
  const collector = await Collector.start();
  try {
    await exportMetrics(collector.url, options);
    return await until("both requests", () => {
      const points = itemsOf(collector.received("metrics"))
        .filter(({ name }) => name.startsWith("orders"))
        .flatMap(({ sum }) => sum.dataPoints);
      return points.length >= 2 ? points : undefined;
    });
  } finally {
    await collector.stop();
  }
}

/** What a receiver of deltas adds up. */
async function collectedDeltas(): Promise<number> {
  const points = await collectedPoints(DELTA);
  return points.reduce((sum, { asDouble }) => sum + asDouble, 0);
}

/** What a receiver of cumulative values has: one of each time. */
async function collectedTotals(): Promise<number> {
  const points = await collectedPoints({});
  const byTime = new Map(points.map(({ timeUnixNano, asDouble }) => [timeUnixNano, asDouble]));
  return [...byTime.values()].reduce((sum, value) => sum + value, 0);
}

const DELTA = { metrics: { temporality: "delta" } } as const;
const SUM = "sum_over_time(orders_total[5m])";
const DEDUPLICATES = "-dedup.minScrapeInterval=1ms";

/** Every way that is tested. */
export const TWICE: readonly Twice[] = [
  {
    server: "prometheus",
    how: "metrics by remote write",
    counts: 1,
    run: () => withPrometheus("prometheus", (url) => written(`${url}/api/v1/write`)),
  },
  {
    server: "prometheus",
    how: "metrics by OTLP",
    counts: 1,
    run: () => withPrometheus("prometheus", (url) => exportMetrics(`${url}/api/v1/otlp`)),
  },
  {
    server: "prometheusDelta",
    how: "metrics by OTLP, delta",
    counts: 1,
    run: () =>
      withPrometheus("prometheusDelta", (url) => exportMetrics(`${url}/api/v1/otlp`, DELTA)),
  },
  {
    server: "prometheus2",
    how: "metrics by remote write",
    counts: 1,
    run: () => withPrometheus("prometheus2", (url) => written(`${url}/api/v1/write`)),
  },
  {
    server: "victoriametrics",
    how: "metrics by OTLP",
    counts: 1,
    run: () => withVictoriaMetrics("orders_total", (url) => exportMetrics(`${url}/opentelemetry`)),
  },
  {
    server: "victoriametrics",
    how: "metrics by remote write",
    counts: 1,
    run: () => withVictoriaMetrics("orders_total", (url) => written(`${url}/api/v1/write`)),
  },
  {
    server: "victoriametrics",
    how: "metrics by OTLP, delta",
    counts: 2,
    run: () => withVictoriaMetrics(SUM, (url) => exportMetrics(`${url}/opentelemetry`, DELTA)),
  },
  {
    server: "victoriametrics",
    how: "metrics by OTLP, delta",
    setThere: DEDUPLICATES,
    counts: 1,
    run: () =>
      withVictoriaMetrics(
        SUM,
        (url) => exportMetrics(`${url}/opentelemetry`, DELTA),
        [DEDUPLICATES],
      ),
  },
  {
    server: "pushgateway",
    how: "metrics, pushed",
    counts: 1,
    run: async () => {
      const server = await PushgatewayServer.start(programOf("pushgateway"));
      try {
        const gateway = new Pushgateway({ url: server.url, job: "twice", fetch: sendTwice });
        await gateway.push(await orders().collect());
        const [line] = await server.lines("orders_total{");
        return Number(line!.split(" ").at(-1));
      } finally {
        await server.stop();
      }
    },
  },
  {
    server: "victorialogs",
    how: "log records by OTLP",
    counts: 2,
    run: () =>
      linesOf((url) => {
        const endpoint = `${url}/insert/opentelemetry`;
        const options = { endpoint, traces: false, metrics: false, signals: false } as const;
        const exporter = new OtlpExporter({ ...options, fetch: sendTwice });
        return logged((record) => exporter.log(record), () => exporter.flush())
          .finally(() => exporter.close());
      }),
  },
  {
    server: "victorialogs",
    how: "log records by Loki's push API",
    counts: 2,
    run: () =>
      linesOf((url) => {
        const loki = new LokiSink({ url: `${url}/insert`, fetch: sendTwice });
        const log = new Logger({ service: "twice", signals: false, sinks: [loki] });
        for (let i = 0; i < 5; i++) log.info("line");
        return log.flush().finally(() => log.close());
      }),
  },
  {
    server: "collector",
    how: "metrics by OTLP: the same point of the same time",
    counts: 1,
    run: collectedTotals,
  },
  {
    server: "collector",
    how: "metrics by OTLP, delta",
    counts: 2,
    run: collectedDeltas,
  },
  {
    server: "collector",
    how: "log records by OTLP",
    counts: 2,
    run: () =>
      collected("logs", (exporter) => logged((r) => exporter.log(r), () => exporter.flush())),
  },
  {
    server: "collector",
    how: "spans by OTLP, under the same ids",
    counts: 2,
    run: () =>
      collected("traces", (exporter) => {
        for (let i = 0; i < 5; i++) exporter.span(spanRecord(`span ${i}`));
        return exporter.flush();
      }),
  },
];
