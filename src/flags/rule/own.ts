/**
 * A flag of a definition of our own form, compiled.
 *
 * @module
 */
import {
  check,
  checkNumber,
  checkWhole,
  type Known,
  refuseUnknown,
  requireKnown,
  shown,
} from "../../core/check.ts";
import { compileCondition, type Predicate } from "./condition.ts";
import type { FlagDefinition, FlagGuard, FlagRule } from "./definition.ts";
import {
  type Flag,
  type FlagErrorCode,
  type FlagMetadata,
  type FlagReason,
  Outcome,
  type Scope,
} from "./outcome.ts";
import { compileRollout, type Splitter } from "./rollout.ts";
import { valuesOf, variantOf } from "./variants.ts";
import { isWithin, type Span, spanOf } from "./schedule.ts";
import {
  type Attribute,
  attribute,
  type FlagContext,
  type FlagKind,
  type FlagValue,
  kindOfValue,
  subjectOf,
} from "./value.ts";

/** The options of a definition. */
export const KNOWN_DEFINITION: Known<FlagDefinition> = {
  default: true,
  variants: true,
  enabled: true,
  rules: true,
  rollout: true,
  requires: true,
  schedule: true,
  off: true,
  guard: true,
  description: true,
  version: true,
};

const KNOWN_RULE: Known<FlagRule> = {
  when: true,
  serve: true,
  rollout: true,
  from: true,
  until: true,
};
const KNOWN_GUARD: Known<FlagGuard> = { errors: true, minEvents: true };
const MAX_KEY = 200, MAX_RULES = 1000;

interface Rule {
  readonly span: Span | undefined;
  readonly when: Predicate | undefined;
  readonly serve: Outcome | undefined;
  readonly split: Split | undefined;
}

/** A flag that must have one of these variants. */
interface Requirement {
  readonly key: string;
  readonly variants: readonly string[];
  /** For when there is no such flag. */
  readonly missing: Outcome;
}

/** A rollout with its outcomes. */
interface Split {
  readonly read: Attribute;
  readonly choose: Splitter["choose"];
  readonly outcomes: readonly Outcome[];
  /** For a context without a subject. */
  readonly missing: Outcome;
}

/** A flag of our own form. */
export class OwnFlag implements Flag {
  readonly key: string;
  readonly kind: FlagKind;
  readonly variants: readonly string[];
  readonly base: string;
  readonly version: string | undefined;
  readonly metadata: FlagMetadata | undefined;
  readonly needs: readonly string[];
  readonly guard: FlagGuard | undefined;
  sight: Flag["sight"] = undefined;
  readonly #disabled: Outcome | undefined;
  readonly #span: Span | undefined;
  readonly #requires: readonly Requirement[];
  readonly #rules: readonly Rule[];
  readonly #split: Split | undefined;
  readonly #default: Outcome;
  readonly #subject: Attribute;

  /**
   * Compiles a definition.
   *
   * @throws {TypeError} for a definition that is not one
   * @throws {RangeError} for a number that is out of range
   */
  constructor(key: string, definition: FlagDefinition) {
    const what = `define flag ${shown(key)}`;
    const isKey = key !== "" && key.length <= MAX_KEY;
    check(isKey, what, `its key must have 1 to ${MAX_KEY} characters`, key.length);
    requireKnown(what, definition, KNOWN_DEFINITION);
    const { enabled, rules = [], rollout, requires, schedule, off = [], guard, version } =
      definition;
    this.key = key;
    this.version = version;
    this.metadata = version === undefined ? undefined : Object.freeze({ version });
    const isChoice = enabled === undefined || typeof enabled === "boolean";
    check(isChoice, what, "enabled must be true or false", enabled, TypeError);
    const values = valuesOf(what, definition);
    this.variants = [...values.keys()];
    this.kind = kindOfValue(values.values().next().value)!;
    this.base = variantOf(what, "default", definition.default, values);
    this.guard = checkedGuard(what, guard);
    checkNames(what, "off", off, this.variants);

    const make = new Outcomes(values, this.base, off);
    const decides = rules.length > 0 || rollout !== undefined || requires !== undefined ||
      schedule !== undefined;
    this.#default = make.of(this.base, decides ? "DEFAULT" : "STATIC");
    this.#disabled = enabled === false ? make.of(this.base, "DISABLED") : undefined;
    this.#span = spanOf(what, "schedule", schedule);
    this.#requires = requirementsOf(what, key, requires).map(([key, variants]) => ({
      key,
      variants,
      missing: make.failed("GENERAL", `It requires flag ${shown(key)}, and there is none`),
    }));
    this.needs = this.#requires.map(({ key }) => key);
    const split = (path: string, given: unknown): Split | undefined => {
      if (given === undefined) return undefined;
      const splitter = compileRollout(what, path, given, this);
      return {
        read: attribute(splitter.by),
        choose: splitter.choose,
        outcomes: splitter.variants.map((name) => make.of(name, "SPLIT")),
        missing: make.failed(
          "TARGETING_KEY_MISSING",
          `The context has no ${splitter.by}, by which the rollout is split`,
        ),
      };
    };
    check(Array.isArray(rules), what, "rules must be a list", rules, TypeError);
    check(rules.length <= MAX_RULES, what, `rules must be at most ${MAX_RULES}`, rules.length);
    this.#rules = rules.map((given, i): Rule => {
      const path = `rules[${i}]`;
      refuseUnknown(what, given, KNOWN_RULE, path);
      const { when, serve, rollout, from, until } = given;
      const isOne = serve === undefined !== (rollout === undefined);
      const got = serve === undefined ? "neither" : "both";
      check(isOne, what, `${path} must have either serve or rollout`, got, TypeError);
      return {
        span: spanOf(what, path, { from, until }),
        when: when === undefined ? undefined : compileCondition(what, `${path}.when`, when),
        serve: serve === undefined
          ? undefined
          : make.of(variantOf(what, `${path}.serve`, serve, values), "TARGETING_MATCH"),
        split: split(`${path}.rollout`, rollout),
      };
    });
    this.#split = split("rollout", rollout);
    const first = this.#split ?? this.#rules.find((rule) => rule.split !== undefined)?.split;
    this.#subject = first?.read ?? attribute("targetingKey");
  }

  /** Evaluates it. */
  evaluate(context: FlagContext, scope: Scope): Outcome {
    if (this.#disabled !== undefined) return this.#disabled;
    if (this.#span !== undefined && !isWithin(this.#span, scope.now())) return this.#default;
    if (this.#requires.length > 0) {
      const refusal = this.#refusal(context, scope);
      if (refusal !== undefined) return refusal;
    }
    for (const rule of this.#rules) {
      if (rule.span !== undefined && !isWithin(rule.span, scope.now())) continue;
      if (rule.when !== undefined && !rule.when(context)) continue;
      return rule.serve ?? chosen(rule.split!, context);
    }
    return this.#split === undefined ? this.#default : chosen(this.#split, context);
  }

  /** The default. */
  get safe(): Outcome {
    return this.#default;
  }

  /** The id by which the rollout tells subjects apart. */
  subject(context: FlagContext): string | undefined {
    return subjectOf(this.#subject(context));
  }

  /** What it comes to where another flag has not the variant that it requires. */
  #refusal(context: FlagContext, scope: Scope): Outcome | undefined {
    for (const { key, variants, missing } of this.#requires) {
      const flag = scope.find(key);
      if (flag === undefined) return missing;
      const { variant } = flag.evaluate(context, scope);
      if (variant === undefined || !variants.includes(variant)) return this.#default;
    }
    return undefined;
  }
}

function chosen(split: Split, context: FlagContext): Outcome {
  const subject = subjectOf(split.read(context));
  return subject === undefined ? split.missing : split.outcomes[split.choose(subject)]!;
}

/** Makes each outcome once. A variant that is turned off gives the default instead. */
class Outcomes {
  readonly #values: ReadonlyMap<string, FlagValue>;
  readonly #base: string;
  readonly #off: readonly string[];
  readonly #made = new Map<string, Outcome>();

  constructor(values: ReadonlyMap<string, FlagValue>, base: string, off: readonly string[]) {
    this.#values = values;
    this.#base = base;
    this.#off = off;
  }

  of(variant: string, reason: FlagReason): Outcome {
    if (variant !== this.#base && this.#off.includes(variant)) {
      variant = this.#base;
      reason = "DEFAULT";
    }
    const key = `${reason} ${variant}`, known = this.#made.get(key);
    if (known !== undefined) return known;
    const outcome = new Outcome(this.#values.get(variant), variant, reason);
    this.#made.set(key, outcome);
    return outcome;
  }

  failed(errorCode: FlagErrorCode, errorMessage: string): Outcome {
    const failure = { errorCode, errorMessage };
    return new Outcome(this.#values.get(this.#base), this.#base, "ERROR", failure);
  }
}

function requirementsOf(
  what: string,
  key: string,
  requires: FlagDefinition["requires"],
): [string, readonly string[]][] {
  if (requires === undefined) return [];
  const isObject = typeof requires === "object" && requires !== null && !Array.isArray(requires);
  check(isObject, what, "requires must be an object of variants by flag", requires, TypeError);
  return Object.entries(requires).map(([other, given]) => {
    const variants = typeof given === "string" ? [given] : given;
    const isList = Array.isArray(variants) && variants.every((one) => typeof one === "string");
    check(isList, what, `requires.${other} must be a variant or a list of them`, given, TypeError);
    check(other !== key, what, "requires must name other flags", other, TypeError);
    return [other, variants];
  });
}

function checkNames(what: string, path: string, names: unknown, known: readonly string[]): void {
  const isList = Array.isArray(names) && names.every((name) => known.includes(name));
  check(isList, what, `${path} must be a list of variants`, names, TypeError);
}

function checkedGuard(what: string, guard: FlagGuard | undefined): FlagGuard | undefined {
  if (guard === undefined) return undefined;
  refuseUnknown(what, guard, KNOWN_GUARD, "guard");
  checkNumber(what, "guard.errors", guard.errors, 1);
  if (guard.minEvents !== undefined) checkWhole(what, "guard.minEvents", guard.minEvents, 2);
  return guard;
}
