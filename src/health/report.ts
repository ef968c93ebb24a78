/**
 * A health snapshot as JSON: the body of `/health`, and `application/health+json`
 * (draft-inadarei-api-health-check-06).
 *
 * @module
 */
import type { HealthSnapshot, HealthStatus } from "./snapshot.ts";

/** One component in a {@linkcode HealthReport}. */
export interface ReportedComponent {
  /** The state of the component. */
  readonly status: HealthStatus;
  /** The description in the last result. */
  readonly description?: string;
  /** Whether the check was not run because one that it depends on is DOWN. */
  readonly skipped?: true;
  /** The error of the last run. */
  readonly error?: string;
  /** The time of the last result, in ISO 8601; null before the first. */
  readonly lastChecked: string | null;
}

/** The JSON body of `/health`, for authorised callers. */
export interface HealthReport {
  /** The state of the service. */
  readonly status: HealthStatus;
  /** The reason for the current maintenance. */
  readonly maintenance?: string;
  /** The components by name. */
  readonly components: Readonly<Record<string, ReportedComponent>>;
  /** The time of the snapshot, in ISO 8601. */
  readonly timestamp: string;
  /** The version of the service. */
  readonly version?: string;
}

/** What a report contains besides the snapshot. */
export interface ReportOptions {
  /** The version of the service. */
  readonly version?: string | undefined;
}

/**
 * Makes the report of a snapshot. It contains error texts: for authorised callers only.
 *
 * @example
 * ```ts
 * import { HealthRegistry, healthReport } from "@telltale/telltale/health";
 * import { deepEqual } from "node:assert/strict";
 *
 * const report = healthReport(new HealthRegistry().snapshot(), { version: "1.4.0" });
 * deepEqual([report.status, report.components, report.version], ["UP", {}, "1.4.0"]);
 * ```
 */
export function healthReport(snapshot: HealthSnapshot, options: ReportOptions = {}): HealthReport {
  const components = Object.entries(snapshot.components).map(([name, health]) => {
    const component: ReportedComponent = {
      status: health.status,
      ...health.description !== undefined && { description: health.description },
      ...health.skipped && { skipped: true as const },
      ...health.error !== undefined && { error: health.error },
      lastChecked: health.lastCheckedMs === undefined ? null : iso(health.lastCheckedMs),
    };
    return [name, component] as const;
  });
  return {
    status: snapshot.status,
    ...snapshot.maintenance !== undefined && { maintenance: snapshot.maintenance },
    components: Object.fromEntries(components),
    timestamp: iso(snapshot.timestampMs),
    ...options.version !== undefined && { version: options.version },
  };
}

/** A state in the terms of the draft. */
export type DraftStatus = "pass" | "warn" | "fail";

/** A measurement of a component, §4 of the draft. */
export interface DraftCheck {
  /** The state of the component. */
  readonly status: DraftStatus;
  /** The duration of the last run. */
  readonly observedValue?: number;
  /** The unit of {@linkcode DraftCheck.observedValue}. */
  readonly observedUnit?: "ms";
  /** The time of the last result, in ISO 8601. */
  readonly time?: string;
  /** The problem; absent while the component is UP. */
  readonly output?: string;
}

/** The body of `application/health+json`, §3 of the draft. */
export interface HealthJson {
  /** The requested state. */
  readonly status: DraftStatus;
  /** The version of the service. */
  readonly releaseId?: string;
  /** Reasons for the state besides the checks: draining, maintenance. */
  readonly notes?: readonly string[];
  /** From `component:responseTime` to its only measurement. */
  readonly checks?: Readonly<Record<string, readonly DraftCheck[]>>;
}

/** What the body contains besides the snapshot. */
export interface HealthJsonOptions {
  /** The state to report. @default that of the service */
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
 * Makes the `application/health+json` body of a snapshot. It contains error texts: for authorised
 * callers only.
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
      ...lastCheckedMs !== undefined && { time: iso(lastCheckedMs) },
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

function iso(epochMs: number): string {
  return new Date(epochMs).toISOString();
}
