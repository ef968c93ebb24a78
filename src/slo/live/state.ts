/**
 * What an SLO says at one moment.
 *
 * @module
 */
import type { AlertState, SloState } from "./alert.ts";
import {
  budgetOf,
  BURN_RULES,
  type BurnRule,
  type BurnWindow,
  thresholdOf,
  WINDOW_NAMES,
  WINDOWS,
} from "./burn.ts";
import type { SloDefinition } from "./definition.ts";
import type { Totals, WindowSums } from "./windows.ts";

const DAY_MS = 86_400_000;

/** The length of the whole window. */
export function periodMs({ windowDays }: Pick<SloDefinition, "windowDays">): number {
  return windowDays * DAY_MS;
}

/** The share of events that were bad; 0 without events. */
function errorRatio({ good, bad }: Totals): number {
  const total = good + bad;
  return total > 0 ? bad / total : 0;
}

/** The share of a window that was observed. */
export function coverageOf({ seenMs }: Totals, lengthMs: number): number {
  return Math.min(1, seenMs / lengthMs);
}

/** The burn rate over a window. */
export function burnOf(sums: Totals, definition: SloDefinition): number {
  return errorRatio(sums) / budgetOf(definition);
}

/** Computes the state from the sums of all windows. */
export function stateOf(definition: SloDefinition, windows: WindowSums): SloState {
  const lengthMs = periodMs(definition), period = windows.sum(lengthMs);
  const burn = Object.fromEntries(
    WINDOW_NAMES.map((name) => [name, burnOf(windows.sum(WINDOWS[name]), definition)]),
  ) as Record<BurnWindow, number>;
  return {
    objective: definition.objective,
    budgetRemaining: 1 - burnOf(period, definition),
    burn,
    alert: alertOf(definition, windows),
    coverage: coverageOf(period, lengthMs),
    events: Math.round(period.good + period.bad),
    bad: Math.round(period.bad),
  };
}

/** The most urgent of what the rules say. */
export function alertOf(definition: SloDefinition, windows: WindowSums): AlertState {
  for (const rule of BURN_RULES) if (isBurning(rule, definition, windows)) return rule.severity;
  return "none";
}

/**
 * What was not observed of the long window counts as good. So a new service needs as many errors for an
 * alert as one that has run well for days.
 */
function isBurning(rule: BurnRule, definition: SloDefinition, windows: WindowSums): boolean {
  const threshold = thresholdOf(rule, definition);
  if (!(errorRatio(windows.sum(WINDOWS[rule.short])) > threshold)) return false;
  const lengthMs = WINDOWS[rule.long], long = windows.sum(lengthMs);
  // Between two moments sums are estimated: half an event is no event.
  if (long.bad < definition.minBad - 0.5) return false;
  return errorRatio(long) * coverageOf(long, lengthMs) > threshold;
}
