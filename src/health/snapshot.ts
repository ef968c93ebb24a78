/**
 * The health of a service at one moment as plain data, and the outcome of one run of a check.
 *
 * @module
 */
import { errorText } from "../core/redact/error.ts";
import type { Redactor } from "../core/redact/redactor.ts";

/** The health of a service at one moment, as plain data. */
export interface HealthSnapshot {
  /** The worst of all components; DOWN while draining or in maintenance. */
  readonly status: HealthStatus;
  /** Whether the process works at all, unaffected by draining. DOWN asks for a restart. */
  readonly live: HealthStatus;
  /** Whether requests should be sent to this instance. */
  readonly ready: HealthStatus;
  /** Whether the service has started: DOWN until the group `startup` was not DOWN once, then UP. */
  readonly startup: HealthStatus;
  /** Whether the service is about to end. */
  readonly draining: boolean;
  /** The reason for the current maintenance; undefined when there is none. */
  readonly maintenance: string | undefined;
  /** The health of each component, by the name of its check. */
  readonly components: Readonly<Record<string, ComponentHealth>>;
  /** The time of the snapshot, in milliseconds since the epoch. */
  readonly timestampMs: number;
}

/** A status as a number, for a gauge: 0 is DOWN, 1 is DEGRADED, 2 is UP. */
export function statusValue(status: HealthStatus): 0 | 1 | 2 {
  return status === "UP" ? 2 : status === "DEGRADED" ? 1 : 0;
}

/** The health of one component, as of the last result of its check. */
export interface ComponentHealth {
  /** The state, with thresholds applied; DOWN before the first result. */
  readonly status: HealthStatus;
  /** Whether the whole service is DOWN while this component is. */
  readonly critical: boolean;
  /** The groups that the check counts for. */
  readonly groups: readonly string[];
  /** Whether the check was not run because one that it depends on is DOWN. */
  readonly skipped: boolean;
  /** The description in the last result. */
  readonly description?: string | undefined;
  /** The error of the last run, as text; for authorised callers only. */
  readonly error?: string | undefined;
  /** The time of the last result, in milliseconds since the epoch; undefined before the first. */
  readonly lastCheckedMs: number | undefined;
  /** The duration of the last run in milliseconds. */
  readonly durationMs: number;
  /** The duration of all runs in milliseconds. */
  readonly durationSumMs: number;
  /** The number of runs that ended or timed out. */
  readonly runs: number;
  /** The number of runs whose result was DOWN. */
  readonly failures: number;
  /** The number of DOWN results since the last better one. */
  readonly consecutiveFailures: number;
}

/** A change of a component's state. */
export interface HealthChange {
  /** The name of the check. */
  readonly component: string;
  /** The old state; undefined at the first result. */
  readonly from: HealthStatus | undefined;
  /** The new state. */
  readonly to: HealthStatus;
  /** The time of the change, in milliseconds since the epoch. */
  readonly timeMs: number;
  /** Whether the whole service is DOWN while this component is. */
  readonly critical: boolean;
  /** The description in the result. */
  readonly description?: string | undefined;
  /** The error of the run, as text; for authorised callers only. */
  readonly error?: string | undefined;
}

/** The state of a component, of a group, or of the service. */
export type HealthStatus = "UP" | "DEGRADED" | "DOWN";

/** A check's result in detail. */
export interface CheckResult {
  /** The state of the component. */
  readonly status: HealthStatus;
  /** A sentence for people. Throw an error instead for details that only operators may see. */
  readonly description?: string | undefined;
}

/** The outcome of one run of a check. */
export interface Outcome extends CheckResult {
  /** The error as text; for authorised callers only. */
  readonly error?: string | undefined;
}

const MAX_TEXT_CHARS = 1000;

/** The outcome for the value that a check returned; undefined for an invalid one. Never throws. */
export function outcomeOf(value: unknown, redactor: Redactor): Outcome | undefined {
  if (value === undefined || value === true) return { status: "UP" };
  if (value === false) return { status: "DOWN" };
  try {
    const { status, description } = value as CheckResult;
    if (status !== "UP" && status !== "DEGRADED" && status !== "DOWN") return undefined;
    return description === undefined
      ? { status }
      : { status, description: redactor.under("description", String(description), MAX_TEXT_CHARS) };
  } catch {
    return undefined; // null, or an object that throws when it is read.
  }
}

/** The outcome of a check that threw, with one level of causes, where `fetch` puts the reason. */
export function failure(thrown: unknown, redactor: Redactor): Outcome {
  const error = redactor.under("error", errorText(thrown, redactor), MAX_TEXT_CHARS);
  return { status: "DOWN", error };
}
