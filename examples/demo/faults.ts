/**
 * Faults that the demo can be started with, for a drill: something is wrong in the code of a service, and
 * the reader knows neither what nor where. A service asks {@linkcode hasFault} where the mistake is.
 *
 * @module
 */
import process from "node:process";

/** What is wrong, for those who may know; the keys are what `--fault` takes. */
export const FAULTS = {
  "slow-dependency": "payments asks the bank about a company account by account, for pro customers",
  "leak": "orders keeps the receipt of each order, and never lets go of one",
  "n-plus-one": "orders reads the recent orders one by one",
  "retry-storm":
    "the bank takes five charges a second, and orders tries again at once when one is refused",
  "flag-variant":
    "the fast checkout, which is turned on for half of the customers, sends amounts as text",
  "clock-skew": "payments takes atomic time for UTC: its clock is 37 seconds ahead",
  "blocked-loop": "the report is copied as JSON for every order in it",
  "label-bomb": "orders counts visits with the customer's id as a label",
  "lost-context":
    "receipts are sent by a queue that was started at the start, outside of any request",
  "bad-isolate":
    "isolates of orders count the tills from 1, which are counted from 0: the last isolate has none",
  "slo-burn": "orders shows no order that was not paid by card",
  "poison-input": "orders takes the names of goods for encoded ones; one has a percent sign",
} as const;

/** The name of a fault. */
export type Fault = keyof typeof FAULTS;

/** The names of all faults. */
export const FAULT_NAMES = Object.keys(FAULTS) as readonly Fault[];

/** Read when a service asks first: the demo itself may lack the permission. */
let settings: { readonly fault: string | undefined; readonly afterMs: number } | undefined;
/** All is well until then: a release comes while a service is in use. */
let fromMs = Infinity, isUsed = false;
const releases: (() => void)[] = [];

function read(): { readonly fault: string | undefined; readonly afterMs: number } {
  if (settings !== undefined) return settings;
  const { FAULT, FAULT_AFTER_SECONDS } = process.env;
  settings = { fault: FAULT, afterMs: Number(FAULT_AFTER_SECONDS ?? 0) * 1000 };
  if (settings.afterMs === 0) fromMs = 0;
  return settings;
}

/** A request has come; the first one starts the time that all is well. */
export function inUse(): void {
  if (isUsed) return;
  isUsed = true;
  const { afterMs } = read();
  fromMs = Math.min(fromMs, performance.now() + afterMs);
  for (const release of releases) setTimeout(release, afterMs);
}

/** Whether the service has this fault by now: that of `FAULT`, from `FAULT_AFTER_SECONDS` of use on. */
export function hasFault(fault: Fault): boolean {
  return read().fault === fault && performance.now() >= fromMs;
}

/** Calls `release` when the service gets this fault; never, if it is to have another, or none. */
export function onFault(fault: Fault, release: () => void): void {
  if (read().fault !== fault) return;
  if (fromMs === Infinity) releases.push(release);
  else release();
}
