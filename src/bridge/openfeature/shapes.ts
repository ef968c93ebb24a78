/**
 * The parts of OpenFeature's server SDK that are used, by shape.
 *
 * @module
 */
import type { Faults } from "../../core/faults.ts";
import type { Flags } from "../../flags/flags.ts";
import type { FlagMetadata } from "../../flags/rule/outcome.ts";

/** What the bridge needs of `telltale()`. */
export interface FlagHolder {
  /** The flags. */
  readonly flags: Flags;
  /** Counts what goes wrong inside. */
  readonly faults?: Pick<Faults, "record"> | undefined;
}

/** The context of an evaluation; values may be dates. */
export interface OpenFeatureContext {
  /** The subject. */
  readonly targetingKey?: string | undefined;
  /** Any other attribute. */
  readonly [attribute: string]: unknown;
}

/** What a provider resolves a flag to. */
export interface Resolution<T> {
  /** The value; the caller's default after an error. */
  readonly value: T;
  /** Its name. */
  readonly variant?: string;
  /** Why it is this value. */
  readonly reason?: string;
  /** What went wrong. */
  // deno-lint-ignore no-explicit-any -- The SDK has an enum of these texts, which no text may be assigned to.
  readonly errorCode?: any;
  /** It in words. */
  readonly errorMessage?: string;
  /** What is said about the flag and its set. */
  readonly flagMetadata?: FlagMetadata;
}

/** The details of an evaluation, as hooks get them. */
export interface HookDetails {
  /** The flag. */
  readonly flagKey?: string;
  /** The value. */
  readonly value?: unknown;
  /** Its name. */
  readonly variant?: string | undefined;
  /** Why it is this value. */
  readonly reason?: string | undefined;
  /** What went wrong. */
  readonly errorCode?: string | undefined;
  /** It in words. */
  readonly errorMessage?: string | undefined;
  /** What the provider adds. */
  readonly flagMetadata?: Readonly<Record<string, unknown>> | undefined;
}

/** What hooks get of an evaluation. */
export interface HookContext {
  /** The flag. */
  readonly flagKey: string;
  /** The context, merged of all levels. */
  readonly context: OpenFeatureContext;
  /** Who evaluates it. */
  readonly providerMetadata: { readonly name: string };
}

/** A listener to the events of a provider. */
// deno-lint-ignore no-explicit-any -- Each event has details of its own.
export type ProviderListener = (details?: any) => unknown;
