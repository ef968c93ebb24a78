/**
 * Numbers as the text formats write them.
 *
 * @module
 */

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
