/** Decodes protocol buffers of Prometheus with protobufjs. */
import protobuf from "protobufjs";
import type { Exemplar, Family, NativeBucket } from "../../src/metrics/data/family.ts";
import { labelSet } from "../../src/metrics/data/labels.ts";

/** `io.prometheus.client`, by the field numbers of its metrics.proto. */
const CLIENT = protobuf.parse(`
  syntax = "proto2";
  message LabelPair { optional string name = 1; optional string value = 2; }
  message Timestamp { optional int64 seconds = 1; optional int32 nanos = 2; }
  message Exemplar {
    repeated LabelPair label = 1; optional double value = 2; optional Timestamp timestamp = 3;
  }
  message Gauge { optional double value = 1; }
  message Counter {
    optional double value = 1; optional Exemplar exemplar = 2; optional Timestamp created = 3;
  }
  message Quantile { optional double quantile = 1; optional double value = 2; }
  message Summary {
    optional uint64 count = 1; optional double sum = 2; repeated Quantile quantile = 3;
    optional Timestamp created = 4;
  }
  message Untyped { optional double value = 1; }
  message Bucket {
    optional uint64 count = 1; optional double bound = 2; optional Exemplar exemplar = 3;
  }
  message BucketSpan { optional sint32 offset = 1; optional uint32 length = 2; }
  message Histogram {
    optional uint64 count = 1; optional double sum = 2; repeated Bucket bucket = 3;
    optional sint32 schema = 5; optional double zeroThreshold = 6; optional uint64 zeroCount = 7;
    repeated BucketSpan negativeSpan = 9; repeated sint64 negativeDelta = 10;
    repeated BucketSpan positiveSpan = 12; repeated sint64 positiveDelta = 13;
    optional Timestamp created = 15; repeated Exemplar exemplars = 16;
  }
  message Metric {
    repeated LabelPair label = 1; optional Gauge gauge = 2; optional Counter counter = 3;
    optional Summary summary = 4; optional Untyped untyped = 5; optional Histogram histogram = 7;
    optional int64 timestampMs = 6;
  }
  message MetricFamily {
    optional string name = 1; optional string help = 2; optional int32 type = 3;
    repeated Metric metric = 4; optional string unit = 5;
  }
`).root;

/** The messages of remote write 1.0. */
const REMOTE = protobuf.parse(`
  syntax = "proto3";
  message Label { string name = 1; string value = 2; }
  message Sample { double value = 1; int64 timestamp = 2; }
  message Exemplar { repeated Label labels = 1; double value = 2; int64 timestamp = 3; }
  message BucketSpan { sint32 offset = 1; uint32 length = 2; }
  message Histogram {
    uint64 count = 1; double sum = 3; sint32 schema = 4; double zeroThreshold = 5;
    uint64 zeroCount = 6; repeated BucketSpan negativeSpans = 8; repeated sint64 negativeDeltas = 9;
    repeated BucketSpan positiveSpans = 11; repeated sint64 positiveDeltas = 12;
    int64 timestamp = 15;
  }
  message TimeSeries {
    repeated Label labels = 1; repeated Sample samples = 2; repeated Exemplar exemplars = 3;
    repeated Histogram histograms = 4;
  }
  message Metadata { int32 type = 1; string name = 2; string help = 4; string unit = 5; }
  message WriteRequest { repeated TimeSeries timeseries = 1; repeated Metadata metadata = 3; }
`).root;

// deno-lint-ignore no-explicit-any -- decoded messages have no type
type Message = any;

const PLAIN = { longs: Number, defaults: false } as const;

/** The `WriteRequest` of these bytes. */
export function decodeWriteRequest(bytes: Uint8Array): Message {
  const type = REMOTE.lookupType("WriteRequest");
  return type.toObject(type.decode(bytes), PLAIN);
}

/** The families of a delimited page, as our data has them. */
export function decodeProtobuf(page: Uint8Array): Family[] {
  const type = CLIENT.lookupType("MetricFamily");
  const reader = protobuf.Reader.create(page);
  const families: Family[] = [];
  while (reader.pos < reader.len) {
    families.push(family(type.toObject(type.decodeDelimited(reader), PLAIN)));
  }
  return families;
}

const TYPES = ["counter", "gauge", "summary", "unknown", "histogram", "histogram"];
const FIELDS = ["counter", "gauge", "summary", "untyped", "histogram", "histogram"];

function family({ name, help = "", type, unit, metric = [] }: Message): Family {
  const samples = metric.map((metric: Message) => ({
    labels: labels(metric.label),
    ...sample(metric[FIELDS[type]!]),
    timestampMs: metric.timestampMs,
  }));
  return {
    type: TYPES[type],
    name,
    help,
    unit,
    gauge: type === 5 ? true : undefined,
    samples,
  } as unknown as Family;
}

function sample(value: Message): object {
  const { exemplar: found, created, quantile, ...rest } = value;
  // A native histogram may have no classic buckets.
  const bucket: Message[] | undefined = value.bucket ??
    (value.schema === undefined ? undefined : []);
  const common = { createdMs: timeMs(created) };
  if ("value" in value) return { ...rest, ...common, exemplar: found && exemplar(found) };
  if (bucket === undefined) {
    const pairs = (quantile ?? []).map(({ quantile, value }: Message) => [quantile, value]);
    return { ...rest, ...common, quantiles: pairs };
  }
  return {
    count: value.count,
    sum: value.sum,
    bounds: bucket.slice(0, -1).map(({ bound }: Message) => bound),
    buckets: bucket.slice(0, -1).map(({ count }: Message) => count),
    exemplars: bucket.some((b: Message) => b.exemplar !== undefined)
      ? bucket.flatMap((b: Message) => b.exemplar === undefined ? [] : [exemplar(b.exemplar)])
      : undefined,
    native: value.schema === undefined ? undefined : native(value),
    nativeExemplars: value.exemplars?.map(exemplar),
    ...common,
  };
}

function native(value: Message): object {
  const { schema, zeroThreshold, zeroCount } = value;
  return {
    schema,
    zeroThreshold,
    zeroCount,
    positive: expand(value.positiveSpan, value.positiveDelta),
    negative: expand(value.negativeSpan, value.negativeDelta),
  };
}

/** Buckets of spans and of the differences between counts. */
export function expand(spans: Message[] = [], deltas: number[] = []): NativeBucket[] {
  const buckets: [number, number][] = [];
  let index = 0, count = 0;
  for (const { offset = 0, length = 0 } of spans) {
    index += offset;
    for (let i = 0; i < length; i++) buckets.push([index++, count += deltas[buckets.length]!]);
  }
  if (buckets.length !== deltas.length) throw new RangeError("Spans and deltas do not fit");
  return buckets;
}

function exemplar({ label, value, timestamp }: Message): Exemplar {
  return { labels: labels(label), value, timestampMs: timeMs(timestamp) };
}

function labels(pairs: Message[] = []) {
  return labelSet(pairs.map(({ name }) => name), pairs.map(({ value }) => value));
}

function timeMs(time: Message): number | undefined {
  return time === undefined ? undefined : time.seconds * 1000 + (time.nanos ?? 0) / 1e6;
}
