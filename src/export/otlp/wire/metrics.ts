/**
 * Writes families as an OTLP request.
 *
 * @see {@link https://github.com/open-telemetry/opentelemetry-proto/blob/main/opentelemetry/proto/metrics/v1/metrics.proto}
 * @module
 */
import type { Attributes } from "../../../core/attributes.ts";
import { isSpanId, isTraceId } from "../../../core/ids.ts";
import type {
  Exemplar,
  Family,
  HistogramSample,
  NativeBucket,
  NumberSample,
  SummarySample,
} from "../../../metrics/data/family.ts";
import { halve } from "../../../metrics/data/native.ts";
import { SCOPE, writeEnvelope } from "./envelope.ts";
import { attributesOf, type OtlpName, otlpName } from "./names.ts";
import type { OtlpWriter } from "./writer.ts";

/** What all points of a request share. */
export interface MetricsFrame {
  /** The resource that the metrics are of. */
  readonly resource: Attributes;
  /** When the families were collected. */
  readonly timeMs: number;
  /** When a series without a time of its own began. */
  readonly startMs: number;
  /** Whether counts are those since the start or since the last collection. */
  readonly temporality: "cumulative" | "delta";
}

const TEMPORALITIES = { delta: 1, cumulative: 2 } as const;

/** The most buckets of an exponential histogram, empty ones included; beyond, resolution is halved. */
const MAX_DENSE_BUCKETS = 320;

/**
 * Writes an `ExportMetricsServiceRequest`. Counters become monotonic sums; histograms that were collected
 * as native ones, exponential histograms; other histograms, histograms with explicit bounds; summaries,
 * summaries; everything else, info and state sets included, gauges. An overflow series has the attribute
 * `otel.metric.overflow`.
 */
export function writeMetrics(
  writer: OtlpWriter,
  families: readonly Family[],
  frame: MetricsFrame,
): void {
  writeEnvelope(
    writer,
    "Metrics",
    frame.resource,
    new Map([[SCOPE, families]]),
    (writer, items) => {
      writer.list(2, "metrics", items, (writer, family) => writeFamily(writer, family, frame));
    },
  );
}

function writeFamily(writer: OtlpWriter, family: Family, frame: MetricsFrame): void {
  const as = otlpName(family);
  writer.text(1, "name", as.name);
  if (family.help !== "") writer.text(2, "description", family.help);
  if (as.unit !== "") writer.text(3, "unit", as.unit);
  switch (family.type) {
    case "counter":
      return writeSum(writer, family.samples, as, frame, frame.temporality);
    case "histogram":
      return writeHistograms(writer, family.samples, as, frame);
    case "summary":
      return writer.message(11, "summary", family.samples, (writer, samples) => {
        writer.list(1, "dataPoints", samples, (writer, s) => writeSummary(writer, s, as, frame));
      });
    default:
      // An up-down counter is of use only as its present value.
      if (as.upDown) return writeSum(writer, family.samples, as, frame, "cumulative");
      return writer.message(5, "gauge", family.samples, (writer, samples) => {
        writer.list(1, "dataPoints", samples, (writer, s) => writeNumber(writer, s, as, frame));
      });
  }
}

function writeSum(
  writer: OtlpWriter,
  samples: readonly NumberSample[],
  as: OtlpName,
  frame: MetricsFrame,
  temporality: MetricsFrame["temporality"],
): void {
  writer.message(7, "sum", samples, (writer) => {
    writer.list(1, "dataPoints", samples, (writer, sample) => {
      writeNumber(writer, sample, as, frame, sample.createdMs ?? frame.startMs);
    });
    writer.uint32(2, "aggregationTemporality", TEMPORALITIES[temporality]);
    if (as.upDown !== true) writer.bool(3, "isMonotonic", true);
  });
}

function writeNumber(
  writer: OtlpWriter,
  sample: NumberSample,
  as: OtlpName,
  frame: MetricsFrame,
  startMs?: number,
): void {
  writer.pairs(7, "attributes", attributesOf(sample.labels, as));
  writeTimes(writer, frame, startMs);
  // Always a double: to some receivers, a series whose points change their type is two series.
  writer.double(4, "asDouble", sample.value);
  writeExemplars(writer, 5, sample.exemplar === undefined ? [] : [sample.exemplar]);
}

function writeHistograms(
  writer: OtlpWriter,
  samples: readonly HistogramSample[],
  as: OtlpName,
  frame: MetricsFrame,
): void {
  // A metric has one type, and the series of a family are collected in the same form.
  const exponential = samples.length > 0 && samples.every(({ native }) => native !== undefined);
  const write = exponential ? writeExponential : writeExplicit;
  const [field, name] = exponential
    ? [10, "exponentialHistogram"] as const
    : [9, "histogram"] as const;
  writer.message(field, name, samples, (writer) => {
    writer.list(1, "dataPoints", samples, (writer, sample) => write(writer, sample, as, frame));
    writer.uint32(2, "aggregationTemporality", TEMPORALITIES[frame.temporality]);
  });
}

function writeExplicit(
  writer: OtlpWriter,
  sample: HistogramSample,
  as: OtlpName,
  frame: MetricsFrame,
): void {
  const { bounds, buckets } = sample, counts = [...buckets, sample.count].map(Math.round);
  writer.pairs(9, "attributes", attributesOf(sample.labels, as));
  writeCounts(writer, sample, frame);
  writer.fixed64s(6, "bucketCounts", counts.map((n, i) => n - (counts[i - 1] ?? 0)));
  writer.doubles(7, "explicitBounds", bounds);
  writeExemplars(writer, 8, sample.exemplars ?? []);
}

function writeExponential(
  writer: OtlpWriter,
  sample: HistogramSample,
  as: OtlpName,
  frame: MetricsFrame,
): void {
  let native = sample.native!;
  while (native.schema > -4 && span(native.positive) + span(native.negative) > MAX_DENSE_BUCKETS) {
    native = halve(native);
  }
  writer.pairs(1, "attributes", attributesOf(sample.labels, as));
  writeCounts(writer, sample, frame);
  writer.sint32(6, "scale", native.schema);
  writer.fixed64(7, "zeroCount", native.zeroCount);
  writeBuckets(writer, 8, "positive", native.positive);
  writeBuckets(writer, 9, "negative", native.negative);
  writer.double(14, "zeroThreshold", native.zeroThreshold);
  writeExemplars(writer, 11, sample.exemplars ?? []);
}

/**
 * Fields 2 to 5, which histograms and summaries have in common. Counts of recording rules need not be
 * whole numbers, those of OTLP must. Unknown values are left out, but for the sum of a summary, which
 * would be 0 then.
 */
function writeCounts(
  writer: OtlpWriter,
  sample: HistogramSample | SummarySample,
  frame: MetricsFrame,
): void {
  const { count, sum } = sample;
  writeTimes(writer, frame, sample.createdMs ?? frame.startMs);
  if (!Number.isNaN(count)) writer.fixed64(4, "count", Math.round(count));
  if (!Number.isNaN(sum) || "quantiles" in sample) writer.double(5, "sum", sum);
}

/** How many buckets there are from the first to the last, with the empty ones between them. */
function span(buckets: readonly NativeBucket[]): number {
  return buckets.length === 0 ? 0 : buckets.at(-1)![0] - buckets[0]![0] + 1;
}

function writeBuckets(
  writer: OtlpWriter,
  field: number,
  name: string,
  buckets: readonly NativeBucket[],
): void {
  if (buckets.length === 0) return;
  const first = buckets[0]![0];
  const counts = new Array<number>(span(buckets)).fill(0);
  for (const [index, count] of buckets) counts[index - first] = count;
  writer.message(field, name, counts, (writer) => {
    // Bucket i ends at base^i in Prometheus, and at base^(i + 1) here.
    writer.sint32(1, "offset", first - 1);
    writer.uint64s(2, "bucketCounts", counts);
  });
}

function writeSummary(
  writer: OtlpWriter,
  sample: SummarySample,
  as: OtlpName,
  frame: MetricsFrame,
): void {
  writer.pairs(7, "attributes", attributesOf(sample.labels, as));
  writeCounts(writer, sample, frame);
  writer.list(6, "quantileValues", sample.quantiles, (writer, [quantile, value]) => {
    writer.double(1, "quantile", quantile);
    writer.double(2, "value", value);
  });
}

/** Fields 2 and 3 of every kind of point. */
function writeTimes(writer: OtlpWriter, frame: MetricsFrame, startMs: number | undefined): void {
  // After a step back of the clock the start would be later than the time.
  if (startMs !== undefined) {
    writer.unixNano(2, "startTimeUnixNano", Math.min(startMs, frame.timeMs));
  }
  writer.unixNano(3, "timeUnixNano", frame.timeMs);
}

function writeExemplars(writer: OtlpWriter, field: number, exemplars: readonly Exemplar[]): void {
  if (exemplars.length === 0) return;
  writer.list(field, "exemplars", exemplars, (writer, { labels, timestampMs, value }) => {
    const id = (name: string) => labels.values[labels.names.indexOf(name)];
    const spanId = id("span_id"), traceId = id("trace_id");
    const pairs = labels.names.flatMap((name, i) =>
      name === "trace_id" || name === "span_id" ? [] : [name, labels.values[i]!]
    );
    writer.pairs(7, "filteredAttributes", pairs);
    if (timestampMs !== undefined) writer.unixNano(2, "timeUnixNano", timestampMs);
    writer.double(3, "asDouble", value);
    if (isSpanId(spanId)) writer.id(4, "spanId", spanId);
    if (isTraceId(traceId)) writer.id(5, "traceId", traceId);
  });
}
