/**
 * Feature flags that show what they did: typed flags with rules and rollouts, observed in metrics, rows,
 * spans and logs.
 *
 * @module
 */
export * from "./flags.ts";
export type { ExposureOptions, FlagsOptions } from "./options.ts";
export { FlagUsage } from "./usage.ts";
export type {
  FlagDefinition,
  FlagDefinitions,
  FlagGuard,
  FlagRule,
  FlagShape,
  FlagShapes,
} from "./rule/definition.ts";
export type { AttributeTest, Condition, Scalar } from "./rule/condition.ts";
export type { FlagDetails, FlagErrorCode, FlagReason } from "./rule/outcome.ts";
export type { FlagPatch } from "./rule/patch.ts";
export type { PercentageRollout, Rollout, WeightedRollout } from "./rule/rollout.ts";
export type { Schedule } from "./rule/schedule.ts";
export type { FlagContext, FlagKind, FlagObject, FlagValue } from "./rule/value.ts";
