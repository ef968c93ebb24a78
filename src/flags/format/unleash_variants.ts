/**
 * Variants of Unleash: weights, overrides, payloads.
 *
 * @module
 */
import { murmur3 } from "../rule/hash.ts";
import type { Scope } from "../rule/outcome.ts";
import { type FlagContext, type FlagValue, frozen } from "../rule/value.ts";
import { fieldOf } from "./constraint.ts";

/** A variant as a file has it. */
export interface VariantJson {
  readonly name?: unknown;
  readonly weight?: unknown;
  readonly stickiness?: unknown;
  readonly payload?: { readonly type?: unknown; readonly value?: unknown } | null;
  readonly overrides?:
    | readonly { readonly contextName?: unknown; readonly values?: unknown }[]
    | null;
}

/** Picks the variant of a context; undefined where none has a weight. */
export type VariantPicker = (context: FlagContext, scope: Scope) => VariantJson | undefined;

/** Otherwise those who are rolled out to would get the first variant first. */
const SEED = 86028157;
const FIELDS = ["userId", "sessionId", "remoteAddress"];

/** Compiles a list of variants; undefined without any. */
export function compileVariants(
  variants: readonly VariantJson[] | null | undefined,
  groupId: string,
  stickiness: string | undefined,
): VariantPicker | undefined {
  if (!Array.isArray(variants) || variants.length === 0) return undefined;
  const weights = variants.map(({ weight }) => Math.max(0, Number(weight) || 0));
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  if (total <= 0) return undefined;
  const field = String(variants[0].stickiness || stickiness || "default");
  return (context, scope) => {
    const overridden = variants.find((one: VariantJson) => isOverridden(one, context));
    if (overridden !== undefined) return overridden;
    const target = murmur3(`${groupId}:${seedOf(context, field, scope)}`, SEED) % total + 1;
    let sum = 0;
    return variants.find((_: VariantJson, i: number) =>
      weights[i]! > 0 && (sum += weights[i]!) >= target
    );
  };
}

function isOverridden({ overrides }: VariantJson, context: FlagContext): boolean {
  return (overrides ?? []).some(({ contextName, values }) => {
    const value = fieldOf(context, String(contextName));
    return value !== undefined && Array.isArray(values) && values.includes(value);
  });
}

function seedOf(context: FlagContext, field: string, scope: Scope): string {
  if (field !== "default") return fieldOf(context, field) || randomText(scope);
  for (const name of FIELDS) {
    const value = fieldOf(context, name);
    if (value) return value;
  }
  return randomText(scope);
}

function randomText(scope: Scope): string {
  return String(Math.round(scope.random() * 100_000));
}

/** The payload as a value: a number, an object, else text. */
export function payloadOf({ payload }: VariantJson): FlagValue | undefined {
  if (payload === undefined || payload === null) return undefined;
  const text = String(payload.value);
  if (payload.type === "number") return Number(text);
  if (payload.type !== "json") return text;
  try {
    return frozen("read a payload of Unleash", JSON.parse(text));
  } catch {
    return text;
  }
}
