/**
 * The health of a service at one moment, as plain data.
 *
 * @module
 */
import type { ComponentHealth } from "./component.ts";
import type { HealthStatus } from "./outcome.ts";

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
