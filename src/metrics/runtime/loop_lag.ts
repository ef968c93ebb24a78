/**
 * The lag of the event loop.
 *
 * @module
 */
import type { Clock } from "../../core/clock.ts";
import { Layout } from "../instrument/bucket_layout.ts";
import { Cells } from "../instrument/histogram_store.ts";

const LAYOUT = /* @__PURE__ */ new Layout(4, []);
const NAME = "nodejs_eventloop_lag";

/** The name, help and value of one gauge. */
export type LagFigure = [name: string, help: string, value: number];

/** The figures cover the last 30 to 60 seconds, however often they are read. */
const WINDOW_MS = 30_000;

/** The lags since one moment. */
class Window {
  readonly cells = new Cells(LAYOUT);
  min = Infinity;
  max = 0;
  sumOfSquares = 0;
  count = 0;

  add(seconds: number): void {
    this.cells.add(seconds);
    this.min = Math.min(this.min, seconds);
    this.max = Math.max(this.max, seconds);
    this.sumOfSquares += seconds * seconds;
    this.count++;
  }
}

/**
 * Measures how late a regular timer fires: what the event loop's other work costs a callback. A timer
 * of our own, because neither runtime has a reliable monitor.
 */
export class LoopLag {
  readonly #cancel: () => void;
  #latest = 0;
  /** Both take every lag; the older one began a window earlier. */
  #older = new Window();
  #newer = new Window();

  /** @param onTick called at every measurement with its time and lag in milliseconds; must not throw */
  constructor(
    clock: Clock,
    intervalMs: number,
    onTick: (nowMs: number, lagMs: number) => void = () => {},
  ) {
    let dueMs = clock.monotonic() + intervalMs;
    let turnMs = clock.monotonic() + WINDOW_MS;
    this.#cancel = clock.every(intervalMs, () => {
      const nowMs = clock.monotonic();
      if (nowMs >= turnMs) {
        this.#older = this.#newer;
        this.#newer = new Window();
        turnMs = nowMs + WINDOW_MS;
      }
      this.#latest = Math.max(0, nowMs - dueMs) / 1000;
      this.#older.add(this.#latest);
      this.#newer.add(this.#latest);
      dueMs = nowMs + intervalMs;
      onTick(nowMs, this.#latest * 1000);
    });
  }

  /** The figures of the window; none before the timer fired. */
  figures(): LagFigure[] {
    const { cells, min, max, sumOfSquares, count } = this.#older;
    if (count === 0) return [];
    const mean = cells.sum / count;
    const deviation = Math.sqrt(Math.max(0, sumOfSquares / count - mean * mean));
    const figures: [part: string, help: string, value: number][] = [
      ["", "How late the last timer came", this.#latest],
      ["_min", "The least lag of the last minute", min],
      ["_max", "The most lag of the last minute", max],
      ["_mean", "The mean lag of the last minute", mean],
      ["_stddev", "The standard deviation of the lag of the last minute", deviation],
      ["_p50", "The median lag of the last minute", cells.quantile(.5)],
      ["_p90", "The 90th percentile of the lag of the last minute", cells.quantile(.9)],
      ["_p99", "The 99th percentile of the lag of the last minute", cells.quantile(.99)],
    ];
    return figures.map(([part, help, value]) => [`${NAME}${part}_seconds`, help, value]);
  }

  /** Ends the timer. */
  close(): void {
    this.#cancel();
  }
}
