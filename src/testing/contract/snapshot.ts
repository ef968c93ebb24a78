/**
 * What an observer saw as data that is the same in every run.
 *
 * @module
 */
import type { LogRecord } from "../../log/record/record.ts";
import type { Change } from "../capture/changes.ts";
import type { Scope } from "../capture/scope.ts";
import { spanForest, type SpanNode } from "../capture/tree.ts";
import { seriesText, signed } from "../capture/words.ts";
import { Normal } from "./shape.ts";

/** A span in a snapshot. */
export interface SnapshotSpan {
  /** The name of the operation. */
  readonly name: string;
  /** Its role; absent for `internal`. */
  readonly kind?: string;
  /** `ok` or `error`; absent for neither. */
  readonly status?: string;
  /** Why it failed. */
  readonly message?: string;
  /** Its attributes, sorted. */
  readonly attributes?: Readonly<Record<string, unknown>>;
  /** Its events. */
  readonly events?: readonly { readonly name: string; readonly attributes?: object }[];
  /** Lines that were logged in it. */
  readonly lines?: readonly SnapshotLine[];
  /** The spans beneath it, in the order in which they started. */
  readonly children?: readonly SnapshotSpan[];
}

/** A log line in a snapshot. */
export interface SnapshotLine {
  /** The level's name. */
  readonly level: string;
  /** What happened. */
  readonly message: string;
  /** Its fields, sorted. */
  readonly fields?: Readonly<Record<string, unknown>>;
}

/** Telemetry without ids, times, durations, ports and hosts: plain data for a snapshot test. */
export interface TelemetrySnapshot {
  /** Trees of spans, with their lines. */
  readonly spans: readonly SnapshotSpan[];
  /** Lines outside of these spans. */
  readonly lines: readonly SnapshotLine[];
  /** Changes of series: `+1`, or the values that were observed. Of durations, their number alone. */
  readonly metrics: Readonly<Record<string, string>>;
  /** Rows of requests and jobs. */
  readonly rows: readonly Readonly<Record<string, unknown>>[];
}

/** Present or not by the load of the machine. */
const UNSTEADY = new Set(["time", "trace", "span", "request", "loop.ms", "sync.ms", "inflight"]);
/** Values of one series that are written out. */
const MAX_VALUES = 20;

/** The snapshot of a scope. */
export function snapshotOf(scope: Scope): TelemetrySnapshot {
  const normal = new Normal(), forest = spanForest(scope);
  const spans = forest.map((node) => spanOf(node, normal));
  const ids = new Set(scope.spans.map(({ spanId }) => spanId));
  return {
    spans,
    lines: scope.lines.filter(({ spanId }) => !ids.has(spanId)).map((line) => lineOf(line, normal)),
    metrics: metricsOf(scope.changes.all, normal),
    rows: scope.rows.map((row) =>
      normal.fields(Object.fromEntries(Object.entries(row).filter(([name]) => !UNSTEADY.has(name))))
    ),
  };
}

function spanOf({ span, children, lines }: SpanNode, normal: Normal): SnapshotSpan {
  const { name, kind, status, statusMessage, attributes, events } = span;
  return {
    name: normal.text(name),
    ...kind === "internal" ? {} : { kind },
    ...status === "unset" ? {} : { status },
    ...statusMessage === "" ? {} : { message: normal.text(statusMessage) },
    ...unlessEmpty("attributes", normal.fields(attributes)),
    ...unlessEmpty(
      "events",
      events.map((event) => ({
        name: event.name,
        ...unlessEmpty("attributes", normal.fields(event.attributes)),
      })),
    ),
    ...unlessEmpty("lines", lines.map((line) => lineOf(line, normal))),
    ...unlessEmpty("children", children.map((child) => spanOf(child, normal))),
  };
}

function lineOf({ level, message, fields }: LogRecord, normal: Normal): SnapshotLine {
  return { level, message: normal.text(message), ...unlessEmpty("fields", normal.fields(fields)) };
}

function metricsOf(changes: readonly Change[], normal: Normal): Record<string, string> {
  const metrics: Record<string, string> = {};
  for (const { name, type, labels, by, last, values } of changes) {
    const series = seriesText(name, normal.fields(labels));
    const isDuration = /seconds|duration|latency/.test(name) || values.length > MAX_VALUES;
    if (type === "gauge") {
      if (by !== 0) metrics[series] = isDuration ? "changed" : `${signed(by)}, now ${last}`;
    } else if (type === "counter") metrics[series] = isDuration ? "changed" : signed(by);
    else metrics[series] = isDuration ? `${by} observed` : `observed ${values.join(", ")}`;
  }
  return Object.fromEntries(Object.entries(metrics).sort(([a], [b]) => a < b ? -1 : 1));
}

function unlessEmpty<K extends string, V extends object>(name: K, value: V): { [N in K]?: V } {
  return Object.keys(value).length === 0 ? {} : { [name]: value } as { [N in K]?: V };
}
