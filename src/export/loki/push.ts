/**
 * Encodes log records as a push to Loki.
 *
 * @see {@link https://grafana.com/docs/loki/latest/reference/loki-http-api/#ingest-logs}
 * @module
 */
import { clip } from "../../core/text.ts";
import { quote } from "../../core/plain/json.ts";
import type { LogRecord } from "../../log/record/record.ts";
import { type GrowingTimes, unixNano } from "../batch/growing_times.ts";

/** How records become lines. */
export interface LokiEncoding {
  /** The text of a line. */
  readonly line: (record: LogRecord) => string;
  /** Labels of every stream, besides `service_name` and `level`. */
  readonly labels: Readonly<Record<string, string>>;
  /** Fields that become structured metadata. */
  readonly metadata: readonly string[];
  /** The times of earlier lines, of all streams: each line is later than the one before. */
  readonly times: GrowingTimes;
}

/** Loki's default limits: it refuses the whole request of a line that is over. */
const MAX_LINE_BYTES = 256 * 1024;
const MAX_METADATA_BYTES = 64 * 1024;
/** A UTF-16 unit is three bytes of UTF-8 at most. */
const BYTES_PER_UNIT = 3;
/** The longest value of a label, which may have 2048 bytes, with room for the mark of the cut. */
const MAX_LABEL_UNITS = Math.floor(2048 / BYTES_PER_UNIT) - 32;

/** The body of one push: a stream for each set of labels, each with its lines in order. */
export function encodePush(records: readonly LogRecord[], encoding: LokiEncoding): string {
  const streams = new Map<string, string[]>();
  for (const record of records) {
    const labels = labelsOf(record, encoding);
    let values = streams.get(labels);
    if (values === undefined) streams.set(labels, values = []);
    values.push(
      `["${timeOf(record, encoding)}",${quote(lineOf(record, encoding))},` +
        `${metadataOf(record, encoding)}]`,
    );
  }
  const parts = [...streams].map(([labels, values]) => `{"stream":${labels},"values":[${values}]}`);
  return `{"streams":[${parts}]}`;
}

function labelsOf(record: LogRecord, { labels }: LokiEncoding): string {
  const texts: Record<string, string> = {
    service_name: record.service === "" ? "unknown_service" : record.service,
    level: record.level,
    ...labels,
  };
  for (const name of Object.keys(texts)) texts[name] = clip(texts[name]!, MAX_LABEL_UNITS);
  // In a label, Loki takes a replacement character for an error of its own.
  return wellFormed(texts).replaceAll("\ufffd", "?");
}

function timeOf({ timeMs }: LogRecord, { times }: LokiEncoding): bigint {
  return unixNano(timeMs, times.laterNs(timeMs) / 1e6);
}

function lineOf(record: LogRecord, { line }: LokiEncoding): string {
  // Room for the mark of the cut.
  return clip(line(record).toWellFormed(), Math.floor(MAX_LINE_BYTES / BYTES_PER_UNIT) - 32);
}

/** Trace ids belong here: as labels they would make a stream of every request. */
function metadataOf(record: LogRecord, encoding: LokiEncoding): string {
  const entries: Record<string, string> = {};
  if (record.traceId !== "") {
    entries.trace_id = record.traceId;
    entries.span_id = record.spanId;
  }
  if (record.requestId !== "") entries.request_id = record.requestId;
  if (record.category !== "") entries.logger = record.category;
  const { fields } = record;
  let room = MAX_METADATA_BYTES / BYTES_PER_UNIT - 2048;
  for (const name of encoding.metadata) {
    const value = fields[name];
    if (value === undefined || !Object.hasOwn(fields, name)) continue;
    const text = typeof value === "object" ? JSON.stringify(value) : String(value);
    room -= name.length + text.length;
    if (room < 0) break;
    entries[name] = text;
  }
  return wellFormed(entries);
}

/** JSON of texts without lone surrogates, for which Loki refuses the whole push. */
function wellFormed(texts: Readonly<Record<string, string>>): string {
  const entries = Object.entries(texts).map((pair) => pair.map((text) => text.toWellFormed()));
  return JSON.stringify(Object.fromEntries(entries));
}
