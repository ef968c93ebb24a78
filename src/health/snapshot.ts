/**
 * The health of a service at one moment, as plain data.
 *
 * @module
 */
import { errorText } from "../core/redact/error.ts";
import type { Redactor } from "../core/redact/redactor.ts";

/** The health of a service at one moment, as plain data. */
export interface HealthSnapshot {
  /** The worst of all components; DOWN while draining or in maintenance. */
  readonly status: HealthStatus;
  /** Whether the process works at all; not touched by draining. DOWN asks for a restart. */
  readonly live: HealthStatus;
  /** Whether requests should be sent here. */
  readonly ready: HealthStatus;
  /** Whether the start is over: DOWN until the group `startup` was once not DOWN, then UP for good. */
  readonly startup: HealthStatus;
  /** Whether the service is on its way out. */
  readonly draining: boolean;
  /** Why the service was taken out of use for a while; undefined when it was not. */
  readonly maintenance: string | undefined;
  /** What is known of each component, by the name of its check. */
  readonly components: Readonly<Record<string, ComponentHealth>>;
  /** When this was true, in milliseconds since the epoch. */
  readonly timestampMs: number;
}

/** A status as a number, for a gauge: 0 is DOWN, 1 is DEGRADED, 2 is UP. */
export function statusValue(status: HealthStatus): 0 | 1 | 2 {
  return status === "UP" ? 2 : status === "DEGRADED" ? 1 : 0;
}

/** What is known of one component. */
export interface ComponentHealth {
  /** The state, thresholds applied; DOWN before the first result. */
  readonly status: HealthStatus;
  /** Whether DOWN here is DOWN for the whole service. */
  readonly critical: boolean;
  /** The groups that the check counts for. */
  readonly groups: readonly string[];
  /** Whether the check was not run, because one that it depends on is DOWN. */
  readonly skipped: boolean;
  /** What the last result said about itself. */
  readonly description?: string | undefined;
  /** What the last run threw, as text; for authorised callers only. */
  readonly error?: string | undefined;
  /** When the last result came, in milliseconds since the epoch; undefined before the first. */
  readonly lastCheckedMs: number | undefined;
  /** Milliseconds that the last run took. */
  readonly durationMs: number;
  /** Milliseconds that all runs took together. */
  readonly durationSumMs: number;
  /** Runs that gave a result or timed out. */
  readonly runs: number;
  /** Runs that were DOWN. */
  readonly failures: number;
  /** DOWN results since the last better one. */
  readonly consecutiveFailures: number;
}

/** A component changed its state. */
export interface HealthChange {
  /** The name of the check. */
  readonly component: string;
  /** The state before; undefined at the first result. */
  readonly from: HealthStatus | undefined;
  /** The state now. */
  readonly to: HealthStatus;
  /** When, in milliseconds since the epoch. */
  readonly timeMs: number;
  /** Whether DOWN here is DOWN for the whole service. */
  readonly critical: boolean;
  /** What the result said about itself. */
  readonly description?: string | undefined;
  /** What the check threw, as text; for authorised callers only. */
  readonly error?: string | undefined;
}

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
