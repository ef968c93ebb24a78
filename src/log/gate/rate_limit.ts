/**
 * A rate limit that says what it left out.
 *
 * @module
 */
import {
  checkChoice,
  checkNumber,
  checkWhole,
  type Known,
  MAX_TIMER_MS,
  requireKnown,
} from "../../core/check.ts";
import { type Clock, systemClock } from "../../core/clock.ts";
import { PerMessage } from "./sample.ts";

/** How often records may come. */
export interface LogRateLimitOptions {
  /** Records in a period; at least 1. */
  readonly maxRecords: number;
  /** How long a period is. @default 1000 */
  readonly periodMs?: number | undefined;
  /** Whether each level and message has its own count, or all have one together. @default `message` */
  readonly per?: "message" | "all" | undefined;
}

const KNOWN: Known<LogRateLimitOptions> = { maxRecords: true, periodMs: true, per: true };

/** Called at the end of a period with how many records were left out, and their severity and message. */
export type ReportSuppressed = (
  suppressed: number,
  severity: number,
  message: string | undefined,
) => void;

interface Count {
  passed: number;
  suppressed: number;
  severity: number;
  message: string | undefined;
}

/**
 * Lets a number of records pass in a period, and counts the others: a line says how many when the period
 * ends.
 *
 * @example
 * ```ts
 * import { Logger, RateLimit } from "@telltale/telltale/log";
 * import assert from "node:assert/strict";
 *
 * const log = new Logger({ level: "info", sinks: [], limit: new RateLimit({ maxRecords: 2 }) });
 * for (let i = 0; i < 5; i++) log.info("cache miss");
 * log.flushSync();
 * const messages = [...log.ring].map((record) => record.message);
 * assert.deepEqual(messages, ["cache miss", "cache miss", "suppressed 3 log lines"]);
 * ```
 */
export class RateLimit {
  readonly #maxRecords: number;
  readonly #periodMs: number;
  readonly #perMessage: boolean;
  #clock = systemClock;
  #report: ReportSuppressed | undefined;
  readonly #counts = new PerMessage<Count>(() => ({
    passed: 0,
    suppressed: 0,
    severity: 0,
    message: undefined,
  }));
  #cancel: (() => void) | undefined;

  /**
   * Makes a limit for one logger.
   *
   * @throws {RangeError} when a number is out of range
   * @throws {TypeError} when an option is unknown or of the wrong kind
   */
  constructor(options: LogRateLimitOptions) {
    requireKnown("limit log records", options, KNOWN);
    const { maxRecords, periodMs = 1000, per = "message" } = options;
    checkWhole("limit log records", "maxRecords", maxRecords);
    checkNumber("limit log records", "periodMs", periodMs, 1, MAX_TIMER_MS);
    checkChoice("limit log records", "per", per, ["message", "all"]);
    this.#maxRecords = maxRecords;
    this.#periodMs = periodMs;
    this.#perMessage = per === "message";
  }

  /**
   * Called by the logger that it limits.
   *
   * @throws {TypeError} when it limits another logger
   */
  attach(clock: Clock, report: ReportSuppressed): void {
    if (this.#report !== undefined) {
      throw new TypeError("Cannot limit log records: a limit must be of one logger, got a second");
    }
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
      if (suppressed > 0) this.#report?.(suppressed, severity, message);
    }
  }
}
