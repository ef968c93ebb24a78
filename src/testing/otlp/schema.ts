/**
 * The messages of OTLP, as the `.proto` files of opentelemetry-proto 1.x have them.
 *
 * @see {@link https://github.com/open-telemetry/opentelemetry-proto}
 * @module
 */

/** A field of a message. */
export interface Field {
  /** The name in JSON. */
  readonly name: string;
  /** A scalar type, or the name of a message. */
  readonly type: string;
  /** Whether it is `repeated`. */
  readonly isList: boolean;
}

/** A message: its fields by number. */
export type Message = ReadonlyMap<number, Field>;

/** The signals of OTLP, and the message of a request for each. */
export const REQUESTS: Readonly<Record<OtlpSignal, string>> = {
  traces: "TracesRequest",
  logs: "LogsRequest",
  metrics: "MetricsRequest",
};

/** A signal of OTLP. */
export type OtlpSignal = "traces" | "logs" | "metrics";

const POINT = "2 startTimeUnixNano fixed64, 3 timeUnixNano fixed64";

/** Message by message: number, name and type of each field; `*` for a list. */
const TEXT: Readonly<Record<string, string>> = {
  TracesRequest: "1 resourceSpans *ResourceSpans",
  LogsRequest: "1 resourceLogs *ResourceLogs",
  MetricsRequest: "1 resourceMetrics *ResourceMetrics",
  ResourceSpans: "1 resource Resource, 2 scopeSpans *ScopeSpans, 3 schemaUrl string",
  ResourceLogs: "1 resource Resource, 2 scopeLogs *ScopeLogs, 3 schemaUrl string",
  ResourceMetrics: "1 resource Resource, 2 scopeMetrics *ScopeMetrics, 3 schemaUrl string",
  ScopeSpans: "1 scope Scope, 2 spans *Span, 3 schemaUrl string",
  ScopeLogs: "1 scope Scope, 2 logRecords *LogRecord, 3 schemaUrl string",
  ScopeMetrics: "1 scope Scope, 2 metrics *Metric, 3 schemaUrl string",
  Resource: "1 attributes *KeyValue, 2 droppedAttributesCount uint32, 3 entityRefs *EntityRef",
  EntityRef: "1 schemaUrl string, 2 type string, 3 idKeys *string, 4 descriptionKeys *string",
  Scope: "1 name string, 2 version string, 3 attributes *KeyValue, 4 droppedAttributesCount uint32",
  KeyValue: "1 key string, 2 value AnyValue",
  AnyValue: "1 stringValue string, 2 boolValue bool, 3 intValue int64, 4 doubleValue double, " +
    "5 arrayValue ArrayValue, 6 kvlistValue KeyValueList, 7 bytesValue bytes",
  ArrayValue: "1 values *AnyValue",
  KeyValueList: "1 values *KeyValue",
  Span: "1 traceId id, 2 spanId id, 3 traceState string, 4 parentSpanId id, 5 name string, " +
    "6 kind enum, 7 startTimeUnixNano fixed64, 8 endTimeUnixNano fixed64, 9 attributes *KeyValue, " +
    "10 droppedAttributesCount uint32, 11 events *Event, 12 droppedEventsCount uint32, " +
    "13 links *Link, 14 droppedLinksCount uint32, 15 status Status, 16 flags fixed32",
  Event: "1 timeUnixNano fixed64, 2 name string, 3 attributes *KeyValue, " +
    "4 droppedAttributesCount uint32",
  Link: "1 traceId id, 2 spanId id, 3 traceState string, 4 attributes *KeyValue, " +
    "5 droppedAttributesCount uint32, 6 flags fixed32",
  Status: "2 message string, 3 code enum",
  LogRecord:
    "1 timeUnixNano fixed64, 2 severityNumber enum, 3 severityText string, 5 body AnyValue, " +
    "6 attributes *KeyValue, 7 droppedAttributesCount uint32, 8 flags fixed32, 9 traceId id, " +
    "10 spanId id, 11 observedTimeUnixNano fixed64, 12 eventName string",
  Metric: "1 name string, 2 description string, 3 unit string, 5 gauge Gauge, 7 sum Sum, " +
    "9 histogram Histogram, 10 exponentialHistogram ExponentialHistogram, 11 summary Summary, " +
    "12 metadata *KeyValue",
  Gauge: "1 dataPoints *NumberDataPoint",
  Sum: "1 dataPoints *NumberDataPoint, 2 aggregationTemporality enum, 3 isMonotonic bool",
  Histogram: "1 dataPoints *HistogramDataPoint, 2 aggregationTemporality enum",
  ExponentialHistogram: "1 dataPoints *ExponentialDataPoint, 2 aggregationTemporality enum",
  Summary: "1 dataPoints *SummaryDataPoint",
  NumberDataPoint: `${POINT}, 4 asDouble double, 5 exemplars *Exemplar, 6 asInt sfixed64, ` +
    "7 attributes *KeyValue, 8 flags uint32",
  HistogramDataPoint: `${POINT}, 4 count fixed64, 5 sum double, 6 bucketCounts *fixed64, ` +
    "7 explicitBounds *double, 8 exemplars *Exemplar, 9 attributes *KeyValue, 10 flags uint32, " +
    "11 min double, 12 max double",
  ExponentialDataPoint: `1 attributes *KeyValue, ${POINT}, 4 count fixed64, 5 sum double, ` +
    "6 scale sint32, 7 zeroCount fixed64, 8 positive Buckets, 9 negative Buckets, 10 flags uint32, " +
    "11 exemplars *Exemplar, 12 min double, 13 max double, 14 zeroThreshold double",
  Buckets: "1 offset sint32, 2 bucketCounts *uint64",
  SummaryDataPoint: `${POINT}, 4 count fixed64, 5 sum double, 6 quantileValues *ValueAtQuantile, ` +
    "7 attributes *KeyValue, 8 flags uint32",
  ValueAtQuantile: "1 quantile double, 2 value double",
  Exemplar: "2 timeUnixNano fixed64, 3 asDouble double, 4 spanId id, 5 traceId id, " +
    "6 asInt sfixed64, 7 filteredAttributes *KeyValue",
};

const read = new Map<string, Message>();

/** The message of a name; undefined for a scalar type. */
export function messageOf(type: string): Message | undefined {
  let message = read.get(type);
  const text = TEXT[type];
  if (message !== undefined || text === undefined) return message;
  message = new Map(
    text.split(", ").map((field) => {
      const [number, name, given] = field.split(" ") as [string, string, string];
      return [Number(number), {
        name,
        type: given.replace("*", ""),
        isList: given.startsWith("*"),
      }];
    }),
  );
  read.set(type, message);
  return message;
}
