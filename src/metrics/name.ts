/**
 * Names of metrics and labels, and what makes one legal.
 *
 * @module
 */

const METRIC = /^[a-zA-Z_:][a-zA-Z0-9_:]*$/;
const LABEL = /^[a-zA-Z_][a-zA-Z0-9_]*$/;

/** Whether every Prometheus version reads this metric name without quotes. */
export function isLegacyMetricName(name: string): boolean {
  return METRIC.test(name);
}

/** Whether every Prometheus version reads this label name without quotes. */
export function isLegacyLabelName(name: string): boolean {
  return LABEL.test(name);
}

/**
 * Throws unless a metric and its labels may be registered under these names.
 *
 * @param what as the error names it: `counter "orders_total"`
 * @param reserved the label names the metric's type keeps for itself (`le`, `quantile`)
 * @param utf8 allow any well-formed text, as Prometheus 3 does
 */
export function checkNames(
  what: string,
  name: string,
  labels: readonly string[],
  reserved: readonly string[],
  utf8: boolean,
): void {
  if (typeof name !== "string" || !(utf8 ? isUtf8Name(name) : isLegacyMetricName(name))) {
    throw new TypeError(
      `Cannot register ${what}: name must ${
        utf8 ? "be well-formed text" : `match ${METRIC.source.slice(1, -1)}`
      }`,
    );
  }
  const seen = new Set<string>();
  for (const label of labels) {
    if (typeof label !== "string" || !(utf8 ? isUtf8Name(label) : isLegacyLabelName(label))) {
      throw new TypeError(
        `Cannot register ${what}: label "${label}" must ${
          utf8 ? "be well-formed text" : `match ${LABEL.source.slice(1, -1)}`
        }`,
      );
    }
    if (label.startsWith("__")) {
      throw new TypeError(
        `Cannot register ${what}: label "${label}" starts with the reserved "__"`,
      );
    }
    if (reserved.includes(label)) {
      throw new TypeError(`Cannot register ${what}: label "${label}" is reserved for this type`);
    }
    if (seen.has(label)) {
      throw new TypeError(`Cannot register ${what}: label "${label}" is there twice`);
    }
    seen.add(label);
  }
}

/** Whether Prometheus 3 reads this name. */
export function isUtf8Name(name: string): boolean {
  return name !== "" && name.isWellFormed();
}
