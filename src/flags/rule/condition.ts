/**
 * Conditions of rules over the context of an evaluation.
 *
 * @module
 */
import { kindOf, type Known, refuseUnknown } from "../../core/check.ts";
import { type Attribute, attribute, type FlagContext } from "./value.ts";
import { parseRange, parseVersion } from "./version.ts";

/** A value that an attribute is compared with. */
export type Scalar = string | number | boolean;

/** Tests of one attribute; all that are given must hold. An absent attribute passes `exists: false` only. */
export interface AttributeTest {
  /** It is this value. */
  readonly equals?: Scalar | undefined;
  /** It is one of these values. */
  readonly in?: readonly Scalar[] | undefined;
  /** It is a text that begins so. */
  readonly prefix?: string | undefined;
  /** It is a text that ends so. */
  readonly suffix?: string | undefined;
  /** It is a text with this in it, or a list with this among its elements. */
  readonly contains?: Scalar | undefined;
  /** It is a semantic version in this range: `^1.2.0`, `>=1.0.0 <2.0.0`. */
  readonly semver?: string | undefined;
  /** It is above this; a number, or a text such as an ISO 8601 date. A `Date` is such a text. */
  readonly gt?: number | string | undefined;
  /** It is this or above. */
  readonly gte?: number | string | undefined;
  /** It is below this. */
  readonly lt?: number | string | undefined;
  /** It is this or below. */
  readonly lte?: number | string | undefined;
  /** Whether it is there. */
  readonly exists?: boolean | undefined;
}

/** Conditions combined; what is given must all hold. */
export interface Combination {
  /** All of these hold. */
  readonly and?: readonly Condition[] | undefined;
  /** One of these holds. */
  readonly or?: readonly Condition[] | undefined;
  /** This does not hold. */
  readonly not?: Condition | undefined;
}

/** What attributes must pass, all of them. A scalar is short for `equals`, a list for `in`. */
export interface AttributeConditions {
  /** The test of an attribute; `a.b` is the attribute `b` of the object `a`. */
  readonly [attribute: string]: Scalar | readonly Scalar[] | AttributeTest | undefined;
}

/** A condition; attributes and `and`, `or`, `not` beside each other must all hold. */
export type Condition = Combination | AttributeConditions;

/** A condition, ready to be asked. */
export type Predicate = (context: FlagContext) => boolean;
type Test = (value: unknown) => boolean;

const KNOWN_TESTS: Known<AttributeTest> = {
  equals: true,
  in: true,
  prefix: true,
  suffix: true,
  contains: true,
  semver: true,
  gt: true,
  gte: true,
  lt: true,
  lte: true,
  exists: true,
};
const MAX_DEPTH = 16;
/** Verdicts on texts of at most so many UTF-16 units are remembered, at most so many. */
const MAX_REMEMBERED = 64, MAX_VERDICTS = 100;

/**
 * Compiles a condition.
 *
 * @param what the action that fails, for errors
 * @param path the condition's place, for errors
 * @throws {TypeError} for a condition that is not one
 */
export function compileCondition(
  what: string,
  path: string,
  given: unknown,
  depth = 0,
): Predicate {
  const isObject = typeof given === "object" && given !== null && !Array.isArray(given);
  if (!isObject) wrong(what, path, "an object of attributes", given);
  if (depth > MAX_DEPTH) throw new TypeError(`Cannot ${what}: ${path} is nested too deep`);
  const parts: Predicate[] = [];
  for (const [name, test] of Object.entries(given as object)) {
    if (test === undefined) continue;
    const place = `${path}.${name}`;
    if (name === "and" || name === "or") {
      if (!Array.isArray(test)) wrong(what, place, "a list of conditions", test);
      const inner = (test as unknown[]).map((one, i) =>
        compileCondition(what, `${place}[${i}]`, one, depth + 1)
      );
      parts.push(name === "and" ? every(inner) : (context) => inner.some((one) => one(context)));
    } else if (name === "not") {
      const inner = compileCondition(what, place, test, depth + 1);
      parts.push((context) => !inner(context));
    } else {
      parts.push(ofAttribute(attribute(name), compileTest(what, place, test)));
    }
  }
  return every(parts);
}

function ofAttribute(read: Attribute, test: Test): Predicate {
  return (context) => test(read(context));
}

function every(parts: readonly Predicate[]): Predicate {
  const [first, second] = parts;
  if (parts.length === 1) return first!;
  if (parts.length === 2) return (context) => first!(context) && second!(context);
  return (context) => {
    for (const part of parts) if (!part(context)) return false;
    return true;
  };
}

function compileTest(what: string, path: string, given: unknown): Test {
  if (isScalar(given)) return (value) => value === given;
  if (Array.isArray(given)) return isOneOf(what, path, given);
  if (typeof given !== "object" || given === null) {
    wrong(what, path, "a value, a list of values or an object of tests", given);
  }
  refuseUnknown(what, given, KNOWN_TESTS, path);
  const tests = Object.entries(given as object).filter(([, argument]) => argument !== undefined)
    .map(([name, argument]) =>
      TESTS[name as keyof AttributeTest](what, `${path}.${name}`, argument)
    );
  if (tests.length === 0) wrong(what, path, "an object with a test", given);
  return tests.length === 1 ? tests[0]! : (value) => tests.every((test) => test(value));
}

type MakeTest = (what: string, path: string, argument: unknown) => Test;

const TESTS: { readonly [Name in keyof Required<AttributeTest>]: MakeTest } = {
  equals(what, path, argument) {
    if (!isScalar(argument)) wrong(what, path, "a text, number or boolean", argument);
    return (value) => value === argument;
  },
  in: isOneOf,
  prefix(what, path, argument) {
    const text = textOf(what, path, argument);
    return (value) => typeof value === "string" && value.startsWith(text);
  },
  suffix(what, path, argument) {
    const text = textOf(what, path, argument);
    return (value) => typeof value === "string" && value.endsWith(text);
  },
  contains(what, path, argument) {
    if (!isScalar(argument)) wrong(what, path, "a text, number or boolean", argument);
    return (value) =>
      typeof value === "string"
        ? typeof argument === "string" && value.includes(argument)
        : Array.isArray(value) && value.includes(argument);
  },
  semver(what, path, argument) {
    const holds = parseRange(argument);
    if (holds === undefined) wrong(what, path, "a range such as ^1.2.0", argument);
    return remembered((value) => {
      const version = parseVersion(value, 1);
      return version !== undefined && holds!(version);
    });
  },
  gt: (what, path, argument) => compared(what, path, argument, (order) => order > 0),
  gte: (what, path, argument) => compared(what, path, argument, (order) => order >= 0),
  lt: (what, path, argument) => compared(what, path, argument, (order) => order < 0),
  lte: (what, path, argument) => compared(what, path, argument, (order) => order <= 0),
  exists(what, path, argument) {
    if (typeof argument !== "boolean") wrong(what, path, "true or false", argument);
    return (value) => (value !== undefined && value !== null) === argument;
  },
};

/** A test that remembers its verdicts on texts: there are few versions, and many requests of each. */
function remembered(test: Test): Test {
  const verdicts = new Map<unknown, boolean>();
  return (value) => {
    const known = verdicts.get(value);
    if (known !== undefined) return known;
    const verdict = test(value);
    if (verdicts.size >= MAX_VERDICTS) verdicts.clear();
    if (typeof value === "string" && value.length <= MAX_REMEMBERED) verdicts.set(value, verdict);
    return verdict;
  };
}

function isOneOf(what: string, path: string, argument: unknown): Test {
  if (!Array.isArray(argument) || !argument.every(isScalar)) {
    wrong(what, path, "a list of texts, numbers and booleans", argument);
  }
  const values: ReadonlySet<unknown> = new Set(argument as unknown[]);
  return (value) => values.has(value);
}

function compared(
  what: string,
  path: string,
  argument: unknown,
  holds: (order: number) => boolean,
): Test {
  const isNumber = typeof argument === "number" && argument === argument;
  if (!isNumber && typeof argument !== "string") wrong(what, path, "a number or text", argument);
  const limit = argument as number | string, kind = typeof limit;
  return (given) => {
    const value = given instanceof Date && kind === "string" ? given.toJSON() : given;
    // Neither a text and a number, nor a NaN, has an order.
    if (typeof value !== kind || value !== value) return false;
    return holds((value as number) < (limit as number) ? -1 : value === limit ? 0 : 1);
  };
}

function isScalar(value: unknown): value is Scalar {
  const kind = typeof value;
  return kind === "string" || kind === "boolean" || kind === "number" && value === value;
}

function textOf(what: string, path: string, argument: unknown): string {
  if (typeof argument !== "string") wrong(what, path, "a text", argument);
  return argument as string;
}

function wrong(what: string, path: string, rule: string, got: unknown): never {
  const shown = typeof got === "string" ? JSON.stringify(got.slice(0, 100)) : kindOf(got);
  throw new TypeError(`Cannot ${what}: ${path} must be ${rule}, got ${shown}`);
}
