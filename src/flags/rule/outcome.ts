/**
 * What an evaluation comes to: value, variant, reason, error code, as OpenFeature names them.
 *
 * @module
 */
import type { BoundCounter } from "../../metrics/instrument/counter.ts";
import type { FlagGuard } from "./definition.ts";
import type { Sight } from "./sight.ts";
import { type FlagContext, type FlagKind, type FlagValue, kindOfValue } from "./value.ts";

/** Why a flag has this value: the reasons of OpenFeature (specification §1.4.7). */
export type FlagReason =
  | "STATIC"
  | "DEFAULT"
  | "TARGETING_MATCH"
  | "SPLIT"
  | "DISABLED"
  | "STALE"
  | "UNKNOWN"
  | "ERROR";

/** What went wrong: the error codes of OpenFeature. */
export type FlagErrorCode =
  | "FLAG_NOT_FOUND"
  | "PARSE_ERROR"
  | "TYPE_MISMATCH"
  | "TARGETING_KEY_MISSING"
  | "INVALID_CONTEXT"
  | "PROVIDER_NOT_READY"
  | "GENERAL";

/** An evaluation with its reason. */
export interface FlagDetails<V extends string = string> {
  /** The value. After an error, the fallback; undefined where there is none. */
  readonly value: FlagValue | undefined;
  /** The name of the value; undefined where it has none. */
  readonly variant: V | undefined;
  /** Why it is this value. */
  readonly reason: FlagReason;
  /** What went wrong; undefined when nothing did. */
  readonly errorCode?: FlagErrorCode | undefined;
  /** What went wrong, in words. */
  readonly errorMessage?: string | undefined;
  /** What is said about the flag and its set; undefined where nothing is. */
  readonly metadata?: FlagMetadata | undefined;
}

/** What is said about a flag: its `version`, the `flagSetId` of its set, and what else its file has. */
export type FlagMetadata = Readonly<Record<string, string | number | boolean>>;

/** What goes wrong in an evaluation. */
export interface FlagFailure {
  /** Its code. */
  readonly errorCode: FlagErrorCode;
  /** It in words. */
  readonly errorMessage: string;
}

/**
 * The outcome of an evaluation. A flag makes each of its outcomes once and gives it again and again, so
 * that an evaluation allocates nothing and its counter needs no look-up.
 */
export class Outcome implements FlagDetails {
  readonly value: FlagValue | undefined;
  readonly kind: FlagKind | undefined;
  readonly variant: string | undefined;
  readonly reason: FlagReason;
  readonly errorCode: FlagErrorCode | undefined;
  readonly errorMessage: string | undefined;
  /** A value besides that of the flag: an Unleash variant has one. */
  readonly payload: FlagValue | undefined;
  /** What a row has of it: the variant, or the reason where there is none. */
  readonly label: string;
  /** The series that counts it; set when it is first counted. */
  counter: BoundCounter | undefined = undefined;
  #ofCaller: Outcome | undefined = undefined;

  /** An outcome of a variant, or without one. */
  constructor(
    value: FlagValue | undefined,
    variant: string | undefined,
    reason: FlagReason,
    failure?: FlagFailure,
    payload?: FlagValue,
  ) {
    this.value = value;
    this.kind = kindOfValue(value);
    this.variant = variant;
    this.reason = reason;
    this.label = variant ?? reason;
    this.errorCode = failure?.errorCode;
    this.errorMessage = failure?.errorMessage;
    this.payload = payload;
  }

  /** The same for a caller that takes a default of its own after an error and where the flag is disabled. */
  ofCaller(): Outcome {
    const { reason, errorCode, errorMessage, variant } = this;
    if (variant === undefined || errorCode === undefined && reason !== "DISABLED") return this;
    return this.#ofCaller ??= new Outcome(
      undefined,
      undefined,
      reason,
      errorCode && { errorCode, errorMessage: errorMessage! },
    );
  }
}

/** What an evaluation needs besides the context. */
export interface Scope {
  /** The flag of a key. */
  find(key: string): Flag | undefined;
  /** Milliseconds since the Unix epoch. */
  now(): number;
  /** From 0 to below 1, for rollouts that are not sticky. */
  random(): number;
}

/** A flag, ready to be evaluated, whatever format it was written in. */
export interface Flag {
  /** Its key. */
  readonly key: string;
  /** The kind of its values; undefined where they have several. */
  readonly kind: FlagKind | undefined;
  /** The variants by name, for people. */
  readonly variants: readonly string[];
  /** The variant that the others are compared with. */
  readonly base: string | undefined;
  /** Its version. */
  readonly version?: string | undefined;
  /** The set that it belongs to. */
  readonly set?: string | undefined;
  /** What is said about it and its set. */
  readonly metadata?: FlagMetadata | undefined;
  /** When a variant of it is turned off. */
  readonly guard?: FlagGuard | undefined;
  /** The keys of the flags that it requires. */
  readonly needs: readonly string[];
  /** Whether it looks only at flags that require none, so that it may be in a circle. */
  readonly isShallow?: boolean | undefined;
  /** What it gives when its evaluation throws; nothing where that is for the caller to say. */
  readonly safe?: Pick<Outcome, "value" | "variant"> | undefined;
  /** What is kept of its evaluations; set with the first. */
  sight: Sight | undefined;
  /** Evaluates it; may throw what a context throws. */
  evaluate(context: FlagContext, scope: Scope): Outcome;
  /** The id by which it tells subjects apart; undefined in a context without one. */
  subject(context: FlagContext): string | undefined;
}
