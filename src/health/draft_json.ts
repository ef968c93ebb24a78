/**
 * A health snapshot as `application/health+json` (draft-inadarei-api-health-check-06).
 *
 * @module
 */
import type { HealthSnapshot, HealthStatus } from "./snapshot.ts";

/** A state in the words of the draft. */
export type DraftStatus = "pass" | "warn" | "fail";

/** One measurement of a component, §4 of the draft. */
export interface DraftCheck {
  /** The state of the component. */
  readonly status: DraftStatus;
  /** How long the last run took. */
  readonly observedValue?: number;
  /** The unit of {@linkcode DraftCheck.observedValue}. */
  readonly observedUnit?: "ms";
  /** When the last result came, in ISO 8601. */
  readonly time?: string;
  /** What is wrong; none when nothing is. */
  readonly output?: string;
}

/** The body of the draft, §3. */
export interface HealthJson {
  /** The state asked for. */
  readonly status: DraftStatus;
  /** The version of the service. */
  readonly releaseId?: string;
  /** Why the state is what it is, when no check says it. */
  readonly notes?: readonly string[];
  /** `component:responseTime` to its one measurement. */
  readonly checks?: Readonly<Record<string, readonly DraftCheck[]>>;
}

/** What the body says besides the snapshot. */
export interface HealthJsonOptions {
  /** The state that was asked for; that of the service by default. */
  readonly status?: HealthStatus | undefined;
  /** The version of the service. */
  readonly version?: string | undefined;
}

const DRAFT: Readonly<Record<HealthStatus, DraftStatus>> = {
  UP: "pass",
  DEGRADED: "warn",
  DOWN: "fail",
};

/**
 * Makes the body of a snapshot. It holds error texts: for authorised callers only.
 *
 * @example
 * ```ts
 * import { healthJson, HealthRegistry } from "@telltale/telltale/health";
 * import { deepEqual } from "node:assert/strict";
 *
 * const body = healthJson(new HealthRegistry().snapshot(), { version: "1.4.0" });
 * deepEqual(body, { status: "pass", releaseId: "1.4.0" });
 * ```
 */
export function healthJson(snapshot: HealthSnapshot, options: HealthJsonOptions = {}): HealthJson {
  const { status = snapshot.status, version } = options;
  const notes = [
    ...snapshot.draining ? ["draining"] : [],
    ...snapshot.maintenance !== undefined ? [`maintenance: ${snapshot.maintenance}`] : [],
  ];
  const checks = Object.entries(snapshot.components).map(([name, health]) => {
    const { description, error, lastCheckedMs } = health;
    const output = error ?? (health.status === "UP" ? undefined : description);
    const check: DraftCheck = {
      status: DRAFT[health.status],
      ...health.runs > 0 && { observedValue: health.durationMs, observedUnit: "ms" as const },
      ...lastCheckedMs !== undefined && { time: new Date(lastCheckedMs).toISOString() },
      ...output !== undefined && { output },
    };
    return [`${name}:responseTime`, [check]] as const;
  });
  return {
    status: DRAFT[status],
    ...version !== undefined && { releaseId: version },
    ...notes.length > 0 && { notes },
    ...checks.length > 0 && { checks: Object.fromEntries(checks) },
  };
}
