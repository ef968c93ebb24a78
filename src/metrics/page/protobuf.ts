/**
 * The encoder of delimited protocol buffers: `io.prometheus.client.MetricFamily`, with native histograms.
 *
 * @see {@link https://github.com/prometheus/client_model/blob/master/io/prometheus/client/metrics.proto}
 * @module
 */
import { ProtoWriter } from "../../core/protobuf.ts";
import { exemplarsByBucket } from "../data/exemplar.ts";
import type {
  Exemplar,
  Family,
  HistogramSample,
  NativeBucket,
  NumberSample,
  SummarySample,
} from "../data/family.ts";
import type { LabelSet } from "../data/labels.ts";

const TYPES = {
  counter: 0,
  gauge: 1,
  summary: 2,
  unknown: 3,
  histogram: 4,
  info: 1,
  stateset: 1,
} as const;

/** The type of a gauge histogram. */
const GAUGE_HISTOGRAM = 5;

/** The field of `Metric` for each type. */
const GAUGE = 2, COUNTER = 3, SUMMARY = 4, UNTYPED = 5, HISTOGRAM = 7;

/** Options of protocol buffers. */
export interface ProtobufOptions {
  /** Whether to write when counters, histograms and summaries began. @default true */
  readonly created?: boolean | undefined;
}

/**
 * Encodes families as a page, each preceded by its length. A histogram that was collected as a native
 * one is written as such, beside its classic buckets if it has any.
 *
 * @example
 * ```ts
 * import { encodeProtobuf, Registry } from "@telltale/telltale/metrics";
 * import { equal } from "node:assert/strict";
 *
 * const registry = new Registry();
 * registry.counter("jobs_total", "").inc();
 * const bytes = encodeProtobuf(await registry.collect());
 * equal(new TextDecoder().decode(bytes.subarray(3, 13)), "jobs_total");
 * ```
 */
export function encodeProtobuf(
  families: readonly Family[],
  options: ProtobufOptions = {},
): Uint8Array<ArrayBuffer> {
  const writer = new ProtoWriter(4096);
  for (const family of families) {
    writer.delimited(() => {
      writeHead(writer, family);
      writeSamples(writer, family, options);
    });
  }
  return writer.finish();
}

/** The bytes before a family's samples, which take `sampleBytes`: its length, name, help, type and unit. */
export function protobufHeader(family: Family, sampleBytes: number): Uint8Array<ArrayBuffer> {
  const head = new ProtoWriter();
  writeHead(head, family);
  const bytes = head.finish();
  const writer = new ProtoWriter(bytes.length + 10);
  writer.lengthOf(bytes.length + sampleBytes);
  writer.raw(bytes);
  return writer.finish();
}

/** The bytes of samples alone: a large family is written in slices. */
export function protobufSamples(
  family: Family,
  options: ProtobufOptions = {},
): Uint8Array<ArrayBuffer> {
  const writer = new ProtoWriter(4096);
  writeSamples(writer, family, options);
  return writer.finish();
}

function writeHead(writer: ProtoWriter, family: Family): void {
  writer.text(1, family.name);
  if (family.help !== "") writer.text(2, family.help);
  writer.uint(
    3,
    family.type === "histogram" && family.gauge ? GAUGE_HISTOGRAM : TYPES[family.type],
  );
  if (family.unit !== undefined) writer.text(5, family.unit);
}

function writeSamples(
  writer: ProtoWriter,
  family: Family,
  { created = true }: ProtobufOptions,
): void {
  for (const sample of family.samples) {
    const createdMs = created ? sample.createdMs : undefined;
    writer.message(4, () => {
      writeLabels(writer, sample.labels);
      if (family.type === "histogram") writeHistogram(writer, sample as HistogramSample, createdMs);
      else if (family.type === "summary") writeSummary(writer, sample as SummarySample, createdMs);
      else writeNumber(writer, family.type, sample as NumberSample, createdMs);
      if (sample.timestampMs !== undefined) writer.uint(6, Math.round(sample.timestampMs));
    });
  }
}

function writeLabels(writer: ProtoWriter, { names, values }: LabelSet): void {
  for (let i = 0; i < names.length; i++) {
    writer.message(1, () => {
      writer.text(1, names[i]!);
      writer.text(2, values[i]!);
    });
  }
}

function writeNumber(
  writer: ProtoWriter,
  type: Family["type"],
  sample: NumberSample,
  createdMs: number | undefined,
): void {
  const field = type === "counter" ? COUNTER : type === "unknown" ? UNTYPED : GAUGE;
  writer.message(field, () => {
    writer.double(1, sample.value);
    if (type !== "counter") return;
    if (sample.exemplar !== undefined) writeExemplar(writer, 2, sample.exemplar);
    writeTime(writer, 3, createdMs);
  });
}

function writeSummary(
  writer: ProtoWriter,
  sample: SummarySample,
  createdMs: number | undefined,
): void {
  writer.message(SUMMARY, () => {
    if (!Number.isNaN(sample.count)) writer.uint(1, sample.count);
    writer.double(2, sample.sum);
    for (const [quantile, value] of sample.quantiles) {
      writer.message(3, () => {
        writer.double(1, quantile);
        writer.double(2, value);
      });
    }
    writeTime(writer, 4, createdMs);
  });
}

function writeHistogram(
  writer: ProtoWriter,
  sample: HistogramSample,
  createdMs: number | undefined,
): void {
  const { bounds, buckets, exemplars = [], native } = sample;
  writer.message(HISTOGRAM, () => {
    writer.uint(1, sample.count);
    writer.double(2, sample.sum);
    const byBucket = exemplarsByBucket(sample);
    // Without bounds, it was collected as native only.
    const length = native !== undefined && bounds.length === 0 ? 0 : bounds.length + 1;
    for (let i = 0; i < length; i++) {
      const exemplar = byBucket[i];
      writer.message(3, () => {
        writer.uint(1, buckets[i] ?? sample.count);
        writer.double(2, bounds[i] ?? Infinity);
        if (exemplar !== undefined) writeExemplar(writer, 3, exemplar);
      });
    }
    if (native !== undefined) {
      writer.sint(5, native.schema);
      writer.double(6, native.zeroThreshold);
      writer.uint(7, native.zeroCount);
      writeBuckets(writer, 9, 10, native.negative);
      writeBuckets(writer, 12, 13, native.positive);
      // Without buckets, an empty span marks a native histogram.
      if (native.positive.length + native.negative.length === 0) writeSpan(writer, 12, 0, 0);
    }
    writeTime(writer, 15, createdMs);
    if (native !== undefined) {
      for (const exemplar of exemplars) writeExemplar(writer, 16, exemplar);
    }
  });
}

/** Consecutive buckets make a span; each count is written as the difference to the previous one. */
export function writeBuckets(
  writer: ProtoWriter,
  spanField: number,
  deltaField: number,
  buckets: readonly NativeBucket[],
): void {
  let end = 0;
  for (let i = 0; i < buckets.length;) {
    const start = i;
    while (i < buckets.length && buckets[i]![0] === buckets[start]![0] + i - start) i++;
    writeSpan(writer, spanField, buckets[start]![0] - end, i - start);
    end = buckets[start]![0] + i - start;
  }
  let last = 0;
  for (const [, count] of buckets) {
    writer.sint(deltaField, count - last);
    last = count;
  }
}

function writeSpan(writer: ProtoWriter, field: number, offset: number, length: number): void {
  writer.message(field, () => {
    writer.sint(1, offset);
    writer.uint(2, length);
  });
}

function writeExemplar(writer: ProtoWriter, field: number, exemplar: Exemplar): void {
  writer.message(field, () => {
    writeLabels(writer, exemplar.labels);
    writer.double(2, exemplar.value);
    writeTime(writer, 3, exemplar.timestampMs);
  });
}

/** `google.protobuf.Timestamp`. */
function writeTime(writer: ProtoWriter, field: number, timeMs: number | undefined): void {
  if (timeMs === undefined) return;
  const seconds = Math.floor(timeMs / 1000);
  writer.message(field, () => {
    writer.uint(1, seconds);
    writer.uint(2, Math.round((timeMs - seconds * 1000) * 1e6));
  });
}
