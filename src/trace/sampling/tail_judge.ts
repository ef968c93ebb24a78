/**
 * What rules and samplers say of traces whose local root has ended.
 *
 * @module
 */
import type { Faults } from "../../core/faults.ts";
import type { SamplingDecision } from "./sampler.ts";
import type { EndedTrace, Limited, TailRule, TailVerdict } from "./tail_rules.ts";
import { checkFunction } from "../../core/check.ts";
import { thresholdOf } from "./threshold.ts";

/** What a sampler left for the end. */
export type Limit = NonNullable<SamplingDecision["atEnd"]>;

/** Asks rules and limits, each of which may throw: then the trace is kept, as far as it goes. */
export class TailJudge {
  /** Undefined when all is kept that a sampler does not decide about at the end. */
  readonly #rules: readonly TailRule[] | undefined;
  readonly #faults: Faults;
  /** Shares are few, and mostly the same as the last time. */
  #share = NaN;
  #threshold = "";

  /** Throws a `TypeError` for a rule that is no function. */
  constructor(rules: readonly TailRule[] | undefined, faults: Faults) {
    for (const rule of rules ?? []) checkFunction("sample at the tail", "each rule", rule);
    this.#rules = rules && [...rules];
    this.#faults = faults;
  }

  /** Whether there are no rules, and so nothing to wait for. */
  get keepsAll(): boolean {
    return this.#rules === undefined;
  }

  /** What the rules say of a trace. */
  verdict(trace: EndedTrace): TailVerdict {
    if (this.#rules === undefined) return 1;
    let share = 0;
    for (const rule of this.#rules) {
      const verdict = this.#ask(rule, trace);
      if (isLimited(verdict) || verdict >= 1) return verdict;
      if (verdict > share) share = verdict;
    }
    return share;
  }

  /** How many traces this one stands for by a sampler's limit; below 1 it is not kept. */
  limit(limit: Limit, trace: EndedTrace): number {
    return this.#faults.guard("sampler", () => limit(trace)) ?? 1;
  }

  /** {@linkcode thresholdOf} of a share, remembered. */
  threshold(share: number): string {
    if (share !== this.#share) {
      this.#share = share;
      this.#threshold = thresholdOf(share);
    }
    return this.#threshold;
  }

  #ask(rule: TailRule, trace: EndedTrace): TailVerdict {
    try {
      return rule(trace);
    } catch (error) {
      this.#faults.record("tail rule", error);
      return 1;
    }
  }
}

/** Whether a limiter spoke. */
export function isLimited(verdict: TailVerdict): verdict is Limited {
  return typeof verdict === "object" && verdict !== null;
}
