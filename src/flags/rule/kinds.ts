/**
 * Outcomes as their callers want them.
 *
 * @module
 */
import { shown } from "../../core/check.ts";
import { type Flag, type FlagDetails, type FlagMetadata, Outcome } from "./outcome.ts";
import type { FlagKind } from "./value.ts";

/** The outcome as a value of another kind: that of an Unleash variant, or a mismatch. */
export function asKind({ key }: Flag, outcome: Outcome, kind: FlagKind): Outcome {
  if (outcome.kind === undefined) return outcome;
  if (outcome.payload !== undefined) {
    const { payload, variant, reason } = outcome, other = new Outcome(payload, variant, reason);
    if (other.kind === kind) return other;
  }
  const errorMessage = `Flag ${shown(key)} is a ${outcome.kind}, not a ${kind}`;
  return new Outcome(undefined, undefined, "ERROR", { errorCode: "TYPE_MISMATCH", errorMessage });
}

/** An outcome as callers get it. */
export function detailsOf(
  { value, variant, reason, errorCode, errorMessage }: Outcome,
  metadata: FlagMetadata | undefined,
): FlagDetails {
  if (errorCode !== undefined) {
    return { value, variant, reason, errorCode, errorMessage, ...metadata && { metadata } };
  }
  return metadata === undefined ? { value, variant, reason } : { value, variant, reason, metadata };
}
