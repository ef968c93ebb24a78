/**
 * A virtual clock.
 *
 * @module
 */
import type { Clock } from "../core/clock.ts";

interface Timer {
  at: number;
  readonly everyMs: number | undefined;
  readonly fn: () => void;
}

/**
 * A clock that a test moves by hand: the option `clock` of `telltale()` and of all parts. Timers run inside
 * {@linkcode ManualClock.advance}, in order of their time.
 *
 * @example
 * ```ts
 * import { telltale } from "@telltale/telltale";
 * import { ManualClock, observe } from "@telltale/telltale/testing";
 * import { equal } from "node:assert/strict";
 *
 * const clock = new ManualClock(Date.UTC(2026, 0, 1));
 * await using t = telltale({ service: "orders", log: { sinks: [] }, clock });
 * using seen = observe(t);
 * t.tracer.span("charge card", () => clock.advance(250));
 * equal(seen.span("charge card").first.durationMs, 250);
 * ```
 */
export class ManualClock implements Clock {
  readonly #timers = new Set<Timer>();
  readonly #epochMs: number;
  #elapsedMs = 0;
  #steppedMs = 0;

  /** Starts at a Unix time; without one, with the year 2026 in UTC. */
  constructor(epochMs: number = Date.UTC(2026, 0, 1)) {
    this.#epochMs = epochMs;
  }

  /** Milliseconds that it was advanced by. */
  monotonic(): number {
    return this.#elapsedMs;
  }

  /** Milliseconds since the Unix epoch. */
  now(): number {
    return this.#epochMs + this.#steppedMs + this.#elapsedMs;
  }

  /** Sets the wall clock on by `ms`, or back; no time passes. */
  step(ms: number): void {
    this.#steppedMs += ms;
  }

  /** Runs `fn` once, `ms` from now. Returns a function that cancels. */
  after(ms: number, fn: () => void): () => void {
    return this.#add({ at: this.#elapsedMs + ms, everyMs: undefined, fn });
  }

  /** Runs `fn` every `ms`. Returns a function that cancels. */
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
