/**
 * The use of a feature: how long its work took and what came of it.
 *
 * @module
 */
import type { Clock } from "../core/clock.ts";
import { current } from "../core/context.ts";
import { DISPOSE } from "../core/dispose.ts";
import { head } from "../core/text.ts";
import type { Tally } from "../core/tally.ts";
import type { Histogram } from "../metrics/instrument/histogram.ts";
import type { FlagDetails } from "./rule/outcome.ts";
import { fieldOf } from "./rule/sight.ts";
import type { FlagValue } from "./rule/value.ts";

/** Where usage is recorded. */
export interface UsageSinks {
  /** Source of time. */
  readonly clock: Clock;
  /** Times it. */
  readonly histogram: Histogram<"flag" | "variant" | "result"> | undefined;
}

const MAX_RESULT = 64;

/**
 * The use of a feature, from `flags.usage()` to its disposal. It is recorded once, in a histogram and in the
 * fields `flag.<key>.ms` and `flag.<key>.result` of the request's row and span.
 */
export class FlagUsage {
  /** The value of the flag. */
  readonly value: FlagValue | undefined;
  /** Its variant. */
  readonly variant: string | undefined;
  readonly #key: string;
  readonly #sinks: UsageSinks;
  readonly #startMs: number;
  readonly #tally: Tally | undefined;
  #result = "";
  #isOver = false;

  /** Made by `flags.usage()`. */
  constructor(key: string, { value, variant }: FlagDetails, sinks: UsageSinks) {
    this.value = value;
    this.variant = variant;
    this.#key = key;
    this.#sinks = sinks;
    // The request that it began in: disposal may run outside of it.
    this.#tally = current()?.tally;
    this.#startMs = sinks.clock.monotonic();
  }

  /**
   * Says what came of it, such as `paid` or `declined`; the last call counts. It is a label of a metric: not
   * an id, but one of few words, cut to 64 characters.
   */
  result(text: string): void {
    this.#result = head(String(text), MAX_RESULT);
  }

  /** Ends it, and records it. */
  [DISPOSE](): void {
    if (this.#isOver) return;
    this.#isOver = true;
    const ms = this.#sinks.clock.monotonic() - this.#startMs, field = fieldOf(this.#key);
    const { histogram } = this.#sinks, variant = this.variant ?? "";
    histogram?.observe(ms / 1000, { flag: this.#key, variant, result: this.#result });
    this.#tally?.note(`${field}.ms`, ms);
    if (this.#result !== "") this.#tally?.note(`${field}.result`, this.#result);
  }
}
