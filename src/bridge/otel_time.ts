/**
 * OpenTelemetry's times on the tracer's clock.
 *
 * @module
 */
import type { Tracer } from "../trace/tracer.ts";
import type { OtelTime } from "./otel_shapes.ts";

/** Past it the nanoseconds of OTLP have no room, in the year 2554. */
const LATEST_MS = 2 ** 64 / 1e6;

/** Unix milliseconds; undefined for what is no time, or one that can't be exported. */
export function unixMsOf(time: OtelTime | undefined): number | undefined {
  if (time instanceof Date) return possible(time.getTime());
  if (Array.isArray(time)) return possible(time[0] * 1000 + time[1] / 1e6);
  if (typeof time !== "number") return undefined;
  // The API takes readings of `performance.now()` too, and tells them by their size.
  return possible(time < performance.timeOrigin ? performance.timeOrigin + time : time);
}

/** A time of the tracer's monotonic clock; undefined for what is no time. */
export function monotonicMsOf(time: OtelTime | undefined, tracer: Tracer): number | undefined {
  const unixMs = unixMsOf(time);
  return unixMs === undefined ? undefined : tracer.monotonicMsAt(unixMs);
}

function possible(ms: number): number | undefined {
  return ms >= 0 && ms < LATEST_MS ? ms : undefined;
}
