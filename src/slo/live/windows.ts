/**
 * Sums over sliding windows, in constant memory.
 *
 * @module
 */

/** Totals since the beginning. */
export interface Totals {
  readonly good: number;
  readonly bad: number;
  /** Milliseconds that were observed. */
  readonly seenMs: number;
}

/** The totals at regular moments, the newest ones. */
export interface SavedLevel {
  readonly stepMs: number;
  /** The number of the newest moment; moment k is at `k * stepMs`. */
  readonly last: number;
  /** `good`, `bad` and `seenMs` of each moment, the oldest first. */
  readonly totals: readonly number[];
}

const NONE: Totals = { good: 0, bad: 0, seenMs: 0 };

const SECOND = 1000, MINUTE = 60 * SECOND, HOUR = 60 * MINUTE, DAY = 24 * HOUR;

/** Moments of the whole window: the budget of 30 days is exact to the hour. */
const PERIOD_STEPS = 720;

/** Totals at every multiple of a step. Between two of them, events count as spread evenly. */
class Level {
  readonly stepMs: number;
  readonly reachMs: number;
  readonly #rows: Float64Array;
  readonly #size: number;
  /** The newest moment that is written; moment 0 has the totals of the beginning. */
  #last = 0;

  constructor(stepMs: number, reachMs: number) {
    this.stepMs = stepMs;
    this.reachMs = reachMs;
    // One more for the part of a step at each end.
    this.#size = Math.ceil(reachMs / stepMs) + 2;
    this.#rows = new Float64Array(3 * this.#size);
  }

  /** Writes the moments that have passed: the last has the totals of now, earlier ones those of before. */
  advance(timeMs: number, before: Totals, now: Totals): void {
    const next = Math.floor(timeMs / this.stepMs);
    for (let k = Math.max(this.#last + 1, next - this.#size + 1); k < next; k++) {
      this.#write(k, before);
    }
    if (next <= this.#last) return;
    this.#write(next, now);
    this.#last = next;
  }

  /** The totals at a moment in the past, which are estimated between two moments that were written. */
  at(timeMs: number, nowMs: number, now: Totals): Totals {
    if (timeMs <= 0) return NONE;
    const from = Math.max(Math.floor(timeMs / this.stepMs), this.#last - this.#size + 1, 0);
    const left = this.#read(from);
    const isNewest = from >= this.#last;
    const right = isNewest ? now : this.#read(from + 1);
    const widthMs = isNewest ? nowMs - from * this.stepMs : this.stepMs;
    const share = widthMs <= 0
      ? 1
      : Math.min(1, Math.max(0, timeMs - from * this.stepMs) / widthMs);
    return {
      good: left.good + share * (right.good - left.good),
      bad: left.bad + share * (right.bad - left.bad),
      seenMs: left.seenMs + share * (right.seenMs - left.seenMs),
    };
  }

  save(): SavedLevel {
    const totals: number[] = [];
    for (let k = Math.max(0, this.#last - this.#size + 1); k <= this.#last; k++) {
      const { good, bad, seenMs } = this.#read(k);
      totals.push(good, bad, seenMs);
    }
    return { stepMs: this.stepMs, last: this.#last, totals };
  }

  restore({ last, totals }: SavedLevel): void {
    const count = Math.min(totals.length / 3, this.#size);
    for (let i = 1; i <= count; i++) {
      const [good = 0, bad = 0, seenMs = 0] = totals.slice(totals.length - 3 * i);
      this.#write(last - i + 1, { good, bad, seenMs });
    }
    this.#last = last;
  }

  #write(k: number, { good, bad, seenMs }: Totals): void {
    const at = 3 * (k % this.#size), rows = this.#rows;
    rows[at] = good;
    rows[at + 1] = bad;
    rows[at + 2] = seenMs;
  }

  #read(k: number): Totals {
    const at = 3 * (k % this.#size), rows = this.#rows;
    return { good: rows[at]!, bad: rows[at + 1]!, seenMs: rows[at + 2]! };
  }
}

/**
 * The totals of the past at several resolutions: 10 seconds for windows up to an hour, a minute up to six
 * hours, ten minutes up to three days, a 720th of the whole window: 45 KB. Times are milliseconds since
 * the beginning and never go back.
 */
export class WindowSums {
  readonly #levels: readonly Level[];
  #before: Totals = NONE;
  #nowMs = 0;

  constructor(periodMs: number) {
    this.#levels = [
      new Level(10 * SECOND, HOUR),
      new Level(MINUTE, 6 * HOUR),
      new Level(10 * MINUTE, 3 * DAY),
      new Level(periodMs / PERIOD_STEPS, periodMs),
    ];
  }

  /** Tells the totals of a moment, at least every ten seconds. */
  advance(nowMs: number, now: Totals): void {
    for (const level of this.#levels) level.advance(nowMs, this.#before, now);
    this.#before = now;
    this.#nowMs = nowMs;
  }

  /** What happened in the last `lengthMs` before the moment that was told last. */
  sum(lengthMs: number): Totals {
    const level = this.#levels.find(({ reachMs }) => lengthMs <= reachMs) ?? this.#levels.at(-1)!;
    const now = this.#before;
    const then = level.at(this.#nowMs - lengthMs, this.#nowMs, now);
    return {
      good: now.good - then.good,
      bad: now.bad - then.bad,
      seenMs: now.seenMs - then.seenMs,
    };
  }

  /** Everything, as data. */
  save(): readonly SavedLevel[] {
    return this.#levels.map((level) => level.save());
  }

  /** Continues from what was saved; false where that has other windows. */
  restore(levels: readonly SavedLevel[], nowMs: number, now: Totals): boolean {
    const isOurs = this.#levels.every(({ stepMs }, i) => levels[i]?.stepMs === stepMs);
    if (!isOurs) return false;
    for (const [i, level] of this.#levels.entries()) level.restore(levels[i]!);
    this.#before = now;
    this.#nowMs = nowMs;
    return true;
  }
}
