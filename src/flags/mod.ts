/**
 * Feature flags that show what they did: typed flags with rules and rollouts, observed in metrics, rows,
 * spans and logs.
 *
 * @module
 */
export * from "./flags.ts";
export type { FlagChange, FlagInfo } from "./change.ts";
export type { ExposureOptions, FlagsOptions } from "./options.ts";
export type { FlagFile, WatchOptions } from "./file.ts";
export type { FlagdHash } from "./format/fractional.ts";
export type { FlagFormat, FormatOptions } from "./format/read.ts";
export type {
  Comparison,
  Difference,
  EffectOptions,
  FlagEffect,
  VariantEffect,
  Verdict,
} from "./effect/effect.ts";
export type { Interval } from "./effect/interval.ts";
export type { Trip } from "./effect/watch.ts";
export type { Evaluation } from "./observer.ts";
export { FlagUsage } from "./usage.ts";
export type {
  Checked,
  FlagDefinition,
  FlagDefinitions,
  FlagGuard,
  FlagRule,
  FlagShape,
  FlagShapes,
  KeyOf,
  KindOf,
  Requirements,
  ShapeOf,
  ShapesOf,
  ValueOf,
} from "./rule/definition.ts";
export type {
  AttributeConditions,
  AttributeTest,
  Combination,
  Condition,
  Scalar,
} from "./rule/condition.ts";
export type { FlagDetails, FlagErrorCode, FlagMetadata, FlagReason } from "./rule/outcome.ts";
export type { FlagPatch, PatchValue, ValueOfKind, ValuesByKind } from "./rule/patch.ts";
export type { PercentageRollout, Rollout, WeightedRollout } from "./rule/rollout.ts";
export type { Schedule } from "./rule/schedule.ts";
export type { FlagContext, FlagKind, FlagObject, FlagValue } from "./rule/value.ts";
