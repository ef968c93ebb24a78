/** The ways in which log records reach a receiver, and what each receiver makes of them. */
import type { Faults } from "../../src/core/faults.ts";
import { LokiSink } from "../../src/export/loki/mod.ts";
import { OtlpExporter } from "../../src/export/otlp/exporter.ts";
import type { OtlpOptions } from "../../src/export/otlp/options.ts";
import { JsonEncoder, type LogSink } from "../../src/log/mod.ts";
import type { Decoded } from "../export/decode.ts";
import type { StoredLine } from "../peers/victorialogs.ts";
import type { Says } from "./difference.ts";
import { code } from "./metric_senders.ts";
import { RESOURCE, resourceText } from "./resource.ts";
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
  /** Whether the number of the severity and the resource are stored, too: as `@severity` and `@resource`. */
  readonly isWhole?: boolean;
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
  const plain = (pairs: readonly Decoded[]) =>
    Object.fromEntries(pairs.map(({ key, value }) => [key, plainOf(value)]));
  const { request_id, ...fields } = plain(attributes);
  return {
    "@message": plainOf(body),
    "@level": severityText,
    "@severity": record.severityNumber,
    "@resource": resourceText(plain(record.resource.attributes)),
    "@time": new Date(Number(BigInt(timeUnixNano) / 1_000_000n)).toISOString(),
    ...(logger === SCOPE ? {} : { "@logger": logger }),
    ...(traceId ? { "@trace_id": traceId, "@span_id": spanId } : {}),
    ...(request_id === undefined ? {} : { "@request_id": request_id }),
    ...(record.eventName ? { "event.name": record.eventName } : {}),
    ...fields,
  };
}

/** Whether a field is of the resource: the record's own may have the name of such a one. */
function isOfResource(key: string, value: unknown): boolean {
  return Object.entries(RESOURCE as object).some(([name, own]) =>
    key.startsWith(`${name}.`) ||
    key === name && value === (typeof own === "object" ? JSON.stringify(own) : String(own))
  );
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
const UNNAMED: Says = ["A field without a name is `_`, one that is `_` is `__`.", "unnamed"];
const EXCEPTION: Says = ["An error is `exception.type`, `.message` and `.stacktrace`.", "error"];

/** Every way that is tested. */
export const LOG_WAYS: readonly LogWay[] = [
  {
    service: "victorialogs-otlp",
    how: "OTLP",
    ...otlp("victorialogs", "/insert/opentelemetry", { traces: false, metrics: false }),
    read: (line) => {
      const resource = Object.keys(line).filter((key) => isOfResource(key, line[key]));
      const read = readLine(line, { ...OTLP_NAMES, severity_number: "@severity" }, [
        ...resource,
        "scope.version",
        "service.name",
      ]);
      if (read["@logger"] === SCOPE) delete read["@logger"];
      const own = Object.fromEntries(resource.map((key) => [key, line[key]]));
      return { ...read, "@resource": resourceText(own) };
    },
    isWhole: true,
    says: [
      [
        "Null, empty fields and empty maps are missing; Infinity is `+Inf`.",
        "nothing",
        "nested",
      ],
      ...NO_EMPTY.slice(2),
      [CLASHES, "names"],
      [
        "A field without a name is `_`. One with the name of an attribute of the resource is there twice, and " +
        "found by the resource's value only.",
        "unnamed",
      ],
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
      UNNAMED,
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
    says: [...NO_EMPTY, ESCAPES, BEHIND, UNNAMED],
  },
  {
    service: "collector-logs",
    how: "OTLP",
    ...otlp("collector", "", { compression: "gzip" }),
    read: readRecord,
    isWhole: true,
    says: [EXCEPTION, UNNAMED],
  },
  {
    service: "collector-logs-json",
    how: "OTLP, JSON",
    ...otlp("collector", "", { protocol: "http/json" }),
    read: readRecord,
    isWhole: true,
    says: [EXCEPTION, UNNAMED, ["It does not read the name of an event from JSON.", "event"]],
  },
];
