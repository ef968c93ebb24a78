/**
 * Burn rates: the windows they are taken over, and the rules by which they page or make a ticket.
 *
 * @module
 */
import { complement, product } from "./decimal.ts";

/** The windows of burn rates, and their length in milliseconds. */
export const WINDOWS: Readonly<Record<BurnWindow, number>> = {
  "5m": 300_000,
  "30m": 1_800_000,
  "1h": 3_600_000,
  "2h": 7_200_000,
  "6h": 21_600_000,
  "1d": 86_400_000,
  "3d": 259_200_000,
};

/** The name of a window of burn rates. */
export type BurnWindow = "5m" | "30m" | "1h" | "2h" | "6h" | "1d" | "3d";

/** The names of all windows, the shortest first. */
export const WINDOW_NAMES = /* @__PURE__ */ Object.keys(WINDOWS) as readonly BurnWindow[];

/** How urgent an alert is: a page wakes somebody, a ticket waits for the next day. */
export type Severity = "page" | "ticket";

/**
 * Alerts when both windows burn faster than a factor: the long one shows that it matters, the short one
 * that it still goes on.
 */
export interface BurnRule {
  readonly severity: Severity;
  readonly short: BurnWindow;
  readonly long: BurnWindow;
  /** Percent of the error budget that are spent when the long window has burnt so fast throughout. */
  readonly budgetPercent: number;
}

/** The rules of Google's SRE workbook, chapter 5: factors 14.4, 6, 3 and 1 for 30 days. */
export const BURN_RULES: readonly BurnRule[] = [
  { severity: "page", short: "5m", long: "1h", budgetPercent: 2 },
  { severity: "page", short: "30m", long: "6h", budgetPercent: 5 },
  { severity: "ticket", short: "2h", long: "1d", budgetPercent: 10 },
  { severity: "ticket", short: "6h", long: "3d", budgetPercent: 10 },
];

/** What the rules depend on. */
export interface Target {
  /** The share of events that are to be good: `0.999`. */
  readonly objective: number;
  /** Days over which it is to hold. */
  readonly windowDays: number;
}

/** The share of events that may be bad: `0.001` for an objective of `0.999`. */
export function budgetOf({ objective }: Target): number {
  return complement(objective);
}

/**
 * The burn rate from which a rule alerts, at four decimals. At least 1, because a slower burn never
 * spends the budget.
 */
export function factorOf({ budgetPercent, long }: BurnRule, { windowDays }: Target): number {
  const factor = budgetPercent * windowDays * 24 / (100 * WINDOWS[long] / WINDOWS["1h"]);
  return Math.max(1, Math.round(factor * 1e4) / 1e4);
}

/**
 * Of a low objective no error ratio is high enough: from this one on, a rule alerts always, unless the
 * objective itself allows more.
 */
const MOST_RATIO = 0.9;

/** The error ratio above which a rule alerts: its factor times the budget. */
export function thresholdOf(rule: BurnRule, target: Target): number {
  const budget = budgetOf(target), most = Math.max(MOST_RATIO, budget);
  return Math.min(product(factorOf(rule, target), budget), most);
}

/** How many times too fast the budget burns at that ratio: the factor, but where the ratio is capped. */
export function alertingFactorOf(rule: BurnRule, target: Target): number {
  const reached = thresholdOf(rule, target) / budgetOf(target);
  return Math.min(factorOf(rule, target), Math.round(reached * 1e4) / 1e4);
}
