/**
 * Faults that the demo can be started with, for a drill: something is wrong in the code of a service, and
 * the reader knows neither what nor where. A service asks {@linkcode hasFault} where the mistake would be.
 *
 * @module
 */
import process from "node:process";

/** What is wrong, for those who may know; the keys are what `--fault` takes. */
const FAULTS = {
  "slo-burn": "orders shows no order that was not paid by card",
} as const;

/** The name of a fault. */
export type Fault = keyof typeof FAULTS;

/** The names of all faults. */
export const FAULT_NAMES = Object.keys(FAULTS) as readonly Fault[];

/** Whether the service was started with this fault: `FAULT` of the environment. */
export function hasFault(fault: Fault): boolean {
  return process.env.FAULT === fault;
}
