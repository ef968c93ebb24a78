/**
 * Flags in the format of Unleash: features with strategies, constraints, segments and variants.
 *
 * @module
 */
import { check, kindOf } from "../../core/check.ts";
import { environment } from "../../core/platform.ts";
import { murmur3 } from "../rule/hash.ts";
import { type Flag, Outcome, type Scope } from "../rule/outcome.ts";
import type { FlagContext, FlagKind, FlagValue } from "../rule/value.ts";
import { isInRange } from "./address.ts";
import { compileConstraint, type Constraint, type ConstraintJson, fieldOf } from "./constraint.ts";
import { stateOf } from "./unleash_events.ts";
import {
  compileVariants,
  payloadOf,
  type VariantJson,
  type VariantPicker,
} from "./unleash_variants.ts";

const WHAT = "read features of Unleash";

interface StrategyJson {
  readonly name?: unknown;
  readonly parameters?: Readonly<Record<string, unknown>> | null;
  readonly constraints?: readonly ConstraintJson[] | null;
  readonly segments?: readonly unknown[] | null;
  readonly variants?: readonly VariantJson[] | null;
}

interface DependencyJson {
  readonly feature?: unknown;
  readonly enabled?: unknown;
  readonly variants?: readonly unknown[] | null;
}

interface FeatureJson {
  readonly name?: unknown;
  readonly enabled?: unknown;
  readonly strategies?: readonly StrategyJson[] | null;
  readonly variants?: readonly VariantJson[] | null;
  readonly dependencies?: readonly DependencyJson[] | null;
}

/**
 * Reads what an Unleash server gives to its clients: features, or events that add up to them. A feature is a boolean flag; its variant is that of
 * Unleash, else `on` or `off`, and the payload of the variant is its value as text, number or object.
 *
 * @throws {TypeError} for what is no such file
 */
export function unleashFlags(data: unknown): Map<string, { flag: Flag; text: string }> {
  const file = stateOf(data);
  const isFile = typeof file === "object" && file !== null && Array.isArray(file.features);
  check(isFile, WHAT, "features must be a list", kindOf(file?.features ?? file), TypeError);
  const segments = new Map<unknown, readonly ConstraintJson[]>();
  for (const one of Array.isArray(file!.segments) ? file!.segments : []) {
    segments.set(one?.id, Array.isArray(one?.constraints) ? one.constraints : []);
  }
  const read = new Map<string, { flag: Flag; text: string }>();
  for (const feature of file!.features as FeatureJson[]) {
    const key = feature?.name;
    check(typeof key === "string" && key !== "", WHAT, "name must be a text", key, TypeError);
    const used = (feature.strategies ?? []).flatMap((one) => one?.segments ?? []);
    const text = JSON.stringify([feature, used.map((id) => segments.get(id))]);
    read.set(key, { flag: new UnleashFlag(key, feature, segments), text });
  }
  return read;
}

interface Strategy {
  readonly constraints: readonly Constraint[];
  readonly holds: (context: FlagContext, scope: Scope) => boolean;
  readonly variants: VariantPicker | undefined;
}

class UnleashFlag implements Flag {
  readonly key: string;
  readonly kind: FlagKind = "boolean";
  readonly variants: readonly string[];
  readonly base = "off";
  readonly needs: readonly string[];
  readonly isShallow = true;
  sight: Flag["sight"] = undefined;
  readonly #isEnabled: boolean;
  readonly #strategies: readonly Strategy[] | undefined;
  readonly #variants: VariantPicker | undefined;
  readonly #dependencies: readonly DependencyJson[];
  readonly #on: Outcome;
  readonly #off: Outcome;
  readonly #given = new Map<VariantJson, Outcome>();

  constructor(
    key: string,
    feature: FeatureJson,
    segments: ReadonlyMap<unknown, readonly ConstraintJson[]>,
  ) {
    const { strategies, variants, dependencies, enabled } = feature;
    this.key = key;
    this.#isEnabled = enabled === true;
    this.#strategies = Array.isArray(strategies)
      ? strategies.map((one) => compileStrategy(key, one ?? {}, segments))
      : undefined;
    this.#variants = compileVariants(variants, key, undefined);
    this.#dependencies = Array.isArray(dependencies) ? dependencies : [];
    this.needs = this.#dependencies.map((one) => String(one.feature));
    const isFixed = !this.#isEnabled || this.#strategies?.length === 0;
    this.#on = new Outcome(true, "on", isFixed ? "STATIC" : "TARGETING_MATCH");
    this.#off = new Outcome(false, "off", isFixed ? "STATIC" : "DEFAULT");
    const names = [variants, ...(strategies ?? []).map((one) => one?.variants)]
      .flatMap((list) => (list ?? []).map((one) => String(one.name)));
    this.variants = [...new Set(["on", "off", ...names])];
  }

  evaluate(context: FlagContext, scope: Scope): Outcome {
    if (!this.#isEnabled || this.#strategies === undefined || !this.#isAllowed(context, scope)) {
      return this.#off;
    }
    let own: VariantJson | undefined;
    if (this.#strategies.length > 0) {
      const strategy = this.#strategies.find(({ constraints, holds }) =>
        constraints.every((one) => one(context, scope)) && holds(context, scope)
      );
      if (strategy === undefined) return this.#off;
      own = strategy.variants?.(context, scope);
    }
    const variant = own ?? this.#variants?.(context, scope);
    return variant === undefined ? this.#on : this.#of(variant);
  }

  subject(context: FlagContext): string | undefined {
    return fieldOf(context, "userId") ?? fieldOf(context, "sessionId");
  }

  #of(variant: VariantJson): Outcome {
    const known = this.#given.get(variant);
    if (known !== undefined) return known;
    const payload: FlagValue | undefined = payloadOf(variant);
    const outcome = new Outcome(true, String(variant.name), "SPLIT", undefined, payload);
    this.#given.set(variant, outcome);
    return outcome;
  }

  /** A parent that has a parent itself is not looked at: Unleash allows one level. */
  #isAllowed(context: FlagContext, scope: Scope): boolean {
    return this.#dependencies.every(({ feature, enabled, variants }) => {
      const parent = scope.find(String(feature));
      if (parent === undefined || parent.needs.length > 0) return false;
      const { value, variant, reason } = parent.evaluate(context, scope);
      if (enabled === false) return value !== true;
      if (value !== true) return false;
      if (!Array.isArray(variants) || variants.length === 0) return true;
      // A feature of Unleash that is on without a variant has the one named "disabled".
      return variants.includes(parent.isShallow && reason !== "SPLIT" ? "disabled" : variant);
    });
  }
}

function compileStrategy(
  key: string,
  given: StrategyJson,
  segments: ReadonlyMap<unknown, readonly ConstraintJson[]>,
): Strategy {
  const parameters = given.parameters ?? {};
  const shared = (given.segments ?? []).flatMap((id) =>
    // A segment that is not there can't hold.
    segments.get(id) ?? [undefined]
  );
  const groupId = textOf(parameters.groupId) || key;
  const { stickiness } = parameters;
  return {
    constraints: [...given.constraints ?? [], ...shared].map(compileConstraint),
    holds: compileHolds(given.name, parameters, key),
    variants: compileVariants(given.variants, groupId, textOf(stickiness) || undefined),
  };
}

function compileHolds(
  name: unknown,
  parameters: Readonly<Record<string, unknown>>,
  key: string,
): Strategy["holds"] {
  const percentage = Number(parameters.percentage ?? parameters.rollout ?? 0);
  const groupId = textOf(parameters.groupId);
  switch (name) {
    case "default":
      return () => true;
    case "userWithId": {
      const ids = new Set(listOf(parameters.userIds));
      return (context) => {
        const user = fieldOf(context, "userId");
        return user !== undefined && ids.has(user);
      };
    }
    case "gradualRolloutUserId":
      return (context) => isWithin(fieldOf(context, "userId"), groupId, percentage);
    case "gradualRolloutSessionId":
      return (context) => isWithin(fieldOf(context, "sessionId"), groupId, percentage);
    case "gradualRolloutRandom":
      return (_, scope) => Math.floor(scope.random() * 100) + 1 <= percentage;
    case "flexibleRollout": {
      const stickiness = textOf(parameters.stickiness) || "default";
      return (context, scope) =>
        isWithin(stickyId(context, stickiness, scope), groupId || key, percentage);
    }
    case "remoteAddress": {
      const ranges = listOf(parameters.IPs);
      return (context) => {
        const address = fieldOf(context, "remoteAddress");
        return address !== undefined &&
          ranges.some((range) => range === address || isInRange(address, range));
      };
    }
    case "applicationHostname": {
      const names = listOf(parameters.hostNames).map((one) => one.toLowerCase());
      const host = environment("HOSTNAME")?.toLowerCase() ?? "undefined";
      return () => names.includes(host);
    }
    default:
      return () => false;
  }
}

function isWithin(id: string | undefined, groupId: string, percentage: number): boolean {
  if (id === undefined || id === "") return false;
  return percentage > 0 && murmur3(`${groupId}:${id}`) % 100 + 1 <= percentage;
}

function stickyId(context: FlagContext, stickiness: string, scope: Scope): string | undefined {
  const random = () => String(Math.round(scope.random() * 10_000) + 1);
  if (stickiness === "random") return random();
  if (stickiness !== "default") return fieldOf(context, stickiness);
  return fieldOf(context, "userId") || fieldOf(context, "sessionId") || random();
}

function listOf(value: unknown): string[] {
  return textOf(value) === "" ? [] : textOf(value).trim().split(/\s*,\s*/);
}

function textOf(value: unknown): string {
  return value === undefined || value === null ? "" : String(value);
}
