/**
 * Findings about the process: a heap that grows, clocks that are wrong.
 *
 * @module
 */
import type { HeapFloor, RuntimeHistory } from "../../core/runtime/history.ts";
import type { Weighed } from "./finding.ts";
import { clockTime, duration, figure, named } from "./words.ts";

const MB = 1_000_000, MINUTE_MS = 60_000;
/** Collections that show a trend, the time they span, and how it must grow: in all, and from one to the next. */
const LEAST_FLOORS = 5, LEAST_SPAN_MS = 20_000, GROWTH = 1.3, RISING = 0.8;
/** Fewer collections show it where each leaves so much more; a start is over, and caches are full, before that. */
const LEAST_STEEP = 3, STEEP_SPAN_MS = 5000, STEEP = 2.5, STEEP_BYTES = 32 * MB;
/** Collections this close to each other count as one: a runtime may collect twice for one reason. */
const APART_MS = 1500;
/** A heap that grows more slowly may be a cache that fills. */
const LEAST_MB_A_MINUTE = 4;
/** Older steps of the clock are no news. */
const NEWS_MS = 15 * MINUTE_MS;

/** A heap of which major collections leave more and more. */
export function growing(
  history: Pick<RuntimeHistory, "floors">,
  keptBytes: number,
  limitBytes: number | undefined,
): Weighed[] {
  const floors = apart(history.floors), recent = sinceLowest(floors);
  const first = recent[0], last = recent.at(-1);
  if (first === undefined || last === undefined || recent.length < LEAST_STEEP) return [];
  const spanMs = last.timeMs - first.timeMs, grown = last.bytes - first.bytes;
  let rises = 0;
  for (let i = 1; i < recent.length; i++) if (recent[i]!.bytes > recent[i - 1]!.bytes) rises++;
  const mbAMinute = slope(recent) * MINUTE_MS / MB;
  // A heap that was as large before, and was let go, breathes: one such collection may be an accident.
  const before = floors.slice(0, floors.length - recent.length);
  if (before.filter(({ bytes }) => bytes >= last.bytes).length > 1) return [];
  const isLong = recent.length >= LEAST_FLOORS && spanMs >= LEAST_SPAN_MS &&
    last.bytes >= GROWTH * first.bytes;
  const isSteep = spanMs >= STEEP_SPAN_MS && last.bytes >= STEEP * first.bytes &&
    grown > STEEP_BYTES + 2 * keptBytes;
  // What Telltale itself keeps fills up after a start: that is no leak.
  const isReal = (isLong || isSteep) && rises >= RISING * (recent.length - 1) &&
    grown > 2 * keptBytes && mbAMinute >= LEAST_MB_A_MINUTE;
  if (!isReal) return [];
  const left = limitBytes === undefined ? undefined : (limitBytes - last.bytes) / MB / mbAMinute;
  return [{
    kind: "heap",
    severity: left !== undefined && left < 60 ? "suffering" : "notice",
    subject: "heap",
    title: `The heap grows by ${figure(mbAMinute)} MB a minute since ${clockTime(first.timeMs)}` +
      (left === undefined ? "" : `; its limit is reached in ${duration(left * MINUTE_MS)}`),
    sinceMs: first.timeMs,
    figures: [
      { name: "MB after a major collection", value: last.bytes / MB, before: first.bytes / MB },
      { name: "MB a minute", value: mbAMinute },
    ],
    causes: [],
    evidence: [
      `${rises} of the last ${recent.length - 1} major collections left more than the one before.`,
    ],
    share: 0,
  }];
}

/** How the heap grows, from the least that a collection left; undefined while that is no trend. */
export function trendOf(
  floors: readonly HeapFloor[],
):
  | { readonly bytesAMinute: number; readonly sinceMs: number; readonly last: HeapFloor }
  | undefined {
  const recent = sinceLowest(apart(floors)), first = recent[0], last = recent.at(-1);
  if (first === undefined || last === undefined) return undefined;
  const spanMs = last.timeMs - first.timeMs;
  const isLong = recent.length >= LEAST_FLOORS && spanMs >= LEAST_SPAN_MS;
  const isSteep = recent.length >= LEAST_STEEP && spanMs >= STEEP_SPAN_MS &&
    last.bytes >= STEEP * first.bytes;
  // What is found is a trend here, too.
  if (!isLong && !isSteep) return undefined;
  return { bytesAMinute: slope(recent) * MINUTE_MS, sinceMs: first.timeMs, last };
}

/** Collections that are apart from each other; of those that are not, what left least. */
function apart(floors: readonly HeapFloor[]): readonly HeapFloor[] {
  const kept: HeapFloor[] = [];
  for (const floor of floors) {
    const last = kept.at(-1);
    if (last === undefined || floor.timeMs - last.timeMs >= APART_MS) kept.push(floor);
    else if (floor.bytes < last.bytes) kept[kept.length - 1] = { ...last, bytes: floor.bytes };
  }
  return kept;
}

/** A trend begins with the least that a collection left. */
function sinceLowest(floors: readonly HeapFloor[]): readonly HeapFloor[] {
  let lowest = 0;
  floors.forEach(({ bytes }, i) => {
    if (bytes <= floors[lowest]!.bytes) lowest = i;
  });
  return floors.slice(lowest);
}

/** Bytes a millisecond: the median of the slopes of all pairs (Theil–Sen), which one outlier does not move. */
function slope(floors: readonly HeapFloor[]): number {
  const some = floors.slice(-64), slopes: number[] = [];
  for (let i = 0; i < some.length; i++) {
    for (let j = i + 1; j < some.length; j++) {
      const ms = some[j]!.timeMs - some[i]!.timeMs;
      if (ms > 0) slopes.push((some[j]!.bytes - some[i]!.bytes) / ms);
    }
  }
  slopes.sort((a, b) => a - b);
  return slopes[slopes.length >> 1] ?? 0;
}

/** Steps of our clock, and hosts whose clocks differ from it. */
export function clocks(history: RuntimeHistory, nowMs: number): Weighed[] {
  const found: Weighed[] = [];
  const step = history.steps.at(-1);
  if (step !== undefined && Math.abs(nowMs - step.timeMs) <= NEWS_MS) {
    found.push(clockFinding(
      "this clock",
      `The clock of this machine went ${step.stepMs < 0 ? "back" : "forward"} by ${
        duration(Math.abs(step.stepMs))
      } at ${clockTime(step.timeMs)}`,
      step.timeMs,
      [{ name: "step, seconds", value: step.stepMs / 1000 }],
    ));
  }
  for (const { host, skewMs, sinceMs, looks } of history.skews()) {
    if (looks < 2) continue;
    found.push(clockFinding(
      host,
      `The clock of ${named(host)} is ${duration(Math.abs(skewMs))} ${
        skewMs < 0 ? "behind" : "ahead of"
      } ours`,
      sinceMs,
      [{ name: "skew, seconds", value: skewMs / 1000 }, {
        name: "responses that say so",
        value: looks,
      }],
    ));
  }
  return found;
}

function clockFinding(
  subject: string,
  title: string,
  sinceMs: number,
  figures: Weighed["figures"],
): Weighed {
  return {
    kind: "clock",
    severity: "notice",
    subject,
    title,
    sinceMs,
    figures,
    causes: [],
    evidence: [],
    share: 0,
  };
}
