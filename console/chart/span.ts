/**
 * The time that charts of the service's own points show.
 *
 * @module
 */
import { range } from "../data/state.ts";
import { use } from "../use.ts";

const HOUR_MS = 3_600_000, STEP_MS = 60_000;

/** What `last` a route is asked for, so that its points reach over the range; an hour is kept. */
export function useLast(): string {
  const { fromMs, text } = use(range);
  if (text === "") return "1h";
  if (!text.includes("..")) return text;
  const minutes = Math.ceil((Date.now() - fromMs) / STEP_MS);
  return minutes >= 60 ? "1h" : `${Math.max(1, minutes)}m`;
}

/** From when to when points are drawn: the range, or what there is of the last hour. */
export function useSpan(timeMs: readonly number[]): { fromMs: number; toMs: number } {
  const { fromMs, toMs, text } = use(range), first = timeMs[0], last = timeMs.at(-1);
  if (first === undefined || last === undefined) return { fromMs, toMs };
  if (text.includes("..")) return { fromMs, toMs };
  const end = Math.max(last, first + 1000);
  return { fromMs: Math.max(first, end - HOUR_MS), toMs: end };
}
