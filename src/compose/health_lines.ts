/**
 * Log lines about changes of health.
 *
 * @module
 */
import type { HealthChange } from "../health/snapshot.ts";
import type { Logger } from "../log/logger.ts";

/** Logs a change of health, unless a component is UP at its first check. */
export function logChange(log: Logger, change: HealthChange): void {
  const { component, from, to, critical, description, error } = change;
  if (from === undefined && to === "UP") return;
  const fields = { component, from, to, critical, description, error };
  if (to === "UP") log.info("health changed", fields);
  else log.warn("health changed", fields);
}
