/**
 * Follows one SLO: its counters, their history, and what follows from that.
 *
 * @module
 */
import type { BoundCounter } from "../../metrics/instrument/counter.ts";
import type { AlertState, SloChange, SloState } from "./alert.ts";
import { BAD, GOOD, type SloDefinition } from "./definition.ts";
import { periodMs, stateOf } from "./state.ts";
import { type SavedLevel, type Totals, WindowSums } from "./windows.ts";

/** The history of an SLO, as it survives a restart. */
export interface SavedSlo {
  /** Milliseconds from the beginning of its history. */
  readonly ageMs: number;
  readonly totals: Totals;
  readonly levels: readonly SavedLevel[];
}

/** What a tracker takes over from the same SLO of another member of the cluster. */
export interface Taken {
  readonly saved: SavedSlo;
  /** The events of this tracker that are in there. */
  readonly own: Counts;
}

/** Numbers of events. */
export interface Counts {
  readonly good: number;
  readonly bad: number;
}

/** Follows one SLO. Counting is an addition; everything else happens every ten seconds. */
export class Tracker {
  readonly definition: SloDefinition;
  readonly good: BoundCounter;
  readonly bad: BoundCounter;
  readonly #verdicts: Uint8Array;
  readonly #method: string | undefined;
  readonly #mostMs: number;
  readonly #windows: WindowSums;
  readonly #startMs: number;
  /** What was counted before the process started. */
  #before: Totals & { readonly ageMs: number } = { good: 0, bad: 0, seenMs: 0, ageMs: 0 };
  /** What other members of the cluster counted. */
  #others: Counts = { good: 0, bad: 0 };
  #alert: AlertState = "none";

  /** @param nowMs monotonic milliseconds */
  constructor(definition: SloDefinition, good: BoundCounter, bad: BoundCounter, nowMs: number) {
    this.definition = definition;
    this.good = good;
    this.bad = bad;
    this.#verdicts = definition.verdicts;
    this.#method = definition.method;
    this.#mostMs = mostMs(definition.underMs ?? Infinity);
    this.#windows = new WindowSums(periodMs(definition));
    this.#startMs = nowMs;
  }

  /** Counts a request of one of its routes. */
  count(method: string, status: number, durationMs: number): void {
    const verdict = this.#verdicts[status];
    if (this.#method !== undefined && this.#method !== method) return;
    if (verdict === GOOD && durationMs <= this.#mostMs) this.good.inc();
    else if (verdict === GOOD || verdict === BAD) this.bad.inc();
  }

  /** Tells what other members of the cluster have counted meanwhile, all together. */
  hear(others: Counts): void {
    this.#others = others;
  }

  /** Milliseconds since its definition. */
  upMs(nowMs: number): number {
    return nowMs - this.#startMs;
  }

  /** Milliseconds that it or its history has observed. */
  seenMs(nowMs: number): number {
    return this.#before.seenMs + this.upMs(nowMs);
  }

  /** What it says now. */
  state(nowMs: number): SloState {
    this.#advance(nowMs);
    return stateOf(this.definition, this.#windows);
  }

  /** The sums of a window, as of the last reading. */
  sum(lengthMs: number): Totals {
    return this.#windows.sum(lengthMs);
  }

  /** Reads the counters; returns the change if the alert is another than at the last reading. */
  tick(nowMs: number): Omit<SloChange, "speaks"> | undefined {
    const state = this.state(nowMs), from = this.#alert;
    if (state.alert === from) return undefined;
    this.#alert = state.alert;
    return { slo: this.definition.name, from, to: state.alert, state };
  }

  /** Its history, which another process may continue. */
  save(nowMs: number): SavedSlo {
    this.#advance(nowMs);
    return {
      ageMs: this.#ageMs(nowMs),
      totals: this.#totals(nowMs),
      levels: this.#windows.save(),
    };
  }

  /**
   * Continues a saved history; what was counted since the start is kept. False for that of another window.
   *
   * @param gapMs how long ago it was saved: nothing was observed since
   */
  restore({ ageMs, totals, levels }: SavedSlo, gapMs: number, nowMs: number): boolean {
    if (!this.#windows.restore(levels, ageMs, totals)) return false;
    this.#before = { ...totals, ageMs: ageMs + gapMs };
    this.#advance(nowMs);
    return true;
  }

  /**
   * Takes over the history of another member, which has observed more; what others counted begins at 0.
   * False for that of another window.
   */
  take({ saved: { ageMs, totals, levels }, own }: Taken, nowMs: number): boolean {
    if (!this.#windows.restore(levels, ageMs, totals)) return false;
    const upMs = this.upMs(nowMs);
    this.#before = {
      good: totals.good - own.good,
      bad: totals.bad - own.bad,
      seenMs: totals.seenMs - upMs,
      ageMs: ageMs - upMs,
    };
    this.#others = { good: 0, bad: 0 };
    return true;
  }

  #advance(nowMs: number): void {
    this.#windows.advance(this.#ageMs(nowMs), this.#totals(nowMs));
  }

  #ageMs(nowMs: number): number {
    return this.#before.ageMs + nowMs - this.#startMs;
  }

  #totals(nowMs: number): Totals {
    const before = this.#before, others = this.#others;
    return {
      good: before.good + this.good.value + others.good,
      bad: before.bad + this.bad.value + others.bad,
      seenMs: before.seenMs + nowMs - this.#startMs,
    };
  }
}

/**
 * The greatest time that is within the bound in seconds, as the histogram of durations compares: a division
 * for each request would be a fifth of what it costs.
 */
function mostMs(underMs: number): number {
  const bound = underMs / 1000, bits = new BigInt64Array(1), time = new Float64Array(bits.buffer);
  time[0] = underMs;
  while (time[0] / 1000 <= bound && time[0] < Infinity) bits[0]!++;
  while (time[0] / 1000 > bound) bits[0]!--;
  return time[0];
}
