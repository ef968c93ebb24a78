/**
 * Parts of the lines of the text formats: names with labels, values and bounds.
 *
 * @module
 */
import { flat } from "../../core/text.ts";
import type { HistogramHeads } from "./family.ts";
import { escapeValue } from "./labels.ts";
import { isLegacyMetricName } from "./names.ts";

/** `name{labels} ` of one name. */
export type HeadOf = (labels: string) => string;

/** {@linkcode lineHead} for many series of one name. */
export function headsOf(name: string): HeadOf {
  if (!isLegacyMetricName(name)) return (labels) => lineHead(name, labels);
  const open = `${name}{`;
  return (labels) => labels === "" ? `${name} ` : `${open}${labels}} `;
}

/**
 * `name{labels}` and the space that follows; a name that is not a legacy one stands quoted inside the
 * braces.
 */
export function lineHead(name: string, labels: string): string {
  if (!isLegacyMetricName(name)) return `${openHead(name, labels).replace(/,$/, "")}} `;
  return labels === "" ? `${name} ` : `${name}{${labels}} `;
}

/** A head that one more label can be appended to: `name{labels,`. */
export function openHead(name: string, labels: string): string {
  const rest = labels === "" ? "" : `${labels},`;
  return isLegacyMetricName(name) ? `${name}{${rest}` : `{${quotedName(name)},${rest}`;
}

/**
 * The beginnings of the lines of one series of a histogram, flat: every scrape copies lines from them.
 *
 * @param prefix `_g` for a gauge histogram
 */
export function histogramHeads(name: string, labels: string, prefix = "_"): HistogramHeads {
  return {
    bucket: flat(openHead(`${name}_bucket`, labels)),
    sum: flat(lineHead(`${name}${prefix}sum`, labels)),
    count: flat(lineHead(`${name}${prefix}count`, labels)),
  };
}

/** The name as metadata lines write it: quoted unless it is a legacy one. */
export function quotedName(name: string): string {
  return isLegacyMetricName(name) ? name : `"${escapeValue(name)}"`;
}

/** A sample's value: the shortest text that reads back equal, `NaN`, `+Inf` or `-Inf`. */
export function formatValue(value: number): string {
  if (value - value === 0) return "" + value;
  return value === Infinity ? "+Inf" : value === -Infinity ? "-Inf" : "NaN";
}

/**
 * A bound as OpenMetrics' canonical form: Go's shortest `%g`, with `.0` when it would look like an
 * integer: `1.0`, `1e-05`, `0.0001`, `100000.0`, `1e+06`.
 */
export function canonicalBound(bound: number): string {
  if (!Number.isFinite(bound)) return formatValue(bound);
  const [digits, power] = bound.toExponential().split("e") as [string, string];
  const exponent = Number(power);
  if (exponent < -4 || exponent >= 6) {
    const sign = exponent < 0 ? "-" : "+";
    return `${digits}e${sign}${String(Math.abs(exponent)).padStart(2, "0")}`;
  }
  // Between these exponents JavaScript writes plain decimals too.
  const text = String(bound);
  return text.includes(".") ? text : `${text}.0`;
}
