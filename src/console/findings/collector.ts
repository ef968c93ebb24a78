/**
 * A garbage collector that takes much of the time.
 *
 * @module
 */
import type { Weighed } from "./finding.ts";
import { percent, sinceText } from "./words.ts";

/** A time in which the collector's share was measured. */
export interface CollectorPoint {
  readonly timeMs: number;
  readonly seconds: number;
  readonly gc: number;
}

/** Less is usual under load; one long collection is none of this. */
const TOO_MUCH = 0.15, LEAST_SECONDS = 60;

/** The share of the last two minutes, if it is too much. */
export function collecting(points: readonly CollectorPoint[]): Weighed[] {
  const known = points.filter(({ gc }) => gc >= 0);
  const seconds = known.reduce((sum, point) => sum + point.seconds, 0);
  const share = known.reduce((sum, point) => sum + point.gc * point.seconds, 0) / seconds;
  // Most of the points, not a few.
  const often = known.filter(({ gc }) => gc >= TOO_MUCH / 2).length > known.length / 2;
  if (!(seconds >= LEAST_SECONDS && share >= TOO_MUCH && often)) return [];
  const first = known.find(({ gc }) => gc >= TOO_MUCH);
  const sinceMs = first && first.timeMs - first.seconds * 1000;
  return [{
    kind: "gc",
    severity: "suffering",
    subject: "garbage collection",
    title: `Garbage collection takes ${percent(share)} of the time${sinceText(sinceMs)}`,
    sinceMs,
    figures: [{ name: "share of the last two minutes", value: share }],
    causes: [],
    evidence: ["A CPU or heap profile says what allocates."],
    share: 0,
  }];
}
