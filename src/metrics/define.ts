/**
 * Defines metrics: checks the arguments of a registration and fills in the defaults.
 *
 * @module
 */
import {
  check,
  checkChoice,
  checkFunction,
  checkNumber,
  checkPositive,
  checkWhole,
  type Known,
  refuseUnknown,
} from "../core/check.ts";
import type { Clock } from "../core/clock.ts";
import type { Faults } from "../core/faults.ts";
import { AGGREGATIONS, type Family } from "./data/family.ts";
import { checkNames, endsInUnit } from "./data/names.ts";
import { DEFAULT_NATIVE_LIMITS } from "./data/native.ts";
import type { HistogramShape } from "./instrument/histogram.ts";
import type { Definition } from "./instrument/metric.ts";
import type { SummaryWindow } from "./instrument/summary.ts";
import {
  checkForm,
  type CounterOptions,
  type GaugeOptions,
  type HistogramOptions,
  type RegistryOptions,
  type SummaryOptions,
} from "./options.ts";

/** Options of any type of metric: the compiler tells a histogram's from a counter's. */
type AnyOptions = CounterOptions & GaugeOptions<never> & HistogramOptions & SummaryOptions;

const KNOWN: Known<AnyOptions> = {
  maxSeries: true,
  ttlMs: true,
  unit: true,
  exemplars: true,
  aggregation: true,
  collect: true,
  buckets: true,
  precision: true,
  form: true,
  native: true,
  quantiles: true,
  maxAgeMs: true,
  ageBuckets: true,
};

/** The last arguments of a registration, where options may take the place of labels. */
export function argumentsOf<L extends string, O extends object>(
  third: readonly L[] | O = [],
  fourth?: O,
): { readonly labels: readonly L[]; readonly options: O } {
  const areOptions = fourth === undefined && typeof third === "object" && third !== null &&
    !Array.isArray(third);
  return areOptions
    ? { labels: [], options: third as O }
    : { labels: third as readonly L[], options: fourth === undefined ? {} as O : fourth };
}

/** What every metric of a registry has in common. */
export interface Common extends RegistryOptions {
  readonly clock: Clock;
  readonly faults: Faults;
}

/**
 * A metric as it is to be made.
 *
 * @throws {TypeError} for a name, a label or an option of the wrong kind
 * @throws {RangeError} for an option that is out of range
 */
export function define(
  type: Family["type"],
  name: string,
  help: string,
  labels: readonly string[],
  options: Omit<AnyOptions, "collect"> & { readonly collect?: unknown },
  { names, maxSeries: most = 2000, clock, faults }: Common,
): Definition {
  const what = whatOf(type, name);
  check(Array.isArray(labels), what, "labels must be an array", labels, TypeError);
  checkNames(what, name, labels, reservedBy(type, name), names === "utf-8");
  const isInfo = type !== "info" || name.endsWith("_info");
  check(isInfo, what, 'name must end in "_info"', name, TypeError);
  check(typeof help === "string", what, "help must be text", help, TypeError);
  refuseUnknown(what, options, KNOWN);
  const { unit, maxSeries = most, ttlMs, aggregation, collect } = options;
  checkWhole(what, "maxSeries", maxSeries);
  if (ttlMs !== undefined) checkPositive(what, "ttlMs", ttlMs);
  const hasUnit = unit === undefined || endsInUnit(name, unit);
  check(hasUnit, what, `name must end in its unit "_${String(unit)}"`, name, TypeError);
  if (aggregation !== undefined) checkChoice(what, "aggregation", aggregation, AGGREGATIONS);
  if (collect !== undefined) checkFunction(what, "collect", collect);
  return {
    type,
    name,
    help,
    labels: Object.freeze([...labels]),
    unit,
    aggregation,
    maxSeries,
    ttlMs,
    exemplars: options.exemplars ?? type === "histogram",
    clock,
    faults,
    tally: { badLabels: 0, badValues: 0, overflowed: 0 },
  };
}

function whatOf(type: Family["type"], name: string): string {
  return `register ${type} "${String(name)}"`;
}

/** Label names that samples of the type have besides those registered. */
function reservedBy(type: Family["type"], name: string): readonly string[] {
  if (type === "histogram") return ["le"];
  if (type === "summary") return ["quantile"];
  return type === "stateset" ? [name] : [];
}

/** The bounds and limits of a histogram. Throws for an option that can't be. */
export function histogramShape(
  name: string,
  { buckets = DEFAULT_BOUNDS, precision = 3, native = {}, form }: HistogramOptions,
): HistogramShape & { buckets: readonly number[]; precision: number } {
  const what = whatOf("histogram", name);
  checkForm(what, "form", form);
  // The layout checks that they are finite and ascending.
  const areNumbers = Array.isArray(buckets) && buckets.every((bound) => typeof bound === "number");
  check(areNumbers, what, "buckets must be an array of numbers", buckets, TypeError);
  refuseUnknown(what, native, DEFAULT_NATIVE_LIMITS, "native");
  const {
    maxBuckets = DEFAULT_NATIVE_LIMITS.maxBuckets,
    minResetMs = DEFAULT_NATIVE_LIMITS.minResetMs,
    maxZeroThreshold = DEFAULT_NATIVE_LIMITS.maxZeroThreshold,
  } = native;
  checkWhole(what, "native.maxBuckets", maxBuckets);
  checkPositive(what, "native.minResetMs", minResetMs);
  checkNumber(what, "native.maxZeroThreshold", maxZeroThreshold, 0, Number.MAX_VALUE);
  const limits = { maxBuckets, minResetMs, maxZeroThreshold };
  return { buckets: [...buckets], precision, form, limits };
}

/** One bound an octave, from about 1 ms to 64 s when the unit is seconds. */
const DEFAULT_BOUNDS: readonly number[] = /* @__PURE__ */ Array.from(
  { length: 17 },
  (_, i) => 2 ** (i - 10),
);

/** The window of a summary. Throws for an option that can't be. */
export function summaryWindow(name: string, options: SummaryOptions): SummaryWindow {
  const what = whatOf("summary", name);
  const { quantiles = [0.5, 0.9, 0.99], maxAgeMs = 600_000, ageBuckets = 5 } = options;
  const areQuantiles = Array.isArray(quantiles) &&
    quantiles.every((q) => typeof q === "number" && q >= 0 && q <= 1);
  check(areQuantiles, what, "quantiles must be 0 to 1", quantiles);
  const areDistinct = new Set(quantiles).size === quantiles.length;
  check(areDistinct, what, "quantiles must be distinct", quantiles);
  checkPositive(what, "maxAgeMs", maxAgeMs);
  checkWhole(what, "ageBuckets", ageBuckets, 1, 20);
  return { quantiles: [...quantiles], maxAgeMs, ageBuckets };
}

/** The states of a state set. Throws unless they are distinct texts. */
export function statesOf<T extends string>(name: string, states: readonly T[]): readonly T[] {
  const isList: boolean = Array.isArray(states);
  const areDistinct = isList && states.length > 0 &&
    states.every((state) => typeof state === "string") && new Set(states).size === states.length;
  const rule = "states must be distinct texts, at least one";
  check(areDistinct, whatOf("stateset", name), rule, states, TypeError);
  return states.slice();
}
