/**
 * Evaluates flags, and reports each evaluation.
 *
 * @module
 */
import { shown } from "../core/check.ts";
import type { Clock } from "../core/clock.ts";
import type { Faults } from "../core/faults.ts";
import { asKind } from "./rule/kinds.ts";
import { type Flag, Outcome, type Scope } from "./rule/outcome.ts";
import { type FlagContext, type FlagKind, NO_CONTEXT } from "./rule/value.ts";
import type { Evaluation, Observer } from "./observer.ts";
import type { FlagsOptions } from "./options.ts";
import type { Table } from "./table.ts";

/** Evaluates the flags of a table. */
export class Evaluator {
  readonly #table: Table;
  readonly #observer: Observer;
  readonly #faults: Faults;
  readonly #scope: Scope;

  /** Evaluates the flags of this table, and reports to this observer. */
  constructor(
    table: Table,
    observer: Observer,
    { random = Math.random }: FlagsOptions,
    clock: Clock,
    faults: Faults,
  ) {
    this.#table = table;
    this.#observer = observer;
    this.#faults = faults;
    this.#scope = { find: (key) => table.flags.get(key), now: () => clock.now(), random };
  }

  /**
   * Evaluates a flag for a caller that wants a kind, and reports it. Never throws.
   *
   * @param hasDefault whether the caller has a default of its own, which it takes after an error and where
   * the flag is disabled: no variant is reported then, because the caller gets none
   */
  resolve(key: string, given?: FlagContext, kind?: FlagKind, hasDefault = false): Outcome {
    const context = given ?? NO_CONTEXT;
    const flag = this.#table.flags.get(key);
    if (flag === undefined) return this.#notFound(key);
    let outcome: Outcome;
    try {
      outcome = flag.evaluate(context, this.#scope);
    } catch (error) {
      outcome = this.#failed(flag, error);
    }
    if (kind !== undefined && outcome.kind !== kind) outcome = asKind(flag, outcome, kind);
    if (hasDefault) outcome = outcome.ofCaller();
    try {
      this.#observer.observe(flag, outcome, context);
    } catch (error) {
      this.#faults.record("flag observation", error);
    }
    return outcome;
  }

  /** Reports an evaluation of another provider. Never throws. */
  report(evaluation: Evaluation): void {
    this.#faults.guard("flag observation", () => this.#observer.observeForeign(evaluation));
  }

  #notFound(key: string): Outcome {
    const errorMessage = `There is no flag ${shown(key)}`;
    const failure = { errorCode: "FLAG_NOT_FOUND", errorMessage } as const;
    const outcome = new Outcome(undefined, undefined, "ERROR", failure);
    this.#faults.guard(
      "flag observation",
      () => this.#observer.observeUnknown(String(key), outcome),
    );
    return outcome;
  }

  /** A context is the application's: reading it may throw. */
  #failed(flag: Flag, error: unknown): Outcome {
    this.#faults.record("flag evaluation", error);
    const errorMessage = "Reading the context threw an error";
    const failure = { errorCode: "GENERAL", errorMessage } as const;
    const { value, variant } = flag.safe ?? {};
    return new Outcome(value, variant, "ERROR", failure);
  }
}
