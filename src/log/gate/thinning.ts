/**
 * Which of the records that pass the level are left out, by a sampler and by a rate limit.
 *
 * @module
 */
import type { Faults } from "../../core/faults.ts";
import type { RateLimit } from "./rate_limit.ts";
import type { LogSampler } from "./sample.ts";

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
