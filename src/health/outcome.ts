/**
 * What a check says, read strictly.
 *
 * @module
 */
import { errorText } from "../core/error.ts";
import type { Redactor } from "../core/redact.ts";

/** The state of a component, of a group, or of the service. */
export type HealthStatus = "UP" | "DEGRADED" | "DOWN";

/** What a check may say besides "up" or "down". */
export interface CheckResult {
  /** The state of the component. */
  readonly status: HealthStatus;
  /** A sentence for people. Not for secrets: put what only operators may see in a thrown error. */
  readonly description?: string | undefined;
}

/** How one run of a check ended. */
export interface Outcome extends CheckResult {
  /** What was thrown, as text; for authorised callers only. */
  readonly error?: string | undefined;
}

const MAX_TEXT = 1000;

/** The outcome of what a check returned; undefined when that is no result. Never throws. */
export function outcomeOf(value: unknown, redactor: Redactor): Outcome | undefined {
  if (value === undefined || value === true) return { status: "UP" };
  if (value === false) return { status: "DOWN" };
  try {
    const { status, description } = value as CheckResult;
    if (status !== "UP" && status !== "DEGRADED" && status !== "DOWN") return undefined;
    return description === undefined
      ? { status }
      : { status, description: redactor.under("description", String(description), MAX_TEXT) };
  } catch {
    return undefined; // null, or an object that can't be read.
  }
}

/** The outcome of a check that threw; a cause is told too, one deep, for `fetch` says it all there. */
export function failure(thrown: unknown, redactor: Redactor): Outcome {
  return { status: "DOWN", error: redactor.under("error", errorText(thrown, redactor), MAX_TEXT) };
}
