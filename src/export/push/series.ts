/**
 * Encodes families as the series of a remote write request, in protocol buffers.
 *
 * @see {@link https://prometheus.io/docs/specs/prw/remote_write_spec/}
 * @module
 */
import { ProtoWriter } from "../../core/protobuf.ts";
import { exemplarsByBucket } from "../../metrics/data/exemplar.ts";
import type {
  Exemplar,
  Family,
  HistogramSample,
  NativeHistogram,
  SummarySample,
} from "../../metrics/data/family.ts";
import type { LabelSet } from "../../metrics/data/labels.ts";
import { canonicalBound } from "../../metrics/data/line.ts";
import { writeBuckets } from "../../metrics/page/protobuf.ts";

/** One series with its one sample. */
export interface RemoteSeries {
  /** Sorted by name; the metric's name is `__name__`. */
  readonly labels: readonly (readonly [name: string, value: string])[];
  readonly timestampMs: number;
  /** A number, or a native histogram with its count and sum. */
  readonly value: number | { count: number; sum: number; native: NativeHistogram };
  readonly exemplars: readonly Exemplar[];
}

/** The NaN that Prometheus takes for the end of a series (a staleness marker). */
const STALE = 0x7ff0000000000002n;

/** `MetricMetadata.MetricType`. */
const TYPES = {
  unknown: 0,
  counter: 1,
  gauge: 2,
  histogram: 3,
  summary: 5,
  info: 6,
  stateset: 7,
} as const;
const GAUGE_HISTOGRAM = 4;

/**
 * The series of one family. A histogram that was collected as a native one is one series, any other
 * one for each bucket.
 *
 * @param labels further labels; those of a sample win
 * @param timeMs for samples without a time of their own
 */
export function* seriesOf(
  family: Family,
  labels: ReadonlyMap<string, string>,
  timeMs: number,
): Generator<RemoteSeries> {
  const { name } = family;
  for (const sample of family.samples) {
    const make: Make = (suffix, value, exemplars = [], extra) => ({
      labels: merge(name + suffix, labels, sample.labels, extra),
      timestampMs: Math.round(sample.timestampMs ?? timeMs),
      value,
      exemplars,
    });
    if (family.type === "histogram") yield* histogramSeries(sample as HistogramSample, make);
    else if (family.type === "summary") yield* summarySeries(sample as SummarySample, make);
    else if ("value" in sample) {
      yield make("", sample.value, sample.exemplar === undefined ? [] : [sample.exemplar]);
    }
  }
}

type Make = (
  suffix: string,
  value: RemoteSeries["value"],
  exemplars?: readonly Exemplar[],
  extra?: readonly [name: string, value: string],
) => RemoteSeries;

function* histogramSeries(sample: HistogramSample, make: Make): Generator<RemoteSeries> {
  const { bounds, buckets, count, sum, native, exemplars = [] } = sample;
  if (native !== undefined) {
    return void (yield make("", { count, sum, native }, exemplars.toSorted(byTime)));
  }
  const byBucket = exemplarsByBucket(sample);
  for (let i = 0; i <= bounds.length; i++) {
    const exemplar = byBucket[i], le = canonicalBound(bounds[i] ?? Infinity);
    const found = exemplar === undefined ? [] : [exemplar];
    yield make("_bucket", buckets[i] ?? count, found, ["le", le]);
  }
  yield make("_sum", sum);
  yield make("_count", count);
}

/** Prometheus refuses an exemplar that is older than one before it; one without a time gets the latest. */
function byTime(a: Exemplar, b: Exemplar): number {
  const [first, second] = [a, b].map(({ timestampMs }) => timestampMs ?? Number.MAX_VALUE);
  return first! - second!;
}

function* summarySeries(sample: SummarySample, make: Make): Generator<RemoteSeries> {
  for (const [quantile, value] of sample.quantiles) {
    yield make("", value, [], ["quantile", canonicalBound(quantile)]);
  }
  yield make("_sum", sample.sum);
  if (!Number.isNaN(sample.count)) yield make("_count", sample.count);
}

/** All labels, sorted by name. An empty value is the same as no label, and must not be written. */
function merge(
  metric: string,
  common: ReadonlyMap<string, string>,
  { names, values }: LabelSet,
  extra: readonly [string, string] | undefined,
): [string, string][] {
  const merged = new Map(common);
  names.forEach((name, i) => merged.set(name, values[i]!));
  if (extra !== undefined) merged.set(...extra);
  merged.set("__name__", metric);
  return [...merged].filter(([, value]) => value !== "").sort(([a], [b]) => a < b ? -1 : 1);
}

/** A `WriteRequest` with these series and the metadata of these families. */
export function encodeWriteRequest(
  series: readonly RemoteSeries[],
  families: readonly Family[],
  isEnd: boolean,
): Uint8Array<ArrayBuffer> {
  const writer = new ProtoWriter(4096);
  for (const one of series) {
    writer.message(1, () => {
      writeLabels(writer, one.labels);
      writeSample(writer, one, isEnd);
    });
  }
  for (const family of families) writer.message(3, () => writeMetadata(writer, family));
  return writer.finish();
}

function writeSample(writer: ProtoWriter, series: RemoteSeries, isEnd: boolean): void {
  const { value, exemplars } = series;
  // Later than the last sample: equal times would be two values at one moment.
  const timestampMs = series.timestampMs + (isEnd ? 1 : 0);
  if (typeof value === "object") {
    writer.message(4, () => writeHistogram(writer, value, timestampMs, isEnd));
  } else {
    writer.message(2, () => {
      if (isEnd) writer.fixed64(1, STALE);
      else writer.double(1, value);
      writer.uint(2, timestampMs);
    });
  }
  if (isEnd) return;
  for (const exemplar of exemplars) {
    writer.message(3, () => {
      writeLabels(
        writer,
        exemplar.labels.names.map((name, i) => [name, exemplar.labels.values[i]!]),
      );
      writer.double(2, exemplar.value);
      writer.uint(3, Math.round(exemplar.timestampMs ?? timestampMs));
    });
  }
}

function writeHistogram(
  writer: ProtoWriter,
  { count, sum, native }: Exclude<RemoteSeries["value"], number>,
  timestampMs: number,
  isEnd: boolean,
): void {
  if (isEnd) writer.fixed64(3, STALE);
  else {
    writer.uint(1, count);
    writer.double(3, sum);
    writer.sint(4, native.schema);
    writer.double(5, native.zeroThreshold);
    writer.uint(6, native.zeroCount);
    writeBuckets(writer, 8, 9, native.negative);
    writeBuckets(writer, 11, 12, native.positive);
  }
  writer.uint(15, timestampMs);
}

function writeLabels(
  writer: ProtoWriter,
  labels: readonly (readonly [name: string, value: string])[],
): void {
  for (const [name, value] of labels) {
    writer.message(1, () => {
      writer.text(1, name);
      writer.text(2, value);
    });
  }
}

function writeMetadata(writer: ProtoWriter, family: Family): void {
  const isGauge = family.type === "histogram" && family.gauge;
  writer.uint(1, isGauge ? GAUGE_HISTOGRAM : TYPES[family.type]);
  writer.text(2, family.name);
  if (family.help !== "") writer.text(4, family.help);
  if (family.unit !== undefined) writer.text(5, family.unit);
}
