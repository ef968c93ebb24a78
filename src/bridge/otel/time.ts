/**
 * OpenTelemetry's times: Unix time in several forms, and readings of `performance.now()`.
 *
 * @module
 */
import { RecordedSpan } from "../../trace/recorded_span.ts";
import type { Span } from "../../trace/span/span.ts";
import type { Tracer } from "../../trace/tracer.ts";
import type { OtelTime } from "./shapes.ts";

/** Past it the nanoseconds of OTLP have no room, in the year 2554. */
const LATEST_MS = 2 ** 64 / 1e6;
/**
 * A number below it is a reading of `performance.now()`: no machine is up since 1998, and Unix times
 * may lie before this process began (the rule of `timeInputToHrTime` in OpenTelemetry's SDK).
 */
const LATEST_READING_MS = performance.timeOrigin / 2;

/**
 * Unix milliseconds; undefined for what is no time, or one that can't be exported. A reading is one
 * of the tracer's clock, which is `performance.now()` unless a test has another.
 */
export function unixMsOf(time: OtelTime | undefined, tracer: Tracer): number | undefined {
  const ms = isReading(time) ? tracer.unixMsAt(time) : absoluteMsOf(time);
  return ms >= 0 && ms < LATEST_MS ? ms : undefined;
}

/** When a span starts, on the tracer's monotonic clock; undefined for what is no time. */
export function startMsOf(time: OtelTime | undefined, tracer: Tracer): number | undefined {
  const unixMs = unixMsOf(time, tracer);
  return unixMs === undefined ? undefined : tracer.monotonicMsAt(unixMs);
}

/** More than clocks drift apart within a span: one of them was set, or stood still. */
const DRIFT_MS = 100;

/** A time of a span that has started, so that the span shows it as it is. */
export function spanMsOf(
  time: OtelTime | undefined,
  span: Span,
  tracer: Tracer,
): number | undefined {
  if (time === undefined || !(span instanceof RecordedSpan)) return undefined;
  const unixMs = unixMsOf(time, tracer);
  if (unixMs === undefined) return undefined;
  const ms = span.monotonicMsAt(unixMs);
  // A span's own clock goes on from its start, whatever is learnt of the wall clock meanwhile.
  return isReading(time) && Math.abs(ms - time) < DRIFT_MS ? time : ms;
}

function isReading(time: OtelTime | undefined): time is number {
  return typeof time === "number" && time < LATEST_READING_MS;
}

/** NaN for what is no time. */
function absoluteMsOf(time: OtelTime | undefined): number {
  if (typeof time === "number") return time;
  if (time instanceof Date) return time.getTime();
  return Array.isArray(time) ? time[0] * 1000 + time[1] / 1e6 : NaN;
}
