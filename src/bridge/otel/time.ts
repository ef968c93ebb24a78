/**
 * The times of the OpenTelemetry API: Unix time in several forms, and readings of `performance.now()`.
 *
 * @module
 */
import { RecordedSpan } from "../../trace/recorded_span.ts";
import type { Span } from "../../trace/span/span.ts";
import type { Tracer } from "../../trace/tracer.ts";
import type { OtelTime } from "./shapes.ts";

/** The latest time whose nanoseconds fit into OTLP, in the year 2554. */
const LATEST_MS = 2 ** 64 / 1e6;
/**
 * A number below it is a reading of `performance.now()`: no machine has run since 1998, while Unix times
 * may precede the start of this process (the rule of `timeInputToHrTime` in OpenTelemetry's SDK).
 */
const LATEST_READING_MS = performance.timeOrigin / 2;

/**
 * Unix milliseconds; undefined for an invalid time, and for one that can't be exported. A reading counts
 * as one of the tracer's clock, which is `performance.now()` except in tests.
 */
export function unixMsOf(time: OtelTime | undefined, tracer: Tracer): number | undefined {
  const ms = isReading(time) ? tracer.unixMsAt(time) : absoluteMsOf(time);
  return ms >= 0 && ms < LATEST_MS ? ms : undefined;
}

/** The start of a span on the tracer's monotonic clock; undefined for an invalid time. */
export function startMsOf(time: OtelTime | undefined, tracer: Tracer): number | undefined {
  const unixMs = unixMsOf(time, tracer);
  return unixMs === undefined ? undefined : tracer.monotonicMsAt(unixMs);
}

/** A larger difference between clocks within a span means that one was set, or stood still. */
const DRIFT_MS = 100;

/** A time within a span that has started, on the span's own clock, which shows it unchanged. */
export function spanMsOf(
  time: OtelTime | undefined,
  span: Span,
  tracer: Tracer,
): number | undefined {
  if (time === undefined || !(span instanceof RecordedSpan)) return undefined;
  const unixMs = unixMsOf(time, tracer);
  if (unixMs === undefined) return undefined;
  const ms = span.monotonicMsAt(unixMs);
  // A span's own clock continues from its start, even if the wall clock is set meanwhile.
  return isReading(time) && Math.abs(ms - time) < DRIFT_MS ? time : ms;
}

function isReading(time: OtelTime | undefined): time is number {
  return typeof time === "number" && time < LATEST_READING_MS;
}

/** Unix milliseconds; NaN for an invalid time. */
function absoluteMsOf(time: OtelTime | undefined): number {
  if (typeof time === "number") return time;
  if (time instanceof Date) return time.getTime();
  return Array.isArray(time) ? time[0] * 1000 + time[1] / 1e6 : NaN;
}
