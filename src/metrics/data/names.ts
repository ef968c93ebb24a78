/**
 * Names of metrics and labels: which are legal, and how they are escaped for readers that do not take
 * them as they are.
 *
 * @see {@link https://prometheus.io/docs/instrumenting/escaping_schemes/}
 * @module
 */

/** How names are written that only Prometheus 3 reads as they are. */
export type Escaping = "allow-utf-8" | "underscores" | "dots" | "values";

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

/** Whether Prometheus 3 reads this name. */
export function isUtf8Name(name: string): boolean {
  return name !== "" && name.isWellFormed();
}

/** Whether a name ends in its unit, as the formats require: `_seconds`, `_bytes_total`. */
export function endsInUnit(name: string, unit: unknown): boolean {
  return typeof unit === "string" && unit !== "" &&
    name.replace(/_total$/, "").endsWith(`_${unit}`);
}

/**
 * Throws unless a metric and its labels may be registered under these names.
 *
 * @param what as the error names it: `register counter "orders_total"`
 * @param reserved label names that only the metric's type may use (`le`, `quantile`)
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
    const rule = utf8 ? "be non-empty, well-formed text" : `match ${pattern.source.slice(1, -1)}`;
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
  const clash = clashOf([...reserved, ...labels]);
  check(
    clash === undefined,
    `label "${clash}" appears twice or is reserved once names are escaped`,
  );
}

/** The first label that, once escaped, equals another or is reserved. */
export function clashOf(labels: readonly string[]): string | undefined {
  const seen = new Set<string>();
  return labels.find((label) => {
    const escaped = escapeName(label, "underscores");
    const isClash = seen.has(escaped) || escaped.startsWith("__");
    seen.add(escaped);
    return isClash;
  });
}

/**
 * A name in the letters, digits, `_` and `:` that every reader takes. A name already made of these
 * stays as it is, except under `dots`.
 *
 * @example
 * ```ts
 * import { escapeName } from "@telltale/telltale/metrics";
 * import { equal } from "node:assert/strict";
 *
 * equal(escapeName("http.status:sum", "underscores"), "http_status:sum");
 * equal(escapeName("http.status:sum", "dots"), "http_dot_status:sum");
 * equal(escapeName("http.status:sum", "values"), "U__http_2e_status:sum");
 * ```
 */
export function escapeName(name: string, scheme: Escaping): string {
  if (name === "" || scheme === "allow-utf-8") return name;
  if (scheme === "dots") {
    return replace(name, (c) => c === "_" ? "__" : c === "." ? "_dot_" : "__", "_");
  }
  if (isLegacyMetricName(name)) return name;
  if (scheme === "underscores") return replace(name, () => "_");
  return "U__" + replace(name, (c) => c === "_" ? "__" : `_${hex(c)}_`, "_");
}

function hex(char: string): string {
  const code = char.codePointAt(0)!;
  // UTF-8 has no lone surrogates: they are written as the replacement character.
  return (code >= 0xd800 && code <= 0xdfff ? 0xfffd : code).toString(16);
}

/** Replaces each code point that is not allowed in its place, and those in `also`. */
function replace(name: string, write: (char: string) => string, also = ""): string {
  let escaped = "", first = true;
  for (const char of name) {
    const allowed = first ? /[a-zA-Z_:]/ : /[a-zA-Z0-9_:]/;
    escaped += allowed.test(char) && !also.includes(char) ? char : write(char);
    first = false;
  }
  return escaped;
}
