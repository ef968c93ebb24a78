/**
 * Which of the records that pass the level are left out: by a sampler, and by a rate limit that says
 * what it left out.
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
import type { Faults } from "../../core/faults.ts";
import { type LogSampler, PerMessage } from "./sample.ts";

/** How often records may come. */
export interface LimitOptions {
  /** Records in a period; at least 1. */
  readonly maxRecords: number;
  /** How long a period is. @default 1000 */
  readonly periodMs?: number | undefined;
  /** Whether each level and message has its own count, or all have one together. @default `message` */
  readonly per?: "message" | "all" | undefined;
}

const KNOWN: Known<LimitOptions> = { maxRecords: true, periodMs: true, per: true };

/** Called at the end of a period with how many records were left out, and their level and message. */
export type ReportSuppressed = (
  suppressed: number,
  severity: number,
  message: string | undefined,
) => void;

/** Leaves records out; counts and survives what a sampler throws. */
export class Thinning {
  /** Records that the sampler left out. */
  sampled = 0;
  /** Records over the limit. */
  suppressed = 0;
  readonly #sample: LogSampler | undefined;
  readonly #limit: RateLimit | undefined;
  readonly #spared: number;
  readonly #faults: Faults;

  /** @param spared the severity from which nothing is left out */
  constructor(
    sample: LogSampler | undefined,
    limit: RateLimit | undefined,
    spared: number,
    faults: Faults,
  ) {
    this.#sample = sample;
    this.#limit = limit;
    this.#spared = spared;
    this.#faults = faults;
  }

  /** Whether a record of this severity and message is to be made. */
  admits(severity: number, message: string): boolean {
    if (severity >= this.#spared) return true;
    if (!this.#samples(severity, message)) {
      this.sampled++;
      return false;
    }
    if (this.#limit === undefined || this.#limit.admits(severity, message)) return true;
    this.suppressed++;
    return false;
  }

  /** Ends the period of the limit: what it left out so far is said now. */
  settle(): void {
    this.#limit?.settle();
  }

  #samples(severity: number, message: string): boolean {
    try {
      return this.#sample?.(severity, message) ?? true;
    } catch (error) {
      this.#faults.record("log sampler", error);
      return true;
    }
  }
}

interface Count {
  passed: number;
  suppressed: number;
  severity: number;
  message: string | undefined;
}

/** Lets a number of records of each message pass in a period, counts the others, sums them up at its end. */
export class RateLimit {
  readonly #maxRecords: number;
  readonly #periodMs: number;
  readonly #perMessage: boolean;
  readonly #clock: Clock;
  readonly #report: ReportSuppressed;
  readonly #counts = new PerMessage<Count>(() => ({
    passed: 0,
    suppressed: 0,
    severity: 0,
    message: undefined,
  }));
  #cancel: (() => void) | undefined;

  /**
   * @throws {RangeError} when a number is out of range
   * @throws {TypeError} when an option is unknown, or `per` is
   */
  constructor(options: LimitOptions, clock: Clock, report: ReportSuppressed) {
    refuseUnknown("limit log records", options, KNOWN);
    const { maxRecords, periodMs = 1000, per = "message" } = options;
    checkWhole("limit log records", "maxRecords", maxRecords);
    checkNumber("limit log records", "periodMs", periodMs, 1, MAX_TIMER_MS);
    checkChoice("limit log records", "per", per, ["message", "all"]);
    this.#maxRecords = maxRecords;
    this.#periodMs = periodMs;
    this.#perMessage = per === "message";
    this.#clock = clock;
    this.#report = report;
  }

  /** Whether one more record of this severity and message may pass. */
  admits(severity: number, message: string): boolean {
    this.#cancel ??= this.#clock.after(this.#periodMs, () => this.settle());
    const count = this.#perMessage ? this.#counts.of(severity, message) : this.#counts.of(0, "");
    if (count.passed < this.#maxRecords) {
      count.passed++;
      return true;
    }
    if (count.suppressed++ === 0) {
      count.severity = severity;
      count.message = this.#perMessage ? message : undefined;
    } else if (count.message !== message) count.message = undefined; // One count for many messages.
    if (severity > count.severity) count.severity = severity;
    return false;
  }

  /** Ends the period: says what it left out. The next record begins a new one. */
  settle(): void {
    this.#cancel?.();
    this.#cancel = undefined;
    const counts = [...this.#counts.all()];
    this.#counts.clear();
    for (const { suppressed, severity, message } of counts) {
      if (suppressed > 0) this.#report(suppressed, severity, message);
    }
  }
}
