/**
 * How long the spans of a route usually take: medians of other traces of it.
 *
 * @module
 */
import { type Frame, valueAt } from "../../src/events/store/frame.ts";
import { quantile } from "../picture/scale.ts";
import { readSpans } from "./trace.ts";
import type { WireSpan } from "./wire.ts";

/** Traces that are read, and how many of them a median needs. */
const TRACES = 12, LEAST = 4;

/** Spans that do the same have the same key. */
export function keyOf({ kind, name }: WireSpan): string {
  return `${kind} ${name}`;
}

/** The usual duration of spans by their key, from the newest other traces of the same route. */
export async function usualOf(
  same: Frame,
  trace: string,
  signal: AbortSignal,
): Promise<ReadonlyMap<string, number>> {
  const column = same.column("trace"), traces: string[] = [];
  for (let i = same.count - 1; i >= 0 && traces.length < TRACES && column !== undefined; i--) {
    const other = valueAt(column, i);
    if (typeof other === "string" && other !== trace) traces.push(other);
  }
  const durations = new Map<string, number[]>();
  for (const other of traces) {
    const read = await readSpans(other, signal);
    // Where one is gone, older ones are too.
    if ("missing" in read) break;
    for (const span of read.spans) {
      const key = keyOf(span), list = durations.get(key);
      if (list === undefined) durations.set(key, [span.durationMs]);
      else list.push(span.durationMs);
    }
  }
  const found = new Map<string, number>();
  for (const [key, list] of durations) {
    if (list.length >= LEAST) found.set(key, quantile(Float64Array.from(list).sort(), 0.5));
  }
  return found;
}
