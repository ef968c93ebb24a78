/**
 * What is known of one component, as plain data.
 *
 * @module
 */
import type { HealthStatus } from "./outcome.ts";

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
