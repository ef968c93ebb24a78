/**
 * Flags in the format of flagd: JSON with rules in JsonLogic.
 *
 * @module
 */
import { check, kindOf, shown } from "../../core/check.ts";
import {
  type Flag,
  type FlagFailure,
  type FlagMetadata,
  Outcome,
  type Scope,
} from "../rule/outcome.ts";
import {
  type FlagContext,
  type FlagKind,
  type FlagValue,
  frozen,
  kindOfValue,
  subjectOf,
} from "../rule/value.ts";
import { compareVersions, parseVersion, type Version } from "../rule/version.ts";
import { type FlagdHash, fractional } from "./fractional.ts";
import { compileLogic, type Expression, type LogicScope, type Operator } from "./logic.ts";

const MAX_DEPTH = 100;
/** Versions of at most so many UTF-16 units are remembered, at most so many. */
const MAX_REMEMBERED = 64, MAX_VERSIONS = 100;
const WHAT = "read flags of flagd";

/**
 * Reads a file of flagd. A rule that can't be compiled makes its flag fail with PARSE_ERROR, as in flagd.
 *
 * @throws {TypeError} for what is no file of flagd
 */
export function flagdFlags(
  data: unknown,
  hash: FlagdHash,
): Map<string, { flag: Flag; text: string }> {
  const file = objectOf("the file", data), flags = objectOf("flags", file.flags);
  const evaluators = file.$evaluators === undefined
    ? {}
    : objectOf("$evaluators", file.$evaluators);
  const set = file.metadata === undefined ? {} : objectOf("metadata", file.metadata);
  const operators = operatorsOf(hash), read = new Map<string, { flag: Flag; text: string }>();
  for (const [key, given] of Object.entries(flags)) {
    const definition = resolved(given, evaluators) as FlagdFlagJson;
    const text = JSON.stringify([definition, set, hash]);
    read.set(key, { flag: new FlagdFlag(key, definition, set, operators), text });
  }
  return read;
}

interface FlagdFlagJson {
  readonly state?: unknown;
  readonly variants?: unknown;
  readonly defaultVariant?: unknown;
  readonly targeting?: unknown;
  readonly metadata?: Readonly<Record<string, unknown>>;
}

class FlagdFlag implements Flag {
  readonly key: string;
  readonly kind: FlagKind | undefined;
  readonly variants: readonly string[];
  readonly base: string | undefined;
  readonly version: string | undefined;
  readonly set: string | undefined;
  readonly metadata: FlagMetadata | undefined;
  readonly needs: readonly string[] = [];
  sight: Flag["sight"] = undefined;
  readonly #values: ReadonlyMap<string, FlagValue>;
  readonly #targeting: Expression | undefined;
  /** The only outcome, where the flag has no rule. */
  readonly #fixed: Outcome | undefined;
  readonly #outcomes = new Map<string, Outcome>();
  readonly #default: Outcome;

  constructor(
    key: string,
    given: FlagdFlagJson,
    set: Readonly<Record<string, unknown>>,
    operators: Readonly<Record<string, Operator>>,
  ) {
    const what = `read flag ${shown(key)} of flagd`;
    const { state, variants, defaultVariant, targeting, metadata } = objectOf(
      key,
      given,
    ) as FlagdFlagJson;
    const isState = state === "ENABLED" || state === "DISABLED";
    check(isState, what, "state must be ENABLED or DISABLED", state, TypeError);
    const values = Object.entries(objectOf(`variants of ${key}`, variants)) as [
      string,
      FlagValue,
    ][];
    this.#values = new Map(values.map(([name, value]) => [name, frozen(what, value)]));
    this.key = key;
    this.variants = [...this.#values.keys()];
    const kinds = new Set(values.map(([, value]) => kindOfValue(value)));
    this.kind = kinds.size === 1 ? [...kinds][0] : undefined;
    const base = this.base = (defaultVariant as string | null | undefined) || undefined;
    const isVariant = base === undefined || this.#values.has(base);
    const rule = `defaultVariant must be one of ${this.variants.join(", ")}`;
    check(isVariant, what, rule, defaultVariant, TypeError);
    const about = this.metadata = metadataOf({ ...set, ...metadata });
    this.version = textOf(about?.version);
    this.set = textOf(about?.flagSetId);

    const hasRule = typeof targeting === "object" && targeting !== null &&
      Object.keys(targeting).length > 0;
    this.#default = this.#of(base, hasRule ? "DEFAULT" : base === undefined ? "DEFAULT" : "STATIC");
    if (state === "DISABLED") this.#fixed = new Outcome(undefined, undefined, "DISABLED");
    else if (!hasRule) this.#fixed = this.#default;
    else {
      try {
        this.#targeting = compileLogic(targeting, operators);
      } catch (error) {
        const errorMessage = `The targeting of flag ${shown(key)} is invalid: ${
          (error as Error).message
        }`;
        this.#fixed = failed({ errorCode: "PARSE_ERROR", errorMessage });
      }
    }
  }

  evaluate(context: FlagContext, scope: Scope): Outcome {
    if (this.#fixed !== undefined) return this.#fixed;
    const { key: flagKey } = this;
    const inner: LogicScope = { context, flagKey, now: () => scope.now() };
    let result: unknown;
    try {
      result = this.#targeting!(context, inner);
      if (result === null || result === undefined) return this.#default;
      result = String(result);
    } catch {
      const errorMessage = `The targeting of flag ${shown(flagKey)} has no result for this context`;
      return failed({ errorCode: "GENERAL", errorMessage });
    }
    const name = result as string, known = this.#outcomes.get(name);
    if (known !== undefined) return known;
    if (this.#values.has(name)) return this.#remember(name, this.#of(name, "TARGETING_MATCH"));
    const errorMessage = `Flag ${shown(flagKey)} has no variant ${shown(name)}`;
    return failed({ errorCode: "GENERAL", errorMessage });
  }

  subject(context: FlagContext): string | undefined {
    return subjectOf(context.targetingKey);
  }

  #of(name: string | undefined, reason: "STATIC" | "DEFAULT" | "TARGETING_MATCH"): Outcome {
    if (name === undefined) return new Outcome(undefined, undefined, reason);
    return new Outcome(this.#values.get(name), name, reason);
  }

  #remember(name: string, outcome: Outcome): Outcome {
    this.#outcomes.set(name, outcome);
    return outcome;
  }
}

function failed(failure: FlagFailure): Outcome {
  return new Outcome(undefined, undefined, "ERROR", failure);
}

/** The rule with each `{ "$ref": name }` replaced by the shared rule of that name. */
function resolved(
  rule: unknown,
  evaluators: Readonly<Record<string, unknown>>,
  depth = 0,
): unknown {
  if (typeof rule !== "object" || rule === null) return rule;
  check(
    depth <= MAX_DEPTH,
    WHAT,
    "rules must not contain themselves, nor be nested too deep",
    depth,
  );
  if (Array.isArray(rule)) return rule.map((one) => resolved(one, evaluators, depth + 1));
  const { $ref } = rule as { $ref?: unknown };
  if (
    typeof $ref === "string" && Object.hasOwn(evaluators, $ref) && Object.keys(rule).length === 1
  ) {
    return resolved(evaluators[$ref], evaluators, depth + 1);
  }
  return Object.fromEntries(
    Object.entries(rule).map(([name, one]) => [name, resolved(one, evaluators, depth + 1)]),
  );
}

function operatorsOf(hash: FlagdHash): Readonly<Record<string, Operator>> {
  return {
    fractional: fractional(hash),
    sem_ver: semVer(),
    starts_with: ofTexts((text, part) => text.startsWith(part)),
    ends_with: ofTexts((text, part) => text.endsWith(part)),
  };
}

/** Null for anything but two texts. */
function ofTexts(holds: (text: string, part: string) => boolean): Operator {
  return (argument, compile) => {
    if (!Array.isArray(argument) || argument.length !== 2) return () => null;
    const [text, part] = argument.map(compile);
    return (data, scope) => {
      const one = text!(data, scope), other = part!(data, scope);
      return typeof one === "string" && typeof other === "string" ? holds(one, other) : null;
    };
  };
}

/** Null where a version is none, or the operator. */
function semVer(): Operator {
  const known = new Map<string, Version>();
  const versionOf = (value: unknown): Version | undefined => {
    if (typeof value !== "string" || value.length > MAX_REMEMBERED) return lenient(value);
    const found = known.get(value);
    if (found !== undefined) return found;
    const version = lenient(value);
    if (version === undefined) return undefined;
    if (known.size >= MAX_VERSIONS) known.clear();
    known.set(value, version);
    return version;
  };
  return (argument, compile) => {
    if (!Array.isArray(argument) || argument.length !== 3) return () => null;
    const [first, operator, second] = argument.map(compile);
    return (data, scope) => {
      const a = versionOf(first!(data, scope)), b = versionOf(second!(data, scope));
      const name = String(operator!(data, scope));
      const holds = Object.hasOwn(ORDERS, name) ? ORDERS[name] : undefined;
      return a === undefined || b === undefined || holds === undefined ? null : holds(a, b);
    };
  };
}

const ORDERS: Readonly<Record<string, (a: Version, b: Version) => boolean>> = {
  "=": (a, b) => compareVersions(a, b) === 0,
  "!=": (a, b) => compareVersions(a, b) !== 0,
  "<": (a, b) => compareVersions(a, b) < 0,
  "<=": (a, b) => compareVersions(a, b) <= 0,
  ">=": (a, b) => compareVersions(a, b) >= 0,
  ">": (a, b) => compareVersions(a, b) > 0,
  "^": (a, b) => a.core[0] === b.core[0],
  "~": (a, b) => a.core[0] === b.core[0] && a.core[1] === b.core[1],
};

/** A version; one or two numbers are one, too, and so is a number. */
function lenient(value: unknown): Version | undefined {
  const text = String(value).replace(/^[vV]/, "");
  if (!/^\d+(\.\d+)?$/.test(text)) return parseVersion(text);
  const [major = 0, minor = 0] = text.split(".").map(Number);
  return { core: [major, minor, 0], pre: [] };
}

function objectOf(name: string, value: unknown): Readonly<Record<string, unknown>> {
  const isObject = typeof value === "object" && value !== null && !Array.isArray(value);
  check(isObject, WHAT, `${name} must be an object`, kindOf(value), TypeError);
  return value as Readonly<Record<string, unknown>>;
}

/** Texts, numbers and booleans, as flagd allows; undefined without any. */
function metadataOf(given: Readonly<Record<string, unknown>>): FlagMetadata | undefined {
  const kept = Object.entries(given).filter((entry): entry is [string, string | number | boolean] =>
    ["string", "number", "boolean"].includes(typeof entry[1])
  );
  return kept.length === 0 ? undefined : Object.freeze(Object.fromEntries(kept));
}

function textOf(value: unknown): string | undefined {
  return value === undefined || value === null ? undefined : String(value);
}
