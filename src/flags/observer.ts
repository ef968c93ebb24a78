/**
 * Reports evaluations: counters, the row and span of the request, the evaluation event.
 *
 * @module
 */
import { current } from "../core/context.ts";
import type { Counter } from "../metrics/instrument/counter.ts";
import type { Flag, Outcome } from "./rule/outcome.ts";
import type { FlagContext } from "./rule/value.ts";
import { Exposures } from "./exposures.ts";
import { type CheckedExposures, checkedExposures, type FlagsOptions } from "./options.ts";

/** The name of us as a provider of flags, in events and to OpenFeature. */
export const PROVIDER = "telltale";
/** Flags that do not exist and are counted by name; others are counted together. */
const MAX_UNKNOWN = 100;
const OTHERS = "(other)";

/** What is known of an evaluation, ours or that of another provider. */
export interface Evaluation {
  /** The flag's key. */
  readonly key: string;
  /** The outcome, without its value where that has a name. */
  readonly outcome: {
    readonly value: unknown;
    readonly variant: string | undefined;
    readonly reason: string;
    readonly errorCode: string | undefined;
    readonly errorMessage: string | undefined;
  };
  /** The id of the subject. */
  readonly subject: string | undefined;
  /** Which provider evaluated it. */
  readonly provider: string;
  /** The version of the flag. */
  readonly version?: string | undefined;
  /** The set that the flag belongs to. */
  readonly set?: string | undefined;
}

/**
 * The attributes of the event `feature_flag.evaluation`, by the semantic conventions 1.45. The value is told
 * only where it has no name: it may be secret.
 */
export function evaluationAttributes(evaluation: Evaluation): Record<string, unknown> {
  const { key, outcome, subject, provider, version, set } = evaluation;
  const fields: Record<string, unknown> = {
    "event.name": "feature_flag.evaluation",
    "feature_flag.key": key,
    "feature_flag.provider.name": provider,
    "feature_flag.result.reason": outcome.reason.toLowerCase(),
  };
  if (outcome.variant !== undefined) fields["feature_flag.result.variant"] = outcome.variant;
  else if (outcome.value !== undefined) fields["feature_flag.result.value"] = outcome.value;
  if (subject !== undefined) fields["feature_flag.context.id"] = subject;
  if (version !== undefined) fields["feature_flag.version"] = version;
  if (set !== undefined) fields["feature_flag.set.id"] = set;
  if (outcome.errorCode !== undefined) fields["error.type"] = outcome.errorCode.toLowerCase();
  if (outcome.errorMessage !== undefined) {
    fields["feature_flag.error.message"] = outcome.errorMessage;
  }
  return fields;
}

/** Reports what flags evaluate to. No method throws. */
export class Observer {
  readonly #options: FlagsOptions;
  readonly #exposing: CheckedExposures;
  readonly #exposures: Exposures;
  readonly #unknown = new Set<string>();
  #evaluations: Counter<"flag" | "variant" | "reason"> | undefined;
  #exposed: Counter<"flag" | "variant"> | undefined;

  /** Reports to the parts in the options. */
  constructor(options: FlagsOptions) {
    this.#options = options;
    this.#exposing = checkedExposures(options);
    this.#exposures = new Exposures(this.#exposing.maxSubjects);
  }

  /** Reports an evaluation of a flag of ours. */
  observe(flag: Flag, outcome: Outcome, context: FlagContext): void {
    const sight = flag.sight ??= this.#exposures.of(flag.key), { label } = outcome;
    if (outcome.counter !== undefined) outcome.counter.inc();
    else this.#count(flag.key, outcome);
    const tally = current()?.tally;
    if (tally !== undefined) tally.note(sight.field, label);
    const isFirst = this.#exposures.isFirst(sight, flag.subject(context) ?? "", label);
    if (isFirst || this.#exposing.repeat) this.#exposeOwn(flag, outcome, context, isFirst);
  }

  /** Reports an evaluation of a flag that does not exist. */
  observeUnknown(
    key: string,
    outcome: Evaluation["outcome"],
    evaluation: Evaluation = { key, outcome, subject: undefined, provider: PROVIDER },
  ): void {
    const isNamed = this.#unknown.has(key) || this.#unknown.size < MAX_UNKNOWN;
    const name = isNamed ? key : OTHERS;
    if (isNamed) this.#unknown.add(key);
    this.#counter?.inc({ flag: name, variant: "", reason: "error" });
    const isFirst = this.#exposures.isFirst(this.#exposures.of(name), "", "ERROR");
    if (isFirst || this.#exposing.repeat && isNamed) {
      this.#expose(evaluation, isFirst);
    }
  }

  /** Reports an evaluation by another provider. */
  observeForeign(evaluation: Evaluation): void {
    const { key, outcome, subject } = evaluation;
    if (outcome.errorCode === "FLAG_NOT_FOUND") {
      return this.observeUnknown(key, outcome, evaluation);
    }
    const variant = outcome.variant ?? outcome.reason, sight = this.#exposures.of(key);
    this.#counter?.inc({
      flag: key,
      variant: outcome.variant ?? "",
      reason: outcome.reason.toLowerCase(),
    });
    current()?.tally?.note(sight.field, variant);
    const isFirst = this.#exposures.isFirst(sight, subject ?? "", variant);
    if (isFirst || this.#exposing.repeat) this.#expose(evaluation, isFirst);
  }

  /** The counter of evaluations: made when a flag is first evaluated. */
  get #counter(): Counter<"flag" | "variant" | "reason"> | undefined {
    return this.#evaluations ??= this.#options.metrics?.counter(
      "feature_flag_evaluations_total",
      "Evaluations of feature flags",
      ["flag", "variant", "reason"],
      { exemplars: false },
    );
  }

  #count(flag: string, outcome: Outcome): void {
    outcome.counter = this.#counter?.with({
      flag,
      variant: outcome.variant ?? "",
      reason: outcome.reason.toLowerCase(),
    });
    outcome.counter?.inc();
  }

  #exposeOwn(flag: Flag, outcome: Outcome, context: FlagContext, isFirst: boolean): void {
    const { key, version, set } = flag, subject = flag.subject(context);
    this.#expose({ key, outcome, subject, provider: PROVIDER, version, set }, isFirst);
  }

  #expose(evaluation: Evaluation, isFirst: boolean): void {
    const { metrics, log } = this.#options, { key, outcome } = evaluation, { variant } = outcome;
    if (isFirst && variant !== undefined) {
      this.#exposed ??= metrics?.counter(
        "feature_flag_exposures_total",
        "Subjects that were given a variant for the first time",
        ["flag", "variant"],
        { exemplars: false },
      );
      this.#exposed?.inc({ flag: key, variant });
    }
    const { level } = this.#exposing;
    if (level !== "off") log?.[level]("flag evaluated", evaluationAttributes(evaluation));
  }
}
