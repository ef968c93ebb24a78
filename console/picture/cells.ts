/**
 * The cells of a heat map: requests by time and latency.
 *
 * @module
 */
import type { Frame } from "../../src/events/store/frame.ts";
import { type LogScale, logScale, position, quantile } from "./scale.ts";

/** Requests by time and latency. A cell is `x * height + y`. */
export interface Cells {
  readonly fromMs: number;
  readonly toMs: number;
  readonly scale: LogScale;
  readonly width: number;
  readonly height: number;
  readonly all: Uint32Array;
  readonly failed: Uint32Array;
  readonly chosen: Uint32Array;
  /** The most of one cell. */
  readonly most: number;
}

/** Counts the requests of each cell. `chosen` has a 1 for each row that is selected. */
export function cellsOf(
  frame: Frame,
  { fromMs, toMs, width, height, chosen: mask }: {
    readonly fromMs: number;
    readonly toMs: number;
    readonly width: number;
    readonly height: number;
    readonly chosen?: Uint8Array | undefined;
  },
): Cells {
  const times = frame.column("time")?.numbers, latencies = frame.column("ms")?.numbers;
  const statuses = frame.column("status")?.numbers, scale = scaleOf(latencies);
  const size = width * height, all = new Uint32Array(size), failed = new Uint32Array(size);
  const chosen = new Uint32Array(size), length = Math.max(1, toMs - fromMs);
  let most = 0;
  for (let i = 0; i < frame.count && times !== undefined && latencies !== undefined; i++) {
    const part = (times[i]! - fromMs) / length, latency = latencies[i]!;
    if (!(part >= 0 && part <= 1) || latency !== latency) continue;
    const x = Math.min(width - 1, Math.floor(part * width));
    const y = Math.min(height - 1, Math.floor(position(scale, latency) * height));
    const cell = x * height + y, count = ++all[cell]!;
    if (count > most) most = count;
    if (statuses !== undefined && statuses[i]! >= 500) failed[cell]!++;
    if (mask !== undefined && mask[i] === 1) chosen[cell]!++;
  }
  return { fromMs, toMs, scale, width, height, all, failed, chosen, most };
}

/** From the decade of the fastest, but for one in 200, to the slowest. */
export function scaleOf(latencies: Float64Array | undefined): LogScale {
  const sorted = (latencies ?? new Float64Array()).filter((value) => value === value).sort();
  if (sorted.length === 0) return logScale(1, 1000);
  return logScale(quantile(sorted, 0.005), sorted[sorted.length - 1]!);
}
