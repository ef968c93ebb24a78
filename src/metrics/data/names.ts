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
 * @param what as the error names it: `register counter "orders_total"`
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
  const check = (isRight: boolean, problem: string) => {
    if (!isRight) throw new TypeError(`Cannot ${what}: ${problem}`);
  };
  const checkText = (text: unknown, kind: string, pattern: RegExp) => {
    const isRight = typeof text === "string" && (utf8 ? isUtf8Name(text) : pattern.test(text));
    const rule = utf8 ? "be well-formed text" : `match ${pattern.source.slice(1, -1)}`;
    check(isRight, `${kind} must ${rule}`);
  };
  checkText(name, "name", METRIC);
  const seen = new Set<string>();
  for (const label of labels) {
    const named = `label "${label}"`;
    checkText(label, named, LABEL);
    check(!label.startsWith("__"), `${named} starts with the reserved "__"`);
    check(!reserved.includes(label), `${named} is reserved for this type`);
    check(!seen.has(label), `${named} appears twice`);
    seen.add(label);
  }
}

/** Whether Prometheus 3 reads this name. */
export function isUtf8Name(name: string): boolean {
  return name !== "" && name.isWellFormed();
}
