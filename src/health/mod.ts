/**
 * Health checks with a hard timeout, and the states they add up to.
 *
 * @module
 */
export { type Clock } from "../core/clock.ts";
export { type FaultListener, Faults } from "../core/faults.ts";
export { type CheckFunction, type CheckOptions } from "./check_options.ts";
export { type ComponentHealth, type HealthChange } from "./snapshot.ts";
export { diskCheck, type DiskCheckOptions } from "./checks/disk.ts";
export { eventLoopCheck, type EventLoopCheckOptions } from "./checks/event_loop.ts";
export {
  type DraftCheck,
  type DraftStatus,
  type HealthJson,
  healthJson,
  type HealthJsonOptions,
} from "./draft_json.ts";
export { httpCheck, type HttpCheckOptions } from "./checks/http.ts";
export { memoryCheck, type MemoryCheckOptions } from "./checks/memory.ts";
export { type CheckResult, type HealthStatus } from "./snapshot.ts";
export { HealthRegistry, type HealthRegistryOptions, type RefreshOptions } from "./registry.ts";
export {
  type HealthReport,
  healthReport,
  type ReportedComponent,
  type ReportOptions,
} from "./report.ts";
export { type HealthSnapshot, statusValue } from "./snapshot.ts";
export { sqlCheck, type SqlCheckOptions } from "./checks/sql.ts";
export { tcpCheck, type TcpCheckOptions } from "./checks/tcp.ts";
export { type TimedOptions } from "./checks/timed.ts";
