/** What receivers refuse, and how a user learns of it. */
import { Faults } from "../../src/core/faults.ts";
import { OtlpExporter } from "../../src/export/otlp/exporter.ts";
import type { OtlpOptions } from "../../src/export/otlp/options.ts";
import { Pushgateway, type PushResult, RemoteWrite } from "../../src/export/push/mod.ts";
import { LokiSink } from "../../src/export/loki/mod.ts";
import { Logger } from "../../src/log/logger.ts";
import { labelsOf } from "../../src/metrics/data/labels.ts";
import { type Family, numberFamily, Registry } from "../../src/metrics/mod.ts";
import { Prometheus } from "../e2e/prometheus.ts";
import { Collector, itemsOf } from "../export/collector.ts";
import { PushgatewayServer } from "../peers/pushgateway.ts";
import { VictoriaLogs } from "../peers/victorialogs.ts";
import { VictoriaMetrics } from "../peers/victoriametrics.ts";
import { programOf, type ServerName } from "./servers.ts";

/** What was sent, and what came of it. */
export interface Refusal {
  readonly server: ServerName;
  /** What is wrong, for people. */
  readonly what: string;
  /** The line that a user reads, without the receiver's address. */
  readonly line: string;
  /** The counts of accepted, exported and refused items; undefined for pushes, which say it in their result. */
  readonly ledger?: readonly [accepted: number, exported: number, refused: number];
  /** What the receiver has stored of it. */
  readonly stored: readonly string[];
  /** What else a reader should know. */
  readonly note?: string;
  readonly run: () => Promise<Omit<Refusal, "server" | "what" | "run" | "note">>;
}

/** Sends to a receiver and reads what it has. */
interface Receiver {
  readonly url: string;
  stored(): Promise<string[]>;
  stop(): Promise<unknown>;
}

const NAMES = `count by (__name__) ({__name__!=""})`;

async function prometheus(
  flags: readonly string[] = [],
  features: readonly string[] = [],
  program: string = programOf("prometheus"),
): Promise<Receiver> {
  const server = await Prometheus.start([], { program, flags, features, scrapes: [] });
  return {
    url: server.url,
    stored: async () => {
      const { result } = await server.api(`query?query=${encodeURIComponent(NAMES)}`);
      return result.map(({ metric }: { metric: { __name__: string } }) => metric.__name__).sort();
    },
    stop: () => server.stop(),
  };
}

async function victoriaMetrics(): Promise<Receiver> {
  const server = await VictoriaMetrics.start();
  return {
    url: server.url,
    stored: async () => {
      const series = await server.series(`{__name__!=""}`);
      return series.map(({ metric }) => metric.__name__!).sort();
    },
    stop: () => server[Symbol.asyncDispose](),
  };
}

async function victoriaLogs(): Promise<Receiver> {
  const server = await VictoriaLogs.start();
  return {
    url: server.url,
    stored: async () => (await server.lines("*")).map(({ _msg }) => _msg!).sort(),
    stop: () => server[Symbol.asyncDispose](),
  };
}

async function collector(): Promise<Receiver> {
  const server = await Collector.start();
  return {
    url: server.url,
    stored: () => Promise.resolve(itemsOf(server.received("logs")).map(({ body }) => body)),
    stop: () => server.stop(),
  };
}

async function pushgateway(): Promise<Receiver> {
  const server = await PushgatewayServer.start(programOf("pushgateway"));
  return {
    url: server.url,
    stored: async () => (await server.lines("a{", "b{")).map((line) => line.split("{")[0]!),
    stop: () => server.stop(),
  };
}

/** The lines that faults are reported in, without the addresses of the receivers. */
function listening(): { readonly faults: Faults; readonly lines: string[] } {
  const lines: string[] = [];
  const faults = new Faults((where, error) => {
    const text = error instanceof Error ? error.message : String(error);
    lines.push(`${where}: ${text.replaceAll(/127\.0\.0\.1:\d+/g, "HOST")}`);
  });
  return { faults, lines };
}

async function otlp(
  start: () => Promise<Receiver>,
  path: string,
  options: OtlpOptions,
): Promise<Awaited<ReturnType<Refusal["run"]>>> {
  const receiver = await start(), { faults, lines } = listening();
  try {
    const exporter = new OtlpExporter({
      endpoint: `${receiver.url}${path}`,
      ...options,
      traces: false,
      signals: false,
      faults,
    });
    const signal = options.logs === false ? "metrics" : "logs";
    const registry = new Registry();
    registry.counter("orders_total", "").add(5);
    registry.gauge("level", "").set(1);
    registry.histogram("wait_seconds", "").observe(1);
    const native = options.metrics !== false && options.metrics?.histograms === "exponential";
    exporter.metrics(() => registry.collect({ native }));
    const sink = { name: "otlp", write: exporter.log.bind(exporter) };
    const log = new Logger({ service: "x", signals: false, sinks: [sink] });
    if (signal === "logs") { for (const text of ["one", "two"]) log.info(text); }
    await log.flush();
    await exporter.flush();
    const { accepted, exported, dropped, queued } = exporter.counts(signal)!;
    await exporter.close();
    if (queued > 0) lines.push(`${queued} queued`);
    const ledger = [accepted, exported, dropped.get("refused") ?? 0] as const;
    return { line: lines.join("\n"), ledger, stored: await receiver.stored() };
  } finally {
    await receiver.stop();
  }
}

/** Two lines by Loki's push API, to this path. */
async function loki(path: string): Promise<Awaited<ReturnType<Refusal["run"]>>> {
  const receiver = await victoriaLogs(), { faults, lines } = listening();
  try {
    const sink = new LokiSink({ url: `${receiver.url}${path}`, faults });
    const log = new Logger({ service: "x", signals: false, sinks: [sink] });
    for (const text of ["one", "two"]) log.info(text);
    await log.flush();
    const { written, droppedFull, droppedClosed, droppedFailed } = sink.counts;
    return {
      line: lines.join("\n"),
      ledger: [written + droppedFull + droppedClosed + droppedFailed, written, droppedFailed],
      stored: await receiver.stored(),
    };
  } finally {
    await receiver.stop();
  }
}

async function pushed(
  start: () => Promise<Receiver>,
  push: (url: string, faults: Faults) => Promise<PushResult>,
): Promise<Awaited<ReturnType<Refusal["run"]>>> {
  const receiver = await start(), { faults, lines } = listening();
  try {
    const { pushed, error } = await push(receiver.url, faults);
    if (pushed || error === undefined) lines.push("the result says nothing of it");
    return { line: lines.join("\n"), stored: await receiver.stored() };
  } finally {
    await receiver.stop();
  }
}

const WRITE = "--web.enable-remote-write-receiver", OTLP = "--web.enable-otlp-receiver";
const METRICS = { logs: false } as const, LOGS = { metrics: false } as const;
const NO_JSON = "HTTP 400 json encoding isn't supported for opentelemetry format. " +
  "Use protobuf encoding";

const gauge = (name: string) => numberFamily("gauge", name, "", [[1]]);
const old: Family = {
  ...numberFamily("gauge", "old", "", []),
  samples: [{ value: 1, labels: labelsOf({}), timestampMs: Date.now() - 6 * 3_600_000 }],
};

/** Every refusal that is tested. */
export const REFUSALS: readonly Refusal[] = [
  {
    server: "prometheus",
    what: `OTLP without \`${OTLP}\``,
    line: "otlp metrics: Cannot export to HOST: HTTP 404 otlp write receiver needs to be enabled " +
      `with ${OTLP}; 3 dropped`,
    ledger: [3, 0, 3],
    stored: [],
    run: () => otlp(() => prometheus(), "/api/v1/otlp", METRICS),
  },
  {
    server: "prometheus",
    what: "exponential histograms without `--enable-feature=native-histograms`",
    line: "otlp metrics: Cannot export to HOST: HTTP 500 native histograms are disabled; 3 dropped",
    ledger: [3, 0, 3],
    stored: [],
    note: "The other metrics of the request are lost with them.",
    run: () =>
      otlp(() => prometheus([OTLP]), "/api/v1/otlp", {
        ...METRICS,
        metrics: { histograms: "exponential" },
      }),
  },
  {
    server: "prometheus",
    what: "OTLP deltas without `--enable-feature=otlp-deltatocumulative`",
    line: "",
    ledger: [3, 3, 0],
    stored: ["level"],
    note: "It answers 200; counters and histograms are lost.",
    run: () =>
      otlp(() => prometheus([OTLP]), "/api/v1/otlp", {
        ...METRICS,
        metrics: { temporality: "delta" },
      }),
  },
  {
    server: "prometheus",
    what: `remote write without \`${WRITE}\``,
    line: "push: Cannot push to remote write at HOST: HTTP 404 remote write receiver needs to be " +
      `enabled with ${WRITE}`,
    stored: [],
    run: () =>
      pushed(
        () => prometheus(),
        (url, faults) =>
          new RemoteWrite({ url: `${url}/api/v1/write`, faults }).write([gauge("a")]),
      ),
  },
  {
    server: "prometheus",
    what: "a sample that is six hours old, by remote write",
    line: "push: Cannot push to remote write at HOST: HTTP 400 out of bounds",
    stored: [],
    note: "It takes nothing of the request.",
    run: () =>
      pushed(
        () => prometheus([WRITE]),
        (url, faults) =>
          new RemoteWrite({ url: `${url}/api/v1/write`, faults })
            .write([gauge("a"), old, gauge("b")]),
      ),
  },
  {
    server: "prometheus2",
    what: `remote write without \`${WRITE}\``,
    line: "push: Cannot push to remote write at HOST: HTTP 404 remote write receiver needs to be " +
      "enabled with --enable-feature=remote-write-receiver",
    stored: [],
    run: () =>
      pushed(
        () => prometheus([], [], programOf("prometheus2")),
        (url, faults) =>
          new RemoteWrite({ url: `${url}/api/v1/write`, faults }).write([gauge("a")]),
      ),
  },
  {
    server: "collector",
    what: "an address with a path that it does not have",
    line: "otlp logs: Cannot export to HOST: HTTP 404 page not found; 2 dropped",
    ledger: [2, 0, 2],
    stored: [],
    run: () => otlp(collector, "/otlp", LOGS),
  },
  {
    server: "victorialogs",
    what: "Loki's push API at an address without `/insert`",
    line:
      `loki: Cannot export to HOST: HTTP 400 unsupported path requested: "/loki/api/v1/push"; ` +
      "2 dropped",
    ledger: [2, 0, 2],
    stored: [],
    run: () => loki(""),
  },
  {
    server: "victoriametrics",
    what: "remote write to a path that it does not have",
    line:
      `push: Cannot push to remote write at HOST: HTTP 400 unsupported path requested: "/write/it"`,
    stored: [],
    run: () =>
      pushed(
        victoriaMetrics,
        (url, faults) => new RemoteWrite({ url: `${url}/write/it`, faults }).write([gauge("a")]),
      ),
  },
  {
    server: "victoriametrics",
    what: "OTLP as JSON",
    line: `otlp metrics: Cannot export to HOST: ${NO_JSON}; 3 dropped`,
    ledger: [3, 0, 3],
    stored: [],
    run: () => otlp(victoriaMetrics, "/opentelemetry", { ...METRICS, protocol: "http/json" }),
  },
  {
    server: "victoriametrics",
    what: "the address without `/opentelemetry`",
    line: "otlp metrics: Cannot export to HOST: HTTP 400 unsupported path requested: " +
      `"/v1/metrics"; 3 dropped`,
    ledger: [3, 0, 3],
    stored: [],
    run: () => otlp(victoriaMetrics, "", METRICS),
  },
  {
    server: "victorialogs",
    what: "OTLP as JSON",
    line: `otlp logs: Cannot export to HOST: ${NO_JSON}; 2 dropped`,
    ledger: [2, 0, 2],
    stored: [],
    run: () => otlp(victoriaLogs, "/insert/opentelemetry", { ...LOGS, protocol: "http/json" }),
  },
  {
    server: "pushgateway",
    what: "a metric that another job has with another type",
    line: "push: Cannot push to Pushgateway at HOST: HTTP 400 pushed metrics are invalid or " +
      `inconsistent with existing metrics: collected metric "a" { label:{name:"instance" value:""} ` +
      `label:{name:"job" value:"two"} counter:{value:1}} is not a GAUGE`,
    stored: ["a"],
    note: "It takes nothing of the push.",
    run: async () => {
      const found = await pushed(pushgateway, async (url, faults) => {
        await new Pushgateway({ url, job: "one", faults }).push([gauge("a")]);
        const other = numberFamily("counter", "a", "", [[1]]);
        return await new Pushgateway({ url, job: "two", faults }).push([other, gauge("b")]);
      });
      // Which of the two it names first is the order of a Go map.
      const line = found.line.replace(
        'value:"one"} gauge:{value:1}} is not a COUNTER',
        'value:"two"} counter:{value:1}} is not a GAUGE',
      );
      return { ...found, line };
    },
  },
];
