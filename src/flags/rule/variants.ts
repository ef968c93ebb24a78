/**
 * The variants of a definition.
 *
 * @module
 */
import { check, kindOf, shown } from "../../core/check.ts";
import type { FlagDefinition } from "./definition.ts";
import { type FlagValue, frozen, kindOfValue } from "./value.ts";

const MAX_VARIANTS = 100;

/**
 * The values of a definition by name, in the order of the definition.
 *
 * @throws {TypeError} for values of several kinds, and for what no flag can have
 * @throws {RangeError} for none, or too many
 */
export function valuesOf(what: string, definition: FlagDefinition): ReadonlyMap<string, FlagValue> {
  const { variants: named, default: given, rollout } = definition;
  const variants =
    named === undefined && typeof given === "string" && rollout?.weights !== undefined
      ? [...new Set([given, ...Object.keys(rollout.weights)])]
      : named;
  if (Array.isArray(variants)) {
    const areTexts = variants.every((one) => typeof one === "string");
    const isRight = areTexts && variants.length > 0 && new Set(variants).size === variants.length;
    check(isRight, what, "a list of variants must have different texts", variants, TypeError);
    check(
      variants.length <= MAX_VARIANTS,
      what,
      `variants must be 1 to ${MAX_VARIANTS}`,
      variants.length,
    );
    return new Map(variants.map((one) => [one, one]));
  }
  if (variants === undefined) {
    if (typeof given === "boolean") return new Map([["on", true], ["off", false]]);
    const isValue = kindOfValue(given) !== undefined;
    check(isValue, what, "default must be a boolean, text, number or object", given, TypeError);
    return new Map([["default", frozen(what, given)]]);
  }
  const isObject = typeof variants === "object" && variants !== null && !Array.isArray(variants);
  check(isObject, what, "variants must be an object of values by name", variants, TypeError);
  const entries = Object.entries(variants) as [string, FlagValue][],
    kind = kindOfValue(entries[0]?.[1]);
  const isCount = entries.length > 0 && entries.length <= MAX_VARIANTS;
  check(isCount, what, `variants must be 1 to ${MAX_VARIANTS}`, entries.length);
  for (const [name, value] of entries) {
    const isKind = kind !== undefined && kindOfValue(value) === kind;
    const rule = `variants.${name} must be a ${kind ?? "boolean, text, number or object"}`;
    check(isKind, what, rule, kindOf(value), TypeError);
  }
  return new Map(entries.map(([name, value]) => [name, frozen(what, value)]));
}

/** The variant of this name, or else with this value. @throws {TypeError} without one */
export function variantOf(
  what: string,
  path: string,
  given: unknown,
  values: ReadonlyMap<string, FlagValue>,
): string {
  if (typeof given === "string" && values.has(given)) return given;
  if (values.size === 1 && values.has("default") && path === "default") return "default";
  for (const [name, value] of values) if (value === given) return name;
  const rule = `${path} must be one of the variants ${[...values.keys()].join(", ")}`;
  throw new TypeError(`Cannot ${what}: ${rule}, got ${shown(given)}`);
}
