/**
 * What an SLO says, as data.
 *
 * @module
 */
import type { BurnWindow } from "./burn.ts";

/** What an SLO says now: nothing, a ticket, or a page. */
export type AlertState = "none" | "ticket" | "page";

/**
 * What an SLO says at one moment, of the events of this isolate; in a cluster (`metrics: { cluster }`) of
 * all members, as they told them last: every ten seconds, at each scrape and at their end.
 */
export interface SloState {
  /** As defined. */
  readonly objective: number;
  /**
   * The share of the error budget that is left in the whole window: 1 when nothing was bad, 0 when it is
   * spent, negative when more than it is.
   */
  readonly budgetRemaining: number;
  /** How many times faster than allowed the budget is spent, by window; 0 without events. */
  readonly burn: Readonly<Record<BurnWindow, number>>;
  /** Whether it asks for people. */
  readonly alert: AlertState;
  /** The share of the whole window in which events were counted. */
  readonly coverage: number;
  /** Events in the whole window. */
  readonly events: number;
  /** How many of them were bad. */
  readonly bad: number;
}

/** A change of what an SLO says. */
export interface SloChange {
  /** The name of the SLO. */
  readonly slo: string;
  /** What it said before. */
  readonly from: AlertState;
  /** What it says now. */
  readonly to: AlertState;
  /** Burn rates, budget and coverage at this moment. */
  readonly state: SloState;
  /** True, and in a cluster true in one of the members only: that which writes the log line. */
  readonly speaks: boolean;
}
