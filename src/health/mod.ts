/**
 * Health checks with a hard timeout, and the states of a service that follow from them.
 *
 * @module
 */
export { type Clock } from "../core/clock.ts";
export { type FaultListener, Faults } from "../core/faults.ts";
export { type CheckFunction, type CheckOptions } from "./check.ts";
export {
  diskCheck,
  type DiskCheckOptions,
  memoryCheck,
  type MemoryCheckOptions,
} from "./checks/capacity.ts";
export { eventLoopCheck, type EventLoopCheckOptions } from "./checks/event_loop.ts";
export { httpCheck, type HttpCheckOptions } from "./checks/http.ts";
export { sqlCheck, type SqlCheckOptions } from "./checks/sql.ts";
export { tcpCheck, type TcpCheckOptions } from "./checks/tcp.ts";
export { type TimedOptions } from "./checks/timed.ts";
export { HealthRegistry, type HealthRegistryOptions, type RefreshOptions } from "./registry.ts";
export {
  type DraftCheck,
  type DraftStatus,
  type HealthJson,
  healthJson,
  type HealthJsonOptions,
  type HealthReport,
  healthReport,
  type ReportedComponent,
  type ReportOptions,
} from "./report.ts";
export {
  type CheckResult,
  type ComponentHealth,
  type HealthChange,
  type HealthSnapshot,
  type HealthStatus,
  statusValue,
} from "./snapshot.ts";
