/**
 * Constraints of Unleash over its context.
 *
 * @module
 */
import type { Scope } from "../rule/outcome.ts";
import type { FlagContext } from "../rule/value.ts";
import { compareVersions, parseVersion, type Version } from "../rule/version.ts";
import { isInRange } from "./address.ts";
import { compilePattern } from "./pattern.ts";

/** A constraint as a file has it. */
export interface ConstraintJson {
  readonly contextName?: unknown;
  readonly operator?: unknown;
  readonly values?: unknown;
  readonly value?: unknown;
  readonly inverted?: unknown;
  readonly caseInsensitive?: unknown;
}

/** Whether a constraint holds. */
export type Constraint = (context: FlagContext, scope: Scope) => boolean;
type Test = (value: string | undefined) => boolean;

/** A field of Unleash's context as text: its own, or one of `properties`. */
export function fieldOf(context: FlagContext, name: string): string | undefined {
  let value = Object.hasOwn(context, name) ? context[name] : undefined;
  if (value === undefined || value === null) {
    const properties = context.properties as Record<string, unknown> | null | undefined;
    const isIn = typeof properties === "object" && properties !== null &&
      Object.hasOwn(properties, name);
    value = isIn ? properties[name] : undefined;
  }
  // The subject of OpenFeature is the user of Unleash.
  if (name === "userId" && (value === undefined || value === null)) value = context.targetingKey;
  return value === undefined || value === null ? undefined : String(value);
}

/** Compiles a constraint; one of an unknown operator never holds, not even inverted. */
export function compileConstraint(given: ConstraintJson | null | undefined): Constraint {
  const { contextName, operator, inverted } = given ?? {};
  const name = String(contextName);
  if (operator === "DATE_AFTER" || operator === "DATE_BEFORE") return ofDate(given!, operator);
  const make = Object.hasOwn(OPERATORS, String(operator)) ? OPERATORS[String(operator)] : undefined;
  if (make === undefined) return () => false;
  const test = make(given!);
  return inverted === true
    ? (context) => !test(fieldOf(context, name))
    : (context) => test(fieldOf(context, name));
}

function valuesOf({ values, caseInsensitive }: ConstraintJson): string[] {
  const texts = (Array.isArray(values) ? values : []).filter((value) => Boolean(value))
    .map((value) => String(value).trim());
  return caseInsensitive === true ? texts.map((text) => text.toLowerCase()) : texts;
}

function ofList(isIn: boolean): (given: ConstraintJson) => Test {
  return (given) => {
    const values = new Set(valuesOf(given)), isFolded = given.caseInsensitive === true;
    return (value) => {
      const found = value !== undefined && values.has(isFolded ? value.toLowerCase() : value);
      return found === isIn;
    };
  };
}

function ofText(holds: (value: string, part: string) => boolean): (given: ConstraintJson) => Test {
  return (given) => {
    const parts = valuesOf(given), isFolded = given.caseInsensitive === true;
    return (value) => {
      if (value === undefined) return false;
      const text = isFolded ? value.toLowerCase() : value;
      return parts.some((part) => holds(text, part));
    };
  };
}

function ofNumber(
  holds: (value: number, limit: number) => boolean,
): (given: ConstraintJson) => Test {
  return (given) => {
    const limit = Number(given.value);
    // A comparison with NaN never holds.
    return (value) => value !== undefined && holds(Number(value), limit);
  };
}

function ofVersion(holds: (order: number) => boolean): (given: ConstraintJson) => Test {
  return (given) => {
    const limit = parseVersion(given.value);
    return (value) => {
      const version: Version | undefined = value?.startsWith("v") ? undefined : parseVersion(value);
      return version !== undefined && limit !== undefined && holds(compareVersions(version, limit));
    };
  };
}

function ofDate(given: ConstraintJson, operator: "DATE_AFTER" | "DATE_BEFORE"): Constraint {
  const limit = new Date(String(given.value)).getTime(), isInverted = given.inverted === true;
  return (context, scope) => {
    const time = context.currentTime as string | number | Date | null | undefined;
    const now = time === undefined || time === null ? scope.now() : new Date(time).getTime();
    return (operator === "DATE_AFTER" ? now > limit : now < limit) !== isInverted;
  };
}

const MAX_SUBJECT = 10_000;

/** A pattern that is none never holds. */
function ofPattern({ value, caseInsensitive }: ConstraintJson): Test {
  const matches = compilePattern(String(value), caseInsensitive === true);
  return (given) =>
    given !== undefined && given.length <= MAX_SUBJECT && matches !== undefined && matches(given);
}

const OPERATORS: Readonly<Record<string, (given: ConstraintJson) => Test>> = {
  IN: ofList(true),
  NOT_IN: ofList(false),
  STR_STARTS_WITH: ofText((value, part) => value.startsWith(part)),
  STR_ENDS_WITH: ofText((value, part) => value.endsWith(part)),
  STR_CONTAINS: ofText((value, part) => value.includes(part)),
  NUM_EQ: ofNumber((value, limit) => value === limit),
  NUM_GT: ofNumber((value, limit) => value > limit),
  NUM_GTE: ofNumber((value, limit) => value >= limit),
  NUM_LT: ofNumber((value, limit) => value < limit),
  NUM_LTE: ofNumber((value, limit) => value <= limit),
  SEMVER_EQ: ofVersion((order) => order === 0),
  SEMVER_GT: ofVersion((order) => order > 0),
  SEMVER_GTE: ofVersion((order) => order >= 0),
  SEMVER_LT: ofVersion((order) => order < 0),
  SEMVER_LTE: ofVersion((order) => order <= 0),
  REGEX: ofPattern,
  IN_CIDR(given) {
    const ranges = valuesOf(given);
    return (value) => value !== undefined && ranges.some((range) => isInRange(value, range));
  },
};
