import type { Clock } from "../src/core/clock.ts";

interface Timer {
  at: number;
  readonly everyMs: number | undefined;
  readonly fn: () => void;
}

/** A clock that a test moves by hand; timers run inside `advance`, in order of their time. */
export class ManualClock implements Clock {
  readonly #timers = new Set<Timer>();
  readonly #epochMs: number;
  #elapsedMs = 0;
  #steppedMs = 0;

  constructor(epochMs = Date.UTC(2026, 0, 1)) {
    this.#epochMs = epochMs;
  }

  monotonic(): number {
    return this.#elapsedMs;
  }

  now(): number {
    return this.#epochMs + this.#steppedMs + this.#elapsedMs;
  }

  /** Sets the wall clock on by `ms`, or back; no time passes. */
  step(ms: number): void {
    this.#steppedMs += ms;
  }

  after(ms: number, fn: () => void): () => void {
    return this.#add({ at: this.#elapsedMs + ms, everyMs: undefined, fn });
  }

  every(ms: number, fn: () => void): () => void {
    return this.#add({ at: this.#elapsedMs + ms, everyMs: ms, fn });
  }

  /** Timers that wait. */
  get waiting(): number {
    return this.#timers.size;
  }

  /** Moves time on by `ms` and runs what falls due on the way, each at its own time. */
  advance(ms: number): void {
    const end = this.#elapsedMs + ms;
    for (let timer = this.#next(end); timer !== undefined; timer = this.#next(end)) {
      this.#elapsedMs = Math.max(this.#elapsedMs, timer.at);
      if (timer.everyMs === undefined) this.#timers.delete(timer);
      else timer.at += timer.everyMs;
      timer.fn();
    }
    this.#elapsedMs = end;
  }

  #add(timer: Timer): () => void {
    this.#timers.add(timer);
    return () => this.#timers.delete(timer);
  }

  #next(end: number): Timer | undefined {
    let next: Timer | undefined;
    for (const timer of this.#timers) {
      if (timer.at <= end && (next === undefined || timer.at < next.at)) next = timer;
    }
    return next;
  }
}
