/**
 * Rollouts: which subjects get which variant, sticky by a hash of the subject's id.
 *
 * @module
 */
import { check, checkNumber, type Known, refuseUnknown } from "../../core/check.ts";
import { mixed, murmur3 } from "./hash.ts";

/** A share of the subjects gets one variant, the others the default. */
export interface PercentageRollout {
  /** 0 to 100, fractions too. Raising it takes the variant from nobody. */
  readonly percentage: number;
  /**
   * The variant that they get.
   *
   * @default the only one that is not the default; `true` of a boolean
   */
  readonly variant?: string | undefined;
  /** The attribute that identifies the subject. @default "targetingKey" */
  readonly by?: string | undefined;
  /** Flags with the same salt choose the same subjects. @default the flag's key */
  readonly salt?: string | undefined;
}

/** Each variant gets a share of the subjects. */
export interface WeightedRollout<V extends string = string> {
  /**
   * Weights by variant, 0 or above, relative to their sum. Raising one moves subjects to that variant
   * only; their order does not matter.
   */
  readonly weights: { readonly [Variant in V]?: number };
  /** The attribute that identifies the subject. @default "targetingKey" */
  readonly by?: string | undefined;
  /** Flags with the same salt choose the same subjects. @default the flag's key */
  readonly salt?: string | undefined;
}

/** A rollout. */
export type Rollout<V extends string = string> =
  | (Omit<PercentageRollout, "variant"> & { readonly variant?: V | undefined; weights?: never })
  | (WeightedRollout<V> & { percentage?: never; variant?: never });

const KNOWN: Known<PercentageRollout & WeightedRollout> = {
  percentage: true,
  variant: true,
  weights: true,
  by: true,
  salt: true,
};

/** A rollout, ready to choose; `choose` gets the id of a subject. */
export interface Splitter {
  /** The attribute that identifies the subject. */
  readonly by: string;
  /** The variants that it can choose, with those that have no weight. */
  readonly variants: readonly string[];
  /** The index in `variants` of what this subject gets. */
  choose(subject: string): number;
}

/**
 * Compiles a rollout.
 *
 * @param what the action that fails, for errors
 * @param path the rollout's place, for errors
 * @param flag its key, variants and default
 * @throws {TypeError} for a rollout that is not one
 * @throws {RangeError} for a share that is out of range
 */
export function compileRollout(
  what: string,
  path: string,
  given: unknown,
  flag: { readonly key: string; readonly variants: readonly string[]; readonly base: string },
): Splitter {
  refuseUnknown(what, given, KNOWN, path);
  const { percentage, weights, by = "targetingKey", salt = flag.key, variant } = given as
    & PercentageRollout
    & WeightedRollout;
  const isText = typeof by === "string" && by !== "";
  check(isText, what, `${path}.by must be the name of an attribute`, by, TypeError);
  check(typeof salt === "string", what, `${path}.salt must be a text`, salt, TypeError);
  const one = percentage === undefined !== (weights === undefined);
  const rule = `${path} must have either percentage or weights`;
  check(one, what, rule, weights === undefined ? "neither" : "both", TypeError);
  const seed = murmur3(salt);
  if (percentage === undefined) return weighted(what, path, weights, by, seed, flag.variants);
  checkNumber(what, `${path}.percentage`, percentage, 0, 100);
  const served = variant ?? servedOf(flag);
  const isVariant = served !== undefined && flag.variants.includes(served);
  check(isVariant, what, `${path}.variant must be one of ${flag.variants}`, served, TypeError);
  // The variant of the others: of a boolean the other one, whatever the default is.
  const rest = served !== flag.base ? flag.base : flag.variants.find((name) => name !== served);
  const bound = percentage / 100 * 2 ** 32;
  return {
    by,
    variants: [served, rest ?? served],
    choose: (subject) => murmur3(subject, seed) < bound ? 0 : 1,
  };
}

function servedOf(
  { variants, base }: { readonly variants: readonly string[]; readonly base: string },
): string | undefined {
  if (variants.length !== 2) return undefined;
  if (variants.includes("on") && variants.includes("off")) return "on";
  return variants.find((name) => name !== base);
}

/**
 * Weighted rendezvous hashing (Thaler and Ravishankar 1998, with the logarithmic weights of Schindelhauer
 * and Schomaker 2005): each variant draws a number for the subject, divided by its weight, and the least
 * wins. So a variant whose weight grows only wins subjects, and one that is unchanged loses some to it,
 * but passes none on: with shares along a line, each change would move the subjects of all that follow.
 */
function weighted(
  what: string,
  path: string,
  weights: WeightedRollout["weights"],
  by: string,
  seed: number,
  known: readonly string[],
): Splitter {
  refuseUnknown(
    what,
    weights,
    Object.fromEntries(known.map((name) => [name, true])),
    `${path}.weights`,
  );
  const entries = Object.entries(weights).filter((entry): entry is [string, number] =>
    entry[1] !== undefined
  );
  let sum = 0;
  for (const [name, weight] of entries) {
    checkNumber(what, `${path}.weights.${name}`, weight, 0);
    sum += weight;
  }
  check(sum > 0 && sum < Infinity, what, `${path}.weights must have a positive sum`, sum);
  const drawn = entries.filter(([, weight]) => weight > 0);
  const seeds = drawn.map(([name]) => murmur3(name)), count = drawn.length;
  const inverse = drawn.map(([, weight]) => 1 / weight);
  return {
    by,
    variants: drawn.map(([name]) => name),
    choose(subject) {
      const hash = murmur3(subject, seed);
      let chosen = 0, least = Infinity;
      for (let i = 0; i < count; i++) {
        // From 2^-33 to 1 − 2^-33: never 0, whose logarithm would win against every weight.
        const draw = (mixed(hash ^ seeds[i]!) + 0.5) / 2 ** 32;
        const time = -Math.log(draw) * inverse[i]!;
        if (time < least) {
          least = time;
          chosen = i;
        }
      }
      return chosen;
    },
  };
}
