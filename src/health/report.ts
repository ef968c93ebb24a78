/**
 * A health snapshot as the JSON that `/health` answers.
 *
 * @module
 */
import type { HealthSnapshot, HealthStatus } from "./snapshot.ts";

/** One component in a {@linkcode HealthReport}. */
export interface ReportedComponent {
  /** The state of the component. */
  readonly status: HealthStatus;
  /** What the check said about itself. */
  readonly description?: string;
  /** Whether the check was not run, because one that it depends on is DOWN. */
  readonly skipped?: true;
  /** What the check threw. */
  readonly error?: string;
  /** When the last result came, in ISO 8601; null before the first. */
  readonly lastChecked: string | null;
}

/** The JSON body of `/health`, for a caller who may see it all. */
export interface HealthReport {
  /** The state of the service. */
  readonly status: HealthStatus;
  /** Why the service was taken out of use for a while, when it was. */
  readonly maintenance?: string;
  /** The components by name. */
  readonly components: Readonly<Record<string, ReportedComponent>>;
  /** When the report was made, in ISO 8601. */
  readonly timestamp: string;
  /** The version of the service, when it has one. */
  readonly version?: string;
}

/** What a report says besides the snapshot. */
export interface ReportOptions {
  /** The version of the service. */
  readonly version?: string | undefined;
}

/**
 * Makes the report of a snapshot. It holds error texts: for authorised callers only.
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

function iso(epochMs: number): string {
  return new Date(epochMs).toISOString();
}
