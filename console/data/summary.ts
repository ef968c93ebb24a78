/**
 * What tiles and the table of routes show, in one pass over the requests.
 *
 * @module
 */
import type { Frame } from "../../src/events/store/frame.ts";
import { valueAt } from "../../src/events/store/frame.ts";
import { quantile } from "../picture/scale.ts";

/** Requests of one kind. */
export interface Summary {
  readonly method: string;
  readonly route: string;
  readonly count: number;
  /** Answers 400 to 499, and 500 and above. */
  readonly refused: number;
  readonly failed: number;
  readonly p50: number;
  readonly p95: number;
  readonly p99: number;
  /** For each bin of time. */
  readonly counts: Float64Array;
  readonly failures: Float64Array;
  readonly p99s: Float64Array;
}

/** The requests by method and route, the most frequent first. */
export function routesOf(frame: Frame, fromMs: number, toMs: number, bins: number): Summary[] {
  const methods = frame.column("method"), routes = frame.column("route");
  const jobs = frame.column("job");
  const groups = new Map<string, { method: string; route: string; rows: number[] }>();
  for (let i = 0; i < frame.count; i++) {
    const job = jobs && valueAt(jobs, i);
    const method = job === undefined ? text(methods && valueAt(methods, i)) : "job";
    const route = text(job ?? (routes && valueAt(routes, i)));
    const key = `${method} ${route}`;
    let group = groups.get(key);
    if (group === undefined) groups.set(key, group = { method, route, rows: [] });
    group.rows.push(i);
  }
  return [...groups.values()].sort((a, b) => b.rows.length - a.rows.length)
    .map(({ method, route, rows }) =>
      summaryOf(frame, rows, { method, route, fromMs, toMs, bins })
    );
}

function text(value: unknown): string {
  return value === undefined ? "" : String(value);
}

/** All requests of a frame as one. */
export function totalOf(frame: Frame, fromMs: number, toMs: number, bins: number): Summary {
  const rows = Array.from({ length: frame.count }, (_, i) => i);
  return summaryOf(frame, rows, { method: "", route: "", fromMs, toMs, bins });
}

function summaryOf(
  frame: Frame,
  rows: readonly number[],
  { method, route, fromMs, toMs, bins }: {
    readonly method: string;
    readonly route: string;
    readonly fromMs: number;
    readonly toMs: number;
    readonly bins: number;
  },
): Summary {
  const times = frame.column("time")?.numbers, all = frame.column("ms")?.numbers;
  const statuses = frame.column("status")?.numbers, length = Math.max(1, toMs - fromMs);
  const counts = new Float64Array(bins), failures = new Float64Array(bins);
  const latencies: number[] = [], binned = Array.from({ length: bins }, (): number[] => []);
  let refused = 0, failed = 0;
  for (const i of rows) {
    const part = times === undefined ? 0 : (times[i]! - fromMs) / length;
    const bin = Math.max(0, Math.min(bins - 1, Math.floor(part * bins)));
    const status = statuses?.[i] ?? NaN, latency = all?.[i] ?? NaN;
    counts[bin]!++;
    if (status >= 500) {
      failures[bin]!++;
      failed++;
    } else if (status >= 400) refused++;
    if (latency !== latency) continue;
    latencies.push(latency);
    binned[bin]!.push(latency);
  }
  const sorted = Float64Array.from(latencies).sort();
  return {
    method,
    route,
    count: rows.length,
    refused,
    failed,
    p50: quantile(sorted, 0.5),
    p95: quantile(sorted, 0.95),
    p99: quantile(sorted, 0.99),
    counts,
    failures,
    p99s: Float64Array.from(binned, (list) => quantile(Float64Array.from(list).sort(), 0.99)),
  };
}
