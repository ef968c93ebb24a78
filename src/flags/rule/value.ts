/**
 * What flags give and what they look at: values of four kinds, and the context of an evaluation.
 *
 * @module
 */
import { kindOf } from "../../core/check.ts";

/** The value of an object flag: plain data, frozen. */
export type FlagObject = Readonly<Record<string, unknown>> | readonly unknown[];

/** The value of a flag. */
export type FlagValue = boolean | string | number | FlagObject;

/** The kinds of flags. */
export type FlagKind = "boolean" | "string" | "number" | "object";

/**
 * What is known about the subject of an evaluation, by attribute. `targetingKey` identifies it, as in
 * OpenFeature; rules may look at any attribute, and at nested ones as in `user.plan`.
 */
export interface FlagContext {
  /** The subject's id, by which a rollout is sticky unless it says otherwise. */
  readonly targetingKey?: string | undefined;
  /** Any other attribute. */
  readonly [attribute: string]: unknown;
}

/** A context without attributes. */
export const NO_CONTEXT: FlagContext = {};

/** The kind of a value; undefined for what no flag can have. */
export function kindOfValue(value: unknown): FlagKind | undefined {
  switch (typeof value) {
    case "boolean":
      return "boolean";
    case "string":
      return "string";
    case "number":
      return value === value ? "number" : undefined;
    case "object":
      return value === null ? undefined : "object";
    default:
      return undefined;
  }
}

const MAX_DEPTH = 64;
const SCALARS: readonly string[] = ["string", "boolean", "number", "undefined"];

/**
 * A copy that nobody can change, so that neither the caller's later changes nor those of who evaluates
 * a flag reach another evaluation.
 *
 * @throws {TypeError} for what is no plain data, or too deep
 */
export function frozen<T>(what: string, value: T, depth = 0): T {
  const kind = typeof value;
  if (value === null || SCALARS.includes(kind)) return value;
  const proto = kind === "object" ? Object.getPrototypeOf(value) : undefined;
  const isPlain = Array.isArray(value) || proto === Object.prototype || proto === null;
  if (!isPlain || depth > MAX_DEPTH) {
    const rule = isPlain ? `at most ${MAX_DEPTH} levels deep` : "plain data";
    throw new TypeError(`Cannot ${what}: values must be ${rule}, got ${kindOf(value)}`);
  }
  if (Array.isArray(value)) {
    return Object.freeze(value.map((each) => frozen(what, each, depth + 1))) as T;
  }
  const entries = Object.entries(value as object);
  return Object.freeze(
    Object.fromEntries(entries.map(([name, each]) => [name, frozen(what, each, depth + 1)])),
  ) as T;
}

/** Reads an attribute of a context. */
export type Attribute = (context: FlagContext) => unknown;

/** A reader of an attribute; `a.b` is a nested one where the context has no attribute of that name. */
export function attribute(name: string): Attribute {
  // Most flags read it, and a property of a constant name is read in a third of the time.
  if (name === "targetingKey") return (context) => context.targetingKey;
  // `toString` and the like are no attributes.
  if (name in Object.prototype) {
    return (context) => Object.hasOwn(context, name) ? context[name] : undefined;
  }
  if (!name.includes(".")) return (context) => context[name];
  const path = name.split(".");
  return (context) => {
    const value = context[name];
    return value !== undefined ? value : nested(context, path);
  };
}

function nested(value: unknown, path: readonly string[]): unknown {
  for (const name of path) {
    if (typeof value !== "object" || value === null || !Object.hasOwn(value, name)) {
      return undefined;
    }
    value = (value as Record<string, unknown>)[name];
  }
  return value;
}

/** The id of a subject as text; undefined for what identifies nobody. */
export function subjectOf(value: unknown): string | undefined {
  if (typeof value === "string") return value === "" ? undefined : value;
  return typeof value === "number" || typeof value === "bigint" ? String(value) : undefined;
}
