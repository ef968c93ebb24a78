/**
 * A hook for OpenFeature that observes the flags of any provider.
 *
 * @module
 */
import { check } from "../../core/check.ts";
import type { Flags } from "../../flags/flags.ts";
import { PROVIDER } from "../../flags/observer.ts";
import type { FlagHolder, HookContext, HookDetails } from "./shapes.ts";

/** The hook, as the SDK calls it. */
export interface OpenFeatureHook {
  /** Reports an evaluation once it is over, with what the caller gets. Never throws. */
  finally(context: HookContext, details?: HookDetails): void;
}

/** Makes a {@linkcode TelltaleHook}, with `new` or without. */
export interface TelltaleHookMaker {
  /**
   * Makes a hook.
   *
   * @throws {TypeError} for what holds no flags
   */
  new (holder: FlagHolder): OpenFeatureHook;
  /**
   * Makes a hook.
   *
   * @throws {TypeError} for what holds no flags
   */
  (holder: FlagHolder): OpenFeatureHook;
}

/**
 * Observes evaluations of any provider as those of `t.flags`: counted by flag, variant and reason, noted in
 * the row and the span of the request, exposed once a subject. `OpenFeature.addHooks(TelltaleHook(t))`.
 * Evaluations by `TelltaleProvider` are observed without it, and not twice with it.
 *
 * It reports in the stage `finally`: what another hook throws in `after` turns a resolved value into the
 * default, and that is what counts.
 *
 * @example
 * ```ts
 * import { telltale } from "@telltale/telltale";
 * import { TelltaleHook } from "@telltale/telltale/openfeature";
 * import assert from "node:assert/strict";
 *
 * await using t = telltale({ service: "orders", log: { sinks: [] } });
 * const hook = new TelltaleHook(t); // OpenFeature.addHooks(hook)
 * hook.finally(
 *   { flagKey: "new_checkout", context: { targetingKey: "u-17" }, providerMetadata: { name: "flagd" } },
 *   { value: true, variant: "on", reason: "SPLIT" },
 * );
 * const page = await (await t.metrics.scrape()).text();
 * assert.match(page, /feature_flag_evaluations_total{flag="new_checkout",variant="on",reason="split"} 1/);
 * ```
 */
export const TelltaleHook: TelltaleHookMaker = function (holder: FlagHolder): OpenFeatureHook {
  const flags = holder?.flags;
  const isRight = typeof flags?.report === "function";
  check(isRight, "make hook", "it must be given telltale()", holder, TypeError);
  return { finally: (context, details) => report(flags, context, details) };
} as TelltaleHookMaker;

function report(flags: Flags, context: HookContext, details: HookDetails | undefined): void {
  const { name } = context.providerMetadata;
  if (details === undefined || name === PROVIDER) return;
  const { flagMetadata: about = {}, reason = "UNKNOWN", errorCode, errorMessage } = details;
  flags.report({
    key: context.flagKey,
    outcome: { value: details.value, variant: details.variant, reason, errorCode, errorMessage },
    // OpenFeature's specification, appendix D: metadata names the context, the set and the version.
    subject: textOf(about.contextId) ?? textOf(context.context?.targetingKey),
    provider: name,
    version: textOf(about.version),
    set: textOf(about.flagSetId),
  });
}

function textOf(value: unknown): string | undefined {
  return typeof value === "string" || typeof value === "number" ? String(value) : undefined;
}
