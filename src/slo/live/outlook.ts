/**
 * Where an SLO comes from and goes to: its budget over time, and when it pages if nothing changes.
 *
 * @module
 */
import { budgetOf, BURN_RULES, type BurnRule, thresholdOf, WINDOWS } from "./burn.ts";
import type { SloDefinition } from "./definition.ts";
import type { Tracker } from "./tracker.ts";
import type { Totals } from "./windows.ts";

/** What was left of the budget at a time. */
export interface BudgetPoint {
  /** Milliseconds before now. */
  readonly agoMs: number;
  /** 1 is the whole budget of the window that ends now. */
  readonly budget: number;
}

/** The present rate is that of the last five minutes. */
const PRESENT_MS = WINDOWS["5m"];
/** Moments looked at, before the first of them is narrowed down. */
const STEPS = 240;

/**
 * How the budget of the window that ends now was spent: from 1 at its beginning to what is left. The number
 * of points is at most `most`.
 */
export function curveOf(tracker: Tracker, nowMs: number, most: number): BudgetPoint[] {
  const { ageMs, totals: now, levels } = tracker.save(nowMs), { definition } = tracker;
  const level = levels.find(({ stepMs, totals }) => stepMs * totals.length / 3 > ageMs) ??
    levels.at(-1);
  if (level === undefined) return [];
  const count = level.totals.length / 3, first = level.last - count + 1;
  const at = (i: number): Totals => ({
    good: level.totals[3 * i]!,
    bad: level.totals[3 * i + 1]!,
    seenMs: level.totals[3 * i + 2]!,
  });
  // The ring holds a moment or two from before the window.
  const start = count === 0 ? now : at(0);
  const all = now.good + now.bad - start.good - start.bad, budget = budgetOf(definition) * all;
  const left = (bad: number) => budget > 0 ? 1 - (bad - start.bad) / budget : 1;
  const every = Math.max(1, Math.ceil(count / (most - 1))), points: BudgetPoint[] = [];
  // From the newest, so that the distances are even up to now.
  for (let i = count - 1; i >= 0; i -= every) {
    points.push({ agoMs: ageMs - (first + i) * level.stepMs, budget: left(at(i).bad) });
  }
  return [...points.reverse(), { agoMs: 0, budget: left(now.bad) }];
}

/**
 * In how many milliseconds it pages if events go on as in the last five minutes: 0 if it does already,
 * undefined if it never will.
 */
export function pagesInMs(tracker: Tracker, nowMs: number): number | undefined {
  const { definition } = tracker, sum = (lengthMs: number) => tracker.sum(lengthMs);
  // Sums are of the last reading.
  tracker.state(nowMs);
  const present = sum(PRESENT_MS), seenMs = Math.min(PRESENT_MS, present.seenMs);
  if (!(seenMs > 0) || present.good + present.bad <= 0) return undefined;
  /** The sums of a window that ends in `inMs` milliseconds. */
  const later = (lengthMs: number, inMs: number): Totals => {
    const past = inMs >= lengthMs ? { good: 0, bad: 0, seenMs: 0 } : sum(lengthMs - inMs);
    const ahead = Math.min(inMs, lengthMs) / seenMs;
    return {
      good: past.good + present.good * ahead,
      bad: past.bad + present.bad * ahead,
      seenMs: past.seenMs + Math.min(inMs, lengthMs),
    };
  };
  const times = BURN_RULES.filter(({ severity }) => severity === "page")
    .map((rule) => firstTime(WINDOWS[rule.long], (inMs) => isOn(rule, definition, later, inMs)))
    .filter((time) => time !== undefined);
  return times.length === 0 ? undefined : Math.min(...times);
}

function isOn(
  rule: BurnRule,
  definition: SloDefinition,
  later: (lengthMs: number, inMs: number) => Totals,
  inMs: number,
): boolean {
  const threshold = thresholdOf(rule, definition);
  const short = later(WINDOWS[rule.short], inMs), long = later(WINDOWS[rule.long], inMs);
  const ratio = ({ good, bad }: Totals) => good + bad > 0 ? bad / (good + bad) : 0;
  if (!(ratio(short) > threshold) || long.bad < definition.minBad - 0.5) return false;
  // As in the alert itself, what was not observed counts as good.
  return ratio(long) * Math.min(1, long.seenMs / WINDOWS[rule.long]) > threshold;
}

/** The first time up to a length at which something holds, to a second. */
function firstTime(lengthMs: number, holds: (inMs: number) => boolean): number | undefined {
  if (holds(0)) return 0;
  const step = Array.from({ length: STEPS }, (_, i) => (i + 1) * lengthMs / STEPS).find(holds);
  if (step === undefined) return undefined;
  let from = step - lengthMs / STEPS, to = step;
  while (to - from > 1000) {
    const middle = (from + to) / 2;
    if (holds(middle)) to = middle;
    else from = middle;
  }
  return to;
}
