/**
 * SLOs: one definition, live in the process and generated for Prometheus.
 *
 * @module
 */
export { type Clock } from "../core/clock.ts";
export { type FaultListener, Faults } from "../core/faults.ts";
export { type AlertState, type SloChange, type SloState } from "./live/alert.ts";
export { type BurnWindow } from "./live/burn.ts";
export {
  type Availability,
  type AvailabilitySlo,
  type CustomSlo,
  type Latency,
  type LatencySlo,
  type RequestSlo,
  type SloBase,
  type SloDefinition,
  type SloOptions,
  type SloRequests,
} from "./live/definition.ts";
export { type AlertmanagerOptions, alertmanagerRoute } from "./generate/alertmanager.ts";
export { dashboard, type DashboardOptions } from "./generate/dashboard.ts";
export { serviceMonitor, type ServiceMonitorOptions } from "./generate/service_monitor.ts";
export { ruleTests, type RuleTestsOptions } from "./generate/rule_tests.ts";
export { rules, type RulesOptions } from "./generate/rules.ts";
export { type SourceOptions } from "./generate/source.ts";
export { type Subject } from "./generate/subject.ts";
export { SloRegistry, type SloRegistryOptions } from "./registry.ts";
export { Slo } from "./slo.ts";
