/**
 * How late the event loop is.
 *
 * @module
 */
import type { Clock } from "../core/clock.ts";
import { Cells } from "./cells.ts";
import { Layout } from "./layout.ts";

const LAYOUT = new Layout(4, []);
const NAME = "nodejs_eventloop_lag";

/** One figure, ready to be a gauge. */
export type LagFigure = [name: string, help: string, value: number];

/**
 * How late a regular timer comes: what the event loop's other work costs a callback. A timer of our
 * own, because neither runtime has a monitor that can be trusted.
 */
export class LoopLag {
  readonly #clock: Clock;
  readonly #cancel: () => void;
  #cells = new Cells(LAYOUT);
  #figures: readonly LagFigure[] = [];
  #latest = 0;
  #count = 0;
  #min = Infinity;
  #max = 0;
  #sumOfSquares = 0;

  /** @param onTick called at every look, for other work that is due now and then */
  constructor(clock: Clock, intervalMs: number, onTick: () => void = () => {}) {
    this.#clock = clock;
    let dueMs = clock.monotonic() + intervalMs;
    this.#cancel = clock.every(intervalMs, () => {
      const nowMs = this.#clock.monotonic();
      this.#add(Math.max(0, nowMs - dueMs) / 1000);
      dueMs = nowMs + intervalMs;
      onTick();
    });
  }

  /** The figures since the last time, or the same again when the timer has not come since. */
  take(): readonly LagFigure[] {
    if (this.#count > 0) this.#figures = this.#summary();
    return this.#figures;
  }

  #summary(): LagFigure[] {
    const cells = this.#cells, count = this.#count;
    const mean = cells.sum / count;
    const deviation = Math.sqrt(Math.max(0, this.#sumOfSquares / count - mean * mean));
    const figures: [part: string, help: string, value: number][] = [
      ["", "How late the last timer came", this.#latest],
      ["_min", "The least lag since the last scrape", this.#min],
      ["_max", "The most lag since the last scrape", this.#max],
      ["_mean", "The mean lag since the last scrape", mean],
      ["_stddev", "The standard deviation of the lag since the last scrape", deviation],
      ["_p50", "The median of the lag since the last scrape", cells.quantile(.5)],
      ["_p90", "The 90th percentile of the lag since the last scrape", cells.quantile(.9)],
      ["_p99", "The 99th percentile of the lag since the last scrape", cells.quantile(.99)],
    ];
    this.#cells = new Cells(LAYOUT);
    this.#min = Infinity;
    this.#max = this.#sumOfSquares = this.#count = 0;
    return figures.map(([part, help, value]) => [`${NAME}${part}_seconds`, help, value]);
  }

  /** Ends the watch. */
  stop(): void {
    this.#cancel();
  }

  #add(seconds: number): void {
    this.#latest = seconds;
    this.#count++;
    this.#min = Math.min(this.#min, seconds);
    this.#max = Math.max(this.#max, seconds);
    this.#sumOfSquares += seconds * seconds;
    this.#cells.add(seconds);
  }
}
