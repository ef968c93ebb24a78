/**
 * Health checks with a hard timeout, and the states they add up to.
 *
 * @module
 */
export { type Clock } from "../core/clock.ts";
export { type FaultListener, Faults } from "../core/faults.ts";
export { type CheckFunction, type CheckOptions, type ComponentHealth } from "./check.ts";
export { type CheckResult, type HealthStatus } from "./outcome.ts";
export {
  type HealthChange,
  HealthRegistry,
  type HealthRegistryOptions,
  type HealthSnapshot,
  type RefreshOptions,
  statusValue,
} from "./registry.ts";
export {
  type HealthReport,
  healthReport,
  type ReportedComponent,
  type ReportOptions,
} from "./report.ts";
