/** Sends every case of log records by every way, and reads what is stored. */
import { Faults } from "../../src/core/faults.ts";
import { LokiSink } from "../../src/export/loki/mod.ts";
import { OtlpExporter } from "../../src/export/otlp/exporter.ts";
import type { OtlpOptions } from "../../src/export/otlp/options.ts";
import { JsonEncoder, type LogRecord, type LogSink } from "../../src/log/mod.ts";
import { until } from "../e2e/wait.ts";
import { Collector, recordsOf } from "../export/collector.ts";
import type { Decoded } from "../export/decode.ts";
import { type StoredLine, VictoriaLogs } from "../peers/victorialogs.ts";
import { type Arrived, type Difference, differenceOf, type Says } from "./difference.ts";
import { LOG_CASES, logCases } from "./log_cases.ts";
import { code } from "./metric_ways.ts";
import { RESOURCE } from "./resource.ts";
import { type ServerName, SERVERS } from "./servers.ts";
import { plainOf } from "./stored.ts";

/** One way of log records to one server. */
export interface LogWay {
  /** The service that logs. */
  readonly service: string;
  readonly server: ServerName;
  readonly how: string;
  readonly set: string;
  readonly setThere?: string;
  /** Makes what takes the records, for a server at this address. */
  readonly open: (url: string, service: string, faults: Faults) => Opened;
  /** What a stored line is, under the names that {@linkcode recordedRows} has. */
  readonly read: (line: Decoded) => Readonly<Record<string, unknown>>;
  readonly says: readonly Says[];
}

/** What takes the records of a way. */
export interface Opened {
  readonly sink: LogSink;
  /** Brings out what waits. */
  flush(): Promise<void>;
  /** What is counted as arrived. */
  arrived(): number;
  close(): Promise<void>;
}

/** Values with dotted names for what is in maps; nothing is left out. */
function flattened(fields: Readonly<Record<string, unknown>>, before = ""): [string, string][] {
  return Object.entries(fields).flatMap(([key, value]): [string, string][] => {
    const isMap = typeof value === "object" && value !== null && !Array.isArray(value);
    if (isMap && Object.keys(value).length > 0) {
      return flattened(value as Record<string, unknown>, `${before}${key}.`);
    }
    const text = typeof value === "object" ? JSON.stringify(value) : String(value);
    return [[before + key, text]];
  });
}

function rowsOfRecord(record: Readonly<Record<string, unknown>>): string[] {
  return flattened(record).map(([key, value]) =>
    `${key}=${value.length > 200 ? `${value.length} characters` : JSON.stringify(value)}`
  );
}

/** A record in rows: `@` is before what is not a field. */
function recordedRows(record: LogRecord): string[] {
  const { message, level, timeMs, category, traceId, spanId, requestId, fields } = record;
  return rowsOfRecord({
    "@message": message.toWellFormed(),
    "@level": level,
    "@time": new Date(timeMs).toISOString(),
    ...(category === "" ? {} : { "@logger": category }),
    ...(traceId === "" ? {} : { "@trace_id": traceId, "@span_id": spanId }),
    ...(requestId === "" ? {} : { "@request_id": requestId }),
    ...JSON.parse(
      JSON.stringify(
        fields,
        (_, value) =>
          typeof value === "bigint" || typeof value === "number" && !Number.isFinite(value)
            ? String(value)
            : typeof value === "string"
            ? value.toWellFormed()
            : value,
      ),
    ),
  });
}

/** A line of VictoriaLogs, whose own fields begin with `_`. */
function readLine(
  { _msg, _time, _stream, _stream_id, ...fields }: StoredLine,
  names: Readonly<Record<string, string>>,
  ignored: readonly string[],
): Record<string, unknown> {
  const read: Record<string, unknown> = {
    "@message": _msg,
    // Equal times are told apart by nanoseconds.
    "@time": new Date(_time!).toISOString(),
  };
  for (const [key, value] of Object.entries(fields)) {
    if (!ignored.includes(key)) read[Object.hasOwn(names, key) ? names[key]! : key] = value;
  }
  return read;
}

const IDS = { trace_id: "@trace_id", span_id: "@span_id", request_id: "@request_id" };
const LINE_NAMES = { ...IDS, level: "@level", logger: "@logger" };
const OTLP_NAMES = { ...IDS, severity_text: "@level", "scope.name": "@logger" };
const SCOPE = "@telltale/telltale";

/** A record as a Collector wrote it. */
function readRecord(record: Decoded): Record<string, unknown> {
  const { body, severityText, timeUnixNano, traceId, spanId, logger, attributes = [] } = record;
  const pairs = attributes.map(({ key, value }: Decoded) => [key, plainOf(value)]);
  const { request_id, ...fields } = Object.fromEntries(pairs);
  return {
    "@message": plainOf(body),
    "@level": severityText,
    "@time": new Date(Number(BigInt(timeUnixNano) / 1_000_000n)).toISOString(),
    ...(logger === SCOPE ? {} : { "@logger": logger }),
    ...(traceId ? { "@trace_id": traceId, "@span_id": spanId } : {}),
    ...(request_id === undefined ? {} : { "@request_id": request_id }),
    ...(record.eventName ? { "event.name": record.eventName } : {}),
    ...fields,
  };
}

function otlp(
  server: ServerName,
  path: string,
  options: OtlpOptions,
): Pick<LogWay, "server" | "set" | "open"> {
  const optionsOf = (url: string) => ({ endpoint: `${url}${path}`, ...options });
  return {
    server,
    set: `otlp: ${code(optionsOf(SERVERS[server].url))}`,
    open: (url, service, faults) => {
      const resource = { ...RESOURCE, "service.name": service };
      const exporter = new OtlpExporter({ ...optionsOf(url), resource, signals: false, faults });
      return {
        sink: { name: "otlp", write: (record) => exporter.log(record) },
        flush: async () => void await exporter.flush(),
        arrived: () => exporter.counts("logs")!.exported,
        close: () => exporter.close(),
      };
    },
  };
}

const NO_EMPTY: readonly Says[] = [
  ["Null and empty fields are missing.", "nothing"],
  ["An empty map is missing.", "nested"],
  ["An empty message is replaced by a sentence with a link to its manual.", "blank"],
  ["A line more than two days ahead is dropped without an error (`-futureRetention`).", "end"],
];
const CLASHES =
  "A field `_msg` replaces the message; fields `_time` and `_stream` are dropped: give them other names.";
const ESCAPES: Says = ["A lone surrogate is stored as its escape, `\\ud800`.", "half"];
const BEHIND: Says = [`${CLASHES} A field \`level\` or \`msg\` is \`level_\`, \`msg_\`.`, "names"];
const EXCEPTION: Says = ["An error is `exception.type`, `.message` and `.stacktrace`.", "error"];

/** Every way that is tested. */
export const LOG_WAYS: readonly LogWay[] = [
  {
    service: "victorialogs-otlp",
    how: "OTLP",
    ...otlp("victorialogs", "/insert/opentelemetry", { traces: false, metrics: false }),
    read: (line) => {
      const resource = Object.keys(line).filter((key) =>
        Object.keys(RESOURCE).some((own) => key === own || key.startsWith(`${own}.`))
      );
      const read = readLine(line, OTLP_NAMES, [
        ...resource,
        "severity_number",
        "scope.version",
        "service.name",
      ]);
      if (read["@logger"] === SCOPE) delete read["@logger"];
      return read;
    },
    says: [
      [
        "Null, empty fields and empty maps are missing; Infinity is `+Inf`.",
        "nothing",
        "nested",
      ],
      ...NO_EMPTY.slice(2),
      [CLASHES, "names"],
      EXCEPTION,
      ["The name of an event is `event_name`, and one of the labels of its stream.", "event"],
    ],
  },
  {
    service: "victorialogs-loki",
    server: "victorialogs",
    how: "Loki's push API",
    set: `log: { sinks: [new LokiSink({ url: "${SERVERS.victorialogs.url}/insert", ` +
      `headers: { "VL-Msg-Field": "msg" } })] }`,
    open: (url, _service, faults) => {
      const headers = { "VL-Msg-Field": "msg" };
      const sink = new LokiSink({ url: `${url}/insert`, headers, faults });
      return {
        sink,
        flush: () => Promise.resolve(),
        arrived: () => sink.counts.written,
        close: () => Promise.resolve(),
      };
    },
    read: (line) => readLine(line, LINE_NAMES, ["service", "service_name", "time"]),
    says: [
      ...NO_EMPTY,
      ESCAPES,
      BEHIND,
      [
        "A line of more than 256 KiB is cut to that, and says so; its fields are in the message.",
        "long",
      ],
      ["A time of the first days of 1970 is taken for seconds.", "past"],
    ],
  },
  {
    service: "victorialogs-lines",
    server: "victorialogs",
    how: "JSON lines of standard output, as a shipper posts them",
    set: `log: { format: "json" }`,
    setThere: "POST /insert/jsonline?_time_field=time&_msg_field=msg&_stream_fields=service",
    open: (url) => {
      const encoder = new JsonEncoder(), lines: string[] = [];
      const query = "_time_field=time&_msg_field=msg&_stream_fields=service";
      return {
        sink: { name: "lines", write: (record) => void lines.push(encoder.encode(record)) },
        flush: async () => {
          const body = lines.join("\n");
          const response = await fetch(`${url}/insert/jsonline?${query}`, { method: "POST", body });
          await response.body?.cancel();
        },
        arrived: () => lines.length,
        close: () => Promise.resolve(),
      };
    },
    read: (line) => readLine(line, LINE_NAMES, ["service"]),
    says: [...NO_EMPTY, ESCAPES, BEHIND],
  },
  {
    service: "collector-logs",
    how: "OTLP",
    ...otlp("collector", "", { compression: "gzip" }),
    read: readRecord,
    says: [EXCEPTION],
  },
  {
    service: "collector-logs-json",
    how: "OTLP, JSON",
    ...otlp("collector", "", { protocol: "http/json" }),
    read: readRecord,
    says: [EXCEPTION, ["It does not read the name of an event from JSON.", "event"]],
  },
];

/** Where lines are read. */
interface Server {
  readonly url: string;
  lines(service: string): Promise<readonly Decoded[]>;
  stop(): Promise<void>;
}

async function start(name: ServerName): Promise<Server> {
  if (name === "victorialogs") {
    const server = await VictoriaLogs.start();
    return {
      url: server.url,
      lines: (service) =>
        server.lines(
          `service_name:="${service}" or service:="${service}" or "service.name":="${service}"`,
        ),
      stop: () => server[Symbol.asyncDispose](),
    };
  }
  const collector = await Collector.start();
  const isOf = (service: string) => ({ resource }: Decoded) =>
    resource.attributes.some(({ key, value }: Decoded) =>
      key === "service.name" && value.stringValue === service
    );
  return {
    url: collector.url,
    lines: (service) =>
      Promise.resolve(collector.received("logs").filter(isOf(service)).flatMap(recordsOf)),
    stop: () => collector.stop(),
  };
}

/** Runs these ways; what came of them is in their order. */
export async function runLogs(ways: readonly LogWay[]): Promise<Arrived[]> {
  const names = [...new Set(ways.map(({ server }) => server))];
  const servers = new Map<ServerName, Server>();
  try {
    await Promise.all(names.map(async (name) => void servers.set(name, await start(name))));
    return await Promise.all(ways.map((way) => runWay(way, servers.get(way.server)!)));
  } finally {
    await Promise.all([...servers.values()].map((server) => server.stop()));
  }
}

async function runWay({ service, open, read }: LogWay, server: Server): Promise<Arrived> {
  const faults = new Faults(), { sink, flush, arrived, close } = open(server.url, service, faults);
  const records = await logCases(service, sink);
  await flush();
  const sent = [...records.values()].flat().length;
  // The one of 2200 is not stored everywhere.
  const lines = await until(`the lines of ${service}`, async () => {
    const found = await server.lines(service);
    return found.length >= sent - 1 ? found : undefined;
  });
  const outcome: Record<string, Difference> = {};
  for (const name of Object.keys(LOG_CASES)) {
    const expected = records.get(name)!;
    // A line that was cut has no fields any more.
    const found = lines.map(read).filter((line) =>
      line.case === name || line.case === undefined && name === "long"
    );
    const difference = differenceOf(
      [...expected.flatMap(recordedRows), `${expected.length} lines`],
      [...found.flatMap(rowsOfRecord), `${found.length} lines`],
    );
    if (difference !== undefined) outcome[name] = difference;
  }
  await close();
  const counted = arrived() === sent ? [] : [`${arrived()} of ${sent} counted`];
  const reported = [...faults.counts()].map(([part, count]) => `${part} ${count}`);
  return { outcome, faults: [...counted, ...reported] };
}
