/**
 * The states of SLOs as metrics.
 *
 * @module
 */
import { type Aggregation, type Family, numberFamily } from "../../metrics/data/family.ts";
import type { Labels } from "../../metrics/data/labels.ts";
import type { SloState } from "./alert.ts";
import { WINDOW_NAMES, WINDOWS } from "./burn.ts";
import { burnOf, coverageOf, periodMs } from "./state.ts";
import type { Tracker } from "./tracker.ts";

/** What `slo_alert_state` is. */
const STATE_VALUES = { none: 0, ticket: 1, page: 2 } as const;

/** The families of all SLOs, besides their counters. */
export function familiesOf(trackers: readonly Tracker[], nowMs: number): Family[] {
  const all = trackers.map((tracker) => ({ tracker, state: tracker.state(nowMs) }));
  const gauge = (
    name: string,
    help: string,
    aggregation: Aggregation,
    value: (state: SloState) => number,
  ): Family => {
    const samples = all.map(({ tracker, state }) =>
      [value(state), { slo: tracker.definition.name }] as const
    );
    return { ...numberFamily("gauge", name, help, samples), aggregation };
  };
  const byWindow = (
    name: string,
    help: string,
    aggregation: Aggregation,
    value: (tracker: Tracker, lengthMs: number) => number,
  ): Family => {
    const samples = all.flatMap(({ tracker }) =>
      windowsOf(tracker).map(([window, lengthMs]): readonly [number, Labels] => [
        value(tracker, lengthMs),
        { slo: tracker.definition.name, window },
      ])
    );
    return { ...numberFamily("gauge", name, help, samples), aggregation };
  };
  // Each member of a cluster knows nearly the same: the worst is shown.
  return [
    gauge("slo_objective_ratio", "The share of events that are to be good", "max", (state) => {
      return state.objective;
    }),
    gauge(
      "slo_error_budget_remaining_ratio",
      "The share of the error budget that is left in the SLO's window; negative when overspent",
      "min",
      (state) => state.budgetRemaining,
    ),
    gauge(
      "slo_alert_state",
      "2 is a page, 1 is a ticket, 0 is none",
      "max",
      (state) => STATE_VALUES[state.alert],
    ),
    byWindow(
      "slo_burn_rate",
      "How many times faster than allowed the error budget is spent",
      "max",
      (tracker, lengthMs) => burnOf(tracker.sum(lengthMs), tracker.definition),
    ),
    byWindow(
      "slo_window_coverage_ratio",
      "The share of the window in which events were counted",
      "max",
      (tracker, lengthMs) => coverageOf(tracker.sum(lengthMs), lengthMs),
    ),
  ];
}

/** The windows of burn rates, and that of the SLO itself. */
function windowsOf({ definition }: Tracker): readonly (readonly [string, number])[] {
  const period = [`${definition.windowDays}d`, periodMs(definition)] as const;
  return [...WINDOW_NAMES.map((name) => [name, WINDOWS[name]] as const), period];
}
