/**
 * How values of a metric are written.
 *
 * @module
 */
import type { PointsReply } from "../../src/console/state/metric_shapes.ts";
import { bytes, clock, ms, number, pct } from "../text/format.ts";

/** Writes a value in the unit that the metric's name or description says. */
export function unitOf(
  { name, unit = "" }: Pick<PointsReply, "name" | "unit">,
): (value: number) => string {
  const of = unit || name.replace(/_(total|count|sum|bucket)$/, "");
  if (/milliseconds$|_ms$|^ms$/.test(of)) return ms;
  if (/time_seconds$|timestamp_seconds$/.test(of)) return (value) => clock(value * 1000);
  if (/seconds$|^s$/.test(of)) return (value) => ms(value * 1000);
  if (/bytes$|^By$/.test(of)) return bytes;
  if (/ratio$/.test(of)) return (value) => value >= 0 && value <= 1 ? pct(value) : number(value);
  return number;
}
