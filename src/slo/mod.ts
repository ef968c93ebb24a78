/**
 * SLOs: one definition, live in the process and generated for Prometheus.
 *
 * @module
 */
export { type Clock } from "../core/clock.ts";
export { type FaultListener, Faults } from "../core/faults.ts";
export { type AlertState, type BurnWindow } from "./live/burn.ts";
export {
  type Availability,
  type Latency,
  type SloBase,
  type SloChange,
  type SloDefinition,
  type SloOptions,
  type SloRequests,
} from "./live/definition.ts";
export { type SloState } from "./live/state.ts";
export { SloRegistry, type SloRegistryOptions } from "./registry.ts";
export { Slo } from "./slo.ts";
