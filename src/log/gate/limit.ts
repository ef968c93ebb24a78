/**
 * A rate limit that says what it left out.
 *
 * @module
 */
import type { Clock } from "../../core/clock.ts";
import {
  checkChoice,
  checkNumber,
  checkWhole,
  type Known,
  MAX_TIMER_MS,
  refuseUnknown,
} from "../../core/check.ts";
import { PerMessage } from "./sample.ts";

/** How often records may come. */
export interface LimitOptions {
  /** Records in a period; at least 1. */
  readonly records: number;
  /** How long a period is; 1000 by default. */
  readonly periodMs?: number | undefined;
  /** Whether each level and message has its own count (the default), or all have one together. */
  readonly per?: "message" | "all" | undefined;
}

/** Told at the end of a period how many records were left out, of which message and level. */
export type Summary = (suppressed: number, level: number, message: string | undefined) => void;

interface Count {
  passed: number;
  suppressed: number;
  level: number;
  message: string | undefined;
}

/** Lets so many records of a message pass in a period, counts the others, and sums them up at its end. */
export class RateLimit {
  readonly #records: number;
  readonly #periodMs: number;
  readonly #perMessage: boolean;
  readonly #clock: Clock;
  readonly #summary: Summary;
  readonly #counts = new PerMessage<Count>(() => ({
    passed: 0,
    suppressed: 0,
    level: 0,
    message: undefined,
  }));
  #cancel: (() => void) | undefined;

  /** @throws {RangeError} or {TypeError} for a setting that can't work */
  constructor(options: LimitOptions, clock: Clock, summary: Summary) {
    const known: Known<LimitOptions> = { records: true, periodMs: true, per: true };
    refuseUnknown("limit log records", options, known);
    const { records, periodMs = 1000, per = "message" } = options;
    checkWhole("limit log records", "records", records);
    checkNumber("limit log records", "periodMs", periodMs, 1, MAX_TIMER_MS);
    checkChoice("limit log records", "per", per, ["message", "all"]);
    this.#records = records;
    this.#periodMs = periodMs;
    this.#perMessage = per === "message";
    this.#clock = clock;
    this.#summary = summary;
  }

  /** Whether one more record of this level and message may pass. */
  admit(level: number, message: string): boolean {
    this.#cancel ??= this.#clock.after(this.#periodMs, () => this.settle());
    const count = this.#perMessage ? this.#counts.of(level, message) : this.#counts.of(0, "");
    if (count.passed < this.#records) {
      count.passed++;
      return true;
    }
    if (count.suppressed++ === 0) {
      count.level = level;
      count.message = this.#perMessage ? message : undefined;
    } else if (count.message !== message) count.message = undefined; // One count for many messages.
    if (level > count.level) count.level = level;
    return false;
  }

  /** Ends the period: says what it left out, and starts anew with the next record. */
  settle(): void {
    this.#cancel?.();
    this.#cancel = undefined;
    const counts = [...this.#counts.all()];
    this.#counts.clear();
    for (const { suppressed, level, message } of counts) {
      if (suppressed > 0) this.#summary(suppressed, level, message);
    }
  }
}
