/**
 * The definition of a flag, as code and our own files write it.
 *
 * @module
 */
import type { Condition } from "./condition.ts";
import type { Rollout } from "./rollout.ts";
import type { Schedule } from "./schedule.ts";
import type { FlagKind, FlagValue } from "./value.ts";

/** Serves a variant to those for whom its condition holds. */
export interface FlagRule<V extends string = string, Value = FlagValue> extends Schedule {
  /** For whom. @default everybody */
  readonly when?: Condition | undefined;
  /** What they get: a variant, or a value that is one of the variants. */
  readonly serve?: V | Value | undefined;
  /** Or how it is split among them. */
  readonly rollout?: Rollout<V> | undefined;
}

/** When a variant is turned off because its requests fail. */
export interface FlagGuard {
  /**
   * The factor, 1 or above: a variant is turned off when, with confidence, more than so many times the share
   * of its requests fail as of the requests that got another variant.
   */
  readonly errors: number;
  /** Requests that each side must have. @default 200 */
  readonly minEvents?: number | undefined;
}

/**
 * A flag: its values, and who gets which. The first rule that applies decides, then the rollout, then the
 * default.
 */
export interface FlagDefinition<V extends string = string, Value = FlagValue> {
  /**
   * What everybody gets whom nothing else decides for: a variant, or a value that is one of the variants.
   * Without `variants`, a boolean has `on` and `off`, a text those of its `weights`, and any other flag the
   * one variant `default`.
   */
  readonly default: V | Value;
  /** The values by name, all of one kind; a list of texts names each after itself. */
  readonly variants?: { readonly [Variant in V]: Value } | readonly V[] | undefined;
  /** False is the kill switch: everybody gets the default. @default true */
  readonly enabled?: boolean | undefined;
  /** Tried in order. */
  readonly rules?: readonly FlagRule<V, Value>[] | undefined;
  /** Among those whom no rule decides for. */
  readonly rollout?: Rollout<V> | undefined;
  /** Variants that other flags must have: otherwise everybody gets the default. It is an error if one is not there. */
  readonly requires?: { readonly [key: string]: string | readonly string[] } | undefined;
  /** Outside of it everybody gets the default. */
  readonly schedule?: Schedule | undefined;
  /** Variants that are turned off: who would get one gets the default. A guard adds to it. */
  readonly off?: readonly V[] | undefined;
  /** Turns a variant off whose requests fail. @default none */
  readonly guard?: FlagGuard | undefined;
  /** What the flag is for. */
  readonly description?: string | undefined;
  /** A version, which evaluation events carry. */
  readonly version?: string | undefined;
}

/** Definitions by key. */
export type FlagDefinitions = { readonly [key: string]: FlagDefinition };

/** What the type system knows of a flag. */
export interface FlagShape {
  /** The kind of its values. */
  readonly kind: FlagKind;
  /** The names of its variants. */
  readonly variant: string;
}

/** What the type system knows of the flags, by key. */
export type FlagShapes = { readonly [key: string]: FlagShape };

/** The kind of a value. */
export type KindOf<Value> = Value extends boolean ? "boolean"
  : Value extends string ? "string"
  : Value extends number ? "number"
  : "object";

/** The shape of a definition. */
export type ShapeOf<D> = FlagDefinition extends D ? FlagShape
  : D extends { readonly variants: readonly (infer Text extends string)[] }
    ? { readonly kind: "string"; readonly variant: Text }
  : D extends { readonly variants: infer Variants extends object }
    ? { readonly kind: KindOf<Variants[keyof Variants]>; readonly variant: keyof Variants & string }
  : D extends
    { readonly default: infer Text extends string; readonly rollout: { readonly weights: infer W } }
    ? { readonly kind: "string"; readonly variant: Text | keyof W & string }
  : D extends { readonly default: infer Value } ? {
      readonly kind: KindOf<Value>;
      readonly variant: Value extends boolean ? "on" | "off" : "default";
    }
  : never;

/** The values that a definition may name. */
export type ValueOf<D> = D extends { readonly variants: readonly string[] } ? never
  : D extends { readonly variants: infer Variants extends object } ? Variants[keyof Variants]
  : D extends { readonly default: infer Value } ? Value extends boolean ? boolean : Value
  : never;

/** A definition whose variants are among its own, and which has no unknown option. */
export type Checked<D> = FlagDefinition extends D ? FlagDefinition
  :
    & FlagDefinition<ShapeOf<D>["variant"], ValueOf<D>>
    & { readonly [Name in Exclude<keyof D, keyof FlagDefinition>]: never }
    & (D extends { readonly rollout: { readonly weights: infer Weights } } ? {
        readonly rollout: {
          readonly weights: {
            readonly [Name in Exclude<keyof Weights, ShapeOf<D>["variant"]>]: never;
          };
        };
      }
      : unknown);

/** Of flags that are known, `requires` may name only variants that they have; files may bring others. */
export type Requirements<Known> = {
  readonly requires?: {
    readonly [Key in keyof Known]?: Known[Key] extends { readonly variant: infer V }
      ? V | readonly V[]
      : never;
  };
};

/** The shapes of definitions. */
export type ShapesOf<D extends object> = { readonly [Key in keyof D & string]: ShapeOf<D[Key]> };

/** The keys of the flags of a kind. */
export type KeyOf<Shapes extends FlagShapes, Kind extends FlagKind> = {
  [Key in keyof Shapes & string]: Kind extends Shapes[Key]["kind"] ? Key : never;
}[keyof Shapes & string];
