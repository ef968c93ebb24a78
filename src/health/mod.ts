/**
 * Health checks with a hard timeout, and the states they add up to.
 *
 * @module
 */
export { type Clock } from "../core/clock.ts";
export { type FaultListener, Faults } from "../core/faults.ts";
export { type CheckFunction, type CheckOptions } from "./check_options.ts";
export { type ComponentHealth, type HealthChange } from "./component.ts";
export { diskCheck, type DiskCheckOptions } from "./disk_check.ts";
export { eventLoopCheck, type EventLoopCheckOptions } from "./event_loop_check.ts";
export {
  type DraftCheck,
  type DraftStatus,
  type HealthJson,
  healthJson,
  type HealthJsonOptions,
} from "./health_json.ts";
export { httpCheck, type HttpCheckOptions } from "./http_check.ts";
export { memoryCheck, type MemoryCheckOptions } from "./memory_check.ts";
export { type CheckResult, type HealthStatus } from "./outcome.ts";
export { HealthRegistry, type HealthRegistryOptions, type RefreshOptions } from "./registry.ts";
export {
  type HealthReport,
  healthReport,
  type ReportedComponent,
  type ReportOptions,
} from "./report.ts";
export { type HealthSnapshot, statusValue } from "./snapshot.ts";
export { sqlCheck, type SqlCheckOptions } from "./sql_check.ts";
export { tcpCheck, type TcpCheckOptions } from "./tcp_check.ts";
export { type TimedOptions } from "./timed.ts";
