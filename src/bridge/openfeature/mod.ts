/**
 * OpenFeature: the flags of Telltale for its server SDK, and a hook that observes any other provider.
 *
 * @module
 */
export { TelltaleProvider } from "./provider.ts";
export { type OpenFeatureHook, TelltaleHook, type TelltaleHookMaker } from "./hook.ts";
export type {
  FlagHolder,
  HookContext,
  HookDetails,
  OpenFeatureContext,
  ProviderListener,
  Resolution,
} from "./shapes.ts";
