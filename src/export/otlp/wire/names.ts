/**
 * Names of metrics, units and attributes by OpenTelemetry's semantic conventions.
 *
 * @module
 */
import { type Family, numberFamily } from "../../../metrics/data/family.ts";
import { type LabelSet, OVERFLOW } from "../../../metrics/data/labels.ts";

/** The name of a family over OTLP, and what depends on it. */
export interface OtlpName {
  /** The name of the metric. */
  readonly name: string;
  /** Its unit, in UCUM. */
  readonly unit: string;
  /** Names of attributes by label; a label that is not here keeps its name. */
  readonly labels?: Readonly<Record<string, string>>;
  /** The lowest status code that counts as an error. */
  readonly errorsFrom?: number;
  /** Whether a gauge is an up-down counter there. */
  readonly upDown?: boolean;
}

const SERVER_LABELS = {
  method: "http.request.method",
  route: "http.route",
  status: "http.response.status_code",
};
const DATABASE_LABELS = {
  system: "db.system.name",
  namespace: "db.namespace",
  operation: "db.operation.name",
  collection: "db.collection.name",
  summary: "db.query.summary",
  host: "server.address",
  port: "server.port",
  status: "db.response.status_code",
  error_type: "error.type",
};
const POOL_LABELS = {
  pool: "db.client.connection.pool.name",
  state: "db.client.connection.state",
};
const SPACE_LABELS = { space: "v8js.heap.space.name" };
const SDK_LABELS = {
  otel_component_name: "otel.component.name",
  otel_component_type: "otel.component.type",
  error_type: "error.type",
};

/**
 * Families that have a name in the semantic conventions. All others keep the name they were registered
 * with, which a person will search for.
 *
 * @see {@link https://opentelemetry.io/docs/specs/semconv/http/http-metrics/}
 */
const NAMES: Readonly<Record<string, OtlpName>> = {
  http_request_duration_seconds: {
    name: "http.server.request.duration",
    unit: "s",
    labels: SERVER_LABELS,
    errorsFrom: 500,
  },
  http_request_size_bytes: {
    name: "http.server.request.body.size",
    unit: "By",
    labels: SERVER_LABELS,
    errorsFrom: 500,
  },
  http_response_size_bytes: {
    name: "http.server.response.body.size",
    unit: "By",
    labels: SERVER_LABELS,
    errorsFrom: 500,
  },
  http_requests_in_progress: {
    name: "http.server.active_requests",
    unit: "{request}",
    labels: { method: "http.request.method" },
    upDown: true,
  },
  http_client_request_duration_seconds: {
    name: "http.client.request.duration",
    unit: "s",
    labels: {
      method: "http.request.method",
      host: "server.address",
      port: "server.port",
      status: "http.response.status_code",
      error_type: "error.type",
    },
    errorsFrom: 400,
  },
  db_client_operation_duration_seconds: {
    name: "db.client.operation.duration",
    unit: "s",
    labels: DATABASE_LABELS,
  },
  db_client_connection_count: {
    name: "db.client.connection.count",
    unit: "{connection}",
    labels: POOL_LABELS,
    upDown: true,
  },
  db_client_connection_max: {
    name: "db.client.connection.max",
    unit: "{connection}",
    labels: POOL_LABELS,
    upDown: true,
  },
  db_client_connection_pending_requests: {
    name: "db.client.connection.pending_requests",
    unit: "{request}",
    labels: POOL_LABELS,
    upDown: true,
  },
  db_client_connection_timeouts_total: {
    name: "db.client.connection.timeouts",
    unit: "{timeout}",
    labels: POOL_LABELS,
  },
  db_client_connection_wait_time_seconds: {
    name: "db.client.connection.wait_time",
    unit: "s",
    labels: POOL_LABELS,
  },
  process_resident_memory_bytes: { name: "process.memory.usage", unit: "By", upDown: true },
  process_open_fds: {
    name: "process.unix.file_descriptor.count",
    unit: "{file_descriptor}",
    upDown: true,
  },
  process_cpu_time_seconds_total: {
    name: "process.cpu.time",
    unit: "s",
    labels: { mode: "cpu.mode" },
  },
  nodejs_heap_space_size_total_bytes: {
    name: "v8js.memory.heap.space.size",
    unit: "By",
    labels: SPACE_LABELS,
    upDown: true,
  },
  nodejs_heap_space_size_used_bytes: {
    name: "v8js.memory.heap.used",
    unit: "By",
    labels: SPACE_LABELS,
    upDown: true,
  },
  nodejs_heap_space_size_available_bytes: {
    name: "v8js.memory.heap.space.available_size",
    unit: "By",
    labels: SPACE_LABELS,
    upDown: true,
  },
  nodejs_gc_duration_seconds: {
    name: "v8js.gc.duration",
    unit: "s",
    labels: { kind: "v8js.gc.type" },
  },
  otel_sdk_exporter_operation_duration_seconds: {
    name: "otel.sdk.exporter.operation.duration",
    unit: "s",
    labels: SDK_LABELS,
  },
};

/** Statistics of the event loop's lag; of all but the latest value, each is a metric there. */
const LAG_NAME = /^nodejs_eventloop_lag_(min|max|mean|stddev|p50|p90|p99)_seconds$/;

/** Families about the export itself: the signal and the statistic are parts of the name. */
const SDK_NAME =
  /^otel_sdk_(processor|exporter)_(span|log|metric_data_point)_(queue_size|queue_capacity|processed|exported|inflight)(?:_total)?$/;

const UNITS: Readonly<Record<string, string>> = {
  seconds: "s",
  bytes: "By",
  ratio: "1",
  celsius: "Cel",
  meters: "m",
  volts: "V",
  amperes: "A",
  joules: "J",
  grams: "g",
};

/** The name of a family over OTLP. */
export function otlpName(family: Pick<Family, "name" | "unit">): OtlpName {
  if (Object.hasOwn(NAMES, family.name)) return NAMES[family.name]!;
  const [, component, signal, number] = SDK_NAME.exec(family.name) ?? [];
  if (signal !== undefined) {
    return {
      name: `otel.sdk.${component}.${signal}.${number!.replace("_", ".")}`,
      unit: signal === "log" ? "{log_record}" : signal === "span" ? "{span}" : "{data_point}",
      labels: SDK_LABELS,
      upDown: number !== "processed" && number !== "exported",
    };
  }
  const [, figure] = LAG_NAME.exec(family.name) ?? [];
  if (figure !== undefined) return { name: `nodejs.eventloop.delay.${figure}`, unit: "s" };
  const unit = family.unit ?? "";
  return { name: family.name, unit: Object.hasOwn(UNITS, unit) ? UNITS[unit]! : unit };
}

const CPU_MODES: Readonly<Record<string, string>> = {
  process_cpu_user_seconds_total: "user",
  process_cpu_system_seconds_total: "system",
};

/**
 * The families that are exported. CPU time becomes one metric by mode, without its total, which would
 * be counted twice. `target_info` is left out: the receiver has the resource.
 */
export function exportedFamilies(families: readonly Family[]): Family[] {
  const times = families.flatMap(({ type, name, samples }) =>
    type !== "counter" || !Object.hasOwn(CPU_MODES, name) ? [] : samples.map((sample) => {
      const { names, values } = sample.labels;
      const labels = Object.fromEntries(names.map((label, i) => [label, values[i]!]));
      return [sample.value, { ...labels, mode: CPU_MODES[name]! }] as const;
    })
  );
  const rest = families.filter(({ name }) =>
    name !== "target_info" &&
    (times.length === 0 || name !== "process_cpu_seconds_total" && !Object.hasOwn(CPU_MODES, name))
  );
  if (times.length === 0) return rest;
  const help = "CPU time of the process, by mode";
  return [...rest, numberFamily("counter", "process_cpu_time_seconds_total", help, times)];
}

/** The labels of a series as attributes. */
export function attributesOf({ names, values }: LabelSet, as: OtlpName): unknown[] {
  if (values.length > 0 && values.every((value) => value === OVERFLOW)) {
    return ["otel.metric.overflow", true];
  }
  const attributes: unknown[] = [];
  for (let i = 0; i < names.length; i++) {
    const key = as.labels?.[names[i]!] ?? names[i]!, value = values[i]!;
    if (key === "http.response.status_code") {
      attributes.push(...statusAttributes(value, as.errorsFrom ?? Infinity));
    } else if (key === SPACE_LABELS.space) {
      attributes.push(key, `${value}_space`); // V8's own name, which the convention uses.
    } else if (key === "server.port") {
      if (value !== "") attributes.push(key, Number(value));
    } else if (value !== "" && (key !== "http.route" || value !== "unmatched")) {
      // To Prometheus an empty label is no label; the convention leaves out an unknown route.
      attributes.push(key, value);
    }
  }
  return attributes;
}

/** A status code as a number; `error` and `aborted` mean that there was no response. */
function statusAttributes(status: string, errorsFrom: number): unknown[] {
  const code = Number(status);
  if (!Number.isInteger(code)) return [];
  return [
    "http.response.status_code",
    code,
    // 499: the client closed the request before a response.
    ...(code >= errorsFrom || code === 499 ? ["error.type", status] : []),
  ];
}
