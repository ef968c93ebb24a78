/**
 * JsonLogic, compiled to functions, with the coercions of flagd's JavaScript implementation.
 *
 * @module
 */
import { at, pathOf } from "./path.ts";

/** What an expression may ask besides its data. */
export interface LogicScope {
  /** The whole context; `data` is an element of a list inside `map`, `some` and the like. */
  readonly context: unknown;
  /** `$flagd` of flagd: the key of the flag. */
  readonly flagKey: string;
  /** Milliseconds since the Unix epoch. */
  now(): number;
}

/** A compiled expression. */
export type Expression = (data: unknown, scope: LogicScope) => unknown;

/** Makes the function of an operator from its arguments, which `compile` makes expressions of. */
export type Operator = (
  argument: unknown,
  compile: (logic: unknown) => Expression,
) => Expression;

const MAX_DEPTH = 100;

/**
 * Compiles a rule.
 *
 * @param more operators besides those of JsonLogic
 * @throws {TypeError} for an operator that does not exist, and for a rule nested too deep
 */
export function compileLogic(
  logic: unknown,
  more: Readonly<Record<string, Operator>>,
  depth = 0,
): Expression {
  const compile = (inner: unknown) => compileLogic(inner, more, depth + 1);
  if (depth > MAX_DEPTH) throw new TypeError("Cannot compile a rule: it is nested too deep");
  if (typeof logic !== "object" || logic === null) return () => logic;
  if (Array.isArray(logic)) {
    const parts = logic.map(compile);
    return (data, scope) => parts.map((part) => part(data, scope));
  }
  const names = Object.keys(logic), [name] = names;
  if (name === undefined) return () => logic;
  const table = Object.hasOwn(more, name) ? more : OPERATORS;
  if (names.length > 1 || !Object.hasOwn(table, name)) {
    throw new TypeError(`Cannot compile a rule: there is no operator ${JSON.stringify(name)}`);
  }
  return table[name]!((logic as Record<string, unknown>)[name], compile);
}

/** Empty lists and objects are false, as are the values that JavaScript holds for false. */
function truthy(value: unknown): boolean {
  if (typeof value !== "object" || value === null) return Boolean(value);
  return Array.isArray(value) ? value.length > 0 : Object.keys(value).length > 0;
}

/** What an operation throws that has no result; the evaluation then fails with GENERAL. */
function noResult(why: string): never {
  throw new TypeError(`Cannot evaluate a rule: ${why}`);
}

/** A number as comparisons see it. */
function numeric(value: unknown): number {
  if (typeof value === "object" && value !== null) return noResult("a list or object is no number");
  const number = Number(value);
  return number === number ? number : noResult("it is no number");
}

function isVariable(logic: unknown): boolean {
  return typeof logic === "object" && logic !== null && "var" in logic;
}

function compared(holds: (a: unknown, b: unknown) => boolean, isStrict: boolean): Operator {
  const pair = (a: unknown, b: unknown): boolean => {
    const areTexts = (typeof a === "string" || a === null) && (typeof b === "string" || b === null);
    return isStrict || areTexts ? holds(a, b) : holds(numeric(a), b === null ? 0 : numeric(b));
  };
  return (argument, compile) => {
    if (!Array.isArray(argument) || argument.length < 2) {
      return () => noResult("a comparison needs two arguments");
    }
    const parts = argument.map(compile), [first, second] = parts;
    if (parts.length === 2 && isVariable(argument[1])) {
      // As JavaScript compares, and JsonLogic; flagd-core checks for numbers with values written out only.
      return (data, scope) => {
        const a = first!(data, scope), b = second!(data, scope);
        if (!isStrict) numeric(typeof b === "object" ? b ?? 0 : 0);
        return holds(a, b);
      };
    }
    if (parts.length === 2) {
      return (data, scope) => pair(first!(data, scope), second!(data, scope));
    }
    return (data, scope) => {
      let before = first!(data, scope);
      for (let i = 1; i < parts.length; i++) {
        const after = parts[i]!(data, scope);
        if (!pair(before, after)) return false;
        before = after;
      }
      return true;
    };
  };
}

/** The arguments as a list; a single one need not be in a list. */
function listOf(argument: unknown, compile: (logic: unknown) => Expression): Expression {
  const list = compile(argument), isList = Array.isArray(argument);
  return (data, scope) => {
    const value = list(data, scope);
    return isList || Array.isArray(value) ? value : [value];
  };
}

function eager(fn: (values: readonly unknown[]) => unknown): Operator {
  return (argument, compile) => {
    const list = listOf(argument, compile);
    return (data, scope) => fn(list(data, scope) as unknown[]);
  };
}

function arithmetic(fn: (numbers: readonly number[]) => number): Operator {
  return eager((values) => {
    const result = fn(values.map(numeric));
    return result === result && result !== Infinity ? result : noResult("it is no number");
  });
}

function lazy(
  fn: (parts: readonly Expression[], data: unknown, scope: LogicScope) => unknown,
): Operator {
  return (argument, compile) => {
    if (!Array.isArray(argument)) return () => noResult("the arguments must be a list");
    const parts = argument.map(compile);
    return (data, scope) => fn(parts, data, scope);
  };
}

/** An operator over the elements of a list: `[list, rule for an element]`. */
function over(
  fn: (list: readonly unknown[], rule: (element: unknown) => unknown) => unknown,
): Operator {
  return lazy(([list, rule], data, scope) => {
    const elements = list?.(data, scope) || [];
    if (!Array.isArray(elements)) return noResult("it is no list");
    return fn(elements, (element) => rule?.(element, scope));
  });
}

const choose = lazy((parts, data, scope) => {
  let i = 0;
  for (; i + 1 < parts.length; i += 2) {
    if (truthy(parts[i]!(data, scope))) return parts[i + 1]!(data, scope);
  }
  return i < parts.length ? parts[i]!(data, scope) : null;
});

function read(data: unknown, scope: LogicScope, path: readonly string[]): unknown {
  if (path[0] !== "$flagd" || data !== scope.context) return at(data, path);
  const flagd = { flagKey: scope.flagKey, timestamp: Math.floor(scope.now() / 1000) };
  return at(flagd, path.slice(1));
}

const variable: Operator = (argument, compile) => {
  const [name, otherwise] = Array.isArray(argument) ? argument : [argument];
  const fallback = compile(otherwise ?? null);
  if (name === undefined || name === null || name === "") return (data) => data;
  if (typeof name !== "object") {
    const path = pathOf(String(name)), [first] = path;
    if (path.length === 1 && first !== "$flagd" && !(first! in Object.prototype)) {
      return (data, scope) => {
        const value = typeof data === "object" && data !== null
          ? (data as Record<string, unknown>)[first!]
          : at(data, path);
        return value ?? fallback(data, scope);
      };
    }
    return (data, scope) => read(data, scope, path) ?? fallback(data, scope);
  }
  const made = compile(name);
  return (data, scope) =>
    read(data, scope, pathOf(String(made(data, scope)))) ?? fallback(data, scope);
};

function missing(names: readonly unknown[], data: unknown, scope: LogicScope): unknown[] {
  return names.filter((name) => read(data, scope, pathOf(String(name))) === undefined);
}

const reduce = lazy(([list, rule, start], data, scope) => {
  const elements = list?.(data, scope) || [];
  if (!Array.isArray(elements)) return noResult("it is no list");
  let accumulator: unknown = start?.(data, scope) ?? null;
  for (const current of elements) accumulator = rule!({ current, accumulator }, scope);
  return accumulator;
});

const OPERATORS: Readonly<Record<string, Operator>> = {
  var: variable,
  val: (argument) => {
    const path = (Array.isArray(argument) ? argument : [argument]).map(String);
    return (data, scope) => read(data, scope, path) ?? null;
  },
  if: choose,
  "?:": choose,
  "==": compared((a, b) => a == b, false),
  "===": compared((a, b) => a === b, true),
  "!=": compared((a, b) => a != b, false),
  "!==": compared((a, b) => a !== b, true),
  "<": compared((a, b) => a as number < (b as number), false),
  "<=": compared((a, b) => a as number <= (b as number), false),
  ">": compared((a, b) => a as number > (b as number), false),
  ">=": compared((a, b) => a as number >= (b as number), false),
  "!": eager(([value]) => !truthy(value)),
  "!!": eager(([value]) => truthy(value)),
  and: lazy((parts, data, scope) => {
    let value: unknown = null;
    for (const part of parts) {
      value = part(data, scope);
      if (!truthy(value)) return value;
    }
    return value;
  }),
  or: lazy((parts, data, scope) => {
    let value: unknown = null;
    for (const part of parts) {
      value = part(data, scope);
      if (truthy(value)) return value;
    }
    return value;
  }),
  "??": lazy((parts, data, scope) => {
    for (const part of parts) {
      const value = part(data, scope);
      if (value !== null && value !== undefined) return value;
    }
    return null;
  }),
  in: eager(([item, list]) => {
    if (typeof list === "string") return list.includes(String(item));
    return Array.isArray(list || [])
      ? (list as unknown[] || []).includes(item)
      : noResult("it is no list");
  }),
  // JsonLogic has "" for null, and so has flagd-core without code generation; with it, it has "null", and a
  // subject without the attribute that a split is by is in the bucket of that.
  cat: (argument, compile) => {
    const list = Array.isArray(argument) ? argument.filter((one) => one !== null) : argument;
    return eager((values) => values.reduce((text: string, one) => text + String(one), ""))(
      list,
      compile,
    );
  },
  substr: eager(([text, from, end]) => {
    const start = Number(from), all = String(text);
    if (end === undefined || end === null) return all.slice(start);
    const rest = all.slice(start), length = Number(end);
    return length < 0 ? rest.slice(0, length) : rest.slice(0, length);
  }),
  "+": arithmetic((numbers) => numbers.reduce((a, b) => a + b, 0)),
  "*": arithmetic((numbers) => numbers.reduce((a, b) => a * b, 1)),
  "-": arithmetic(([first = NaN, ...rest]) =>
    rest.length === 0 ? -first : rest.reduce((a, b) => a - b, first)
  ),
  "/": arithmetic(([first = NaN, ...rest]) =>
    rest.length === 0 ? 1 / first : rest.reduce((a, b) => b === 0 ? NaN : a / b, first)
  ),
  "%": arithmetic(([first = NaN, ...rest]) =>
    rest.length === 0 ? NaN : rest.reduce((a, b) => a % b, first)
  ),
  max: arithmetic((numbers) => numbers.length === 0 ? NaN : Math.max(...numbers)),
  min: arithmetic((numbers) => numbers.length === 0 ? NaN : Math.min(...numbers)),
  merge: eager((values) => values.flat(1)),
  map: over((list, rule) => list.map(rule)),
  filter: over((list, rule) => list.filter((element) => truthy(rule(element)))),
  some: over((list, rule) => list.some((element) => truthy(rule(element)))),
  none: over((list, rule) => !list.some((element) => truthy(rule(element)))),
  all: over((list, rule) => list.length > 0 && list.every((element) => truthy(rule(element)))),
  reduce,
  missing: (argument, compile) => {
    const list = listOf(argument, compile);
    return (data, scope) => missing((list(data, scope) as unknown[]).flat(1), data, scope);
  },
  missing_some: lazy(([least, names], data, scope) => {
    const all = names?.(data, scope) as unknown[], absent = missing(all, data, scope);
    return all.length - absent.length >= Number(least?.(data, scope)) ? [] : absent;
  }),
};
