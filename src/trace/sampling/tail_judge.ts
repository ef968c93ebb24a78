/**
 * The verdicts of rules and samplers on traces whose local root has ended.
 *
 * @module
 */
import type { Faults } from "../../core/faults.ts";
import type { SamplingDecision } from "./sampler.ts";
import type { EndedTrace, Limited, TailRule, TailVerdict } from "./tail_rules.ts";
import { checkFunction } from "../../core/check.ts";
import { thresholdOf } from "./threshold.ts";

/** A sampler's decision at the end of a trace. */
export type DecideAtEnd = NonNullable<SamplingDecision["atEnd"]>;

/** Applies rules and the decisions of samplers. One that throws keeps the trace, and is counted. */
export class TailJudge {
  /** Undefined without tail sampling: then only samplers decide at the end. */
  readonly #rules: readonly TailRule[] | undefined;
  readonly #faults: Faults;
  /** The last share and its threshold: most calls have the same share. */
  #share = NaN;
  #threshold = "";

  /** @throws {TypeError} for a rule that is not a function */
  constructor(rules: readonly TailRule[] | undefined, faults: Faults) {
    for (const rule of rules ?? []) checkFunction("sample at the tail", "each rule", rule);
    this.#rules = rules && [...rules];
    this.#faults = faults;
  }

  /** Whether no decision is needed, and so no span has to wait. */
  get keepsAll(): boolean {
    return this.#rules === undefined;
  }

  /** The verdict of the rules on a trace. */
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

  /** How many traces this one stands for by a sampler's decision; below 1 it is not kept. */
  decideAtEnd(decide: DecideAtEnd, trace: EndedTrace): number {
    return this.#faults.guard("sampler", () => decide(trace)) ?? 1;
  }

  /** {@linkcode thresholdOf} of a share, cached. */
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

/** Whether the verdict is that of a rate limiter. */
export function isLimited(verdict: TailVerdict): verdict is Limited {
  return typeof verdict === "object" && verdict !== null;
}
