/**
 * Names that not every reader takes, written so that a given reader does.
 *
 * @see {@link https://prometheus.io/docs/instrumenting/escaping_schemes/}
 * @module
 */
import { isLegacyMetricName } from "./names.ts";

/** How names are written that not every reader takes. */
export type Escaping = "allow-utf-8" | "underscores" | "dots" | "values";

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

/** The first of these labels that can't be told from another, or is reserved, once it is escaped. */
export function clashOf(labels: readonly string[]): string | undefined {
  const seen = new Set<string>();
  return labels.find((label) => {
    const escaped = escapeName(label, "underscores");
    const isClash = seen.has(escaped) || escaped.startsWith("__");
    seen.add(escaped);
    return isClash;
  });
}

function hex(char: string): string {
  const code = char.codePointAt(0)!;
  // A lone surrogate has no UTF-8: it stands as the replacement character everywhere.
  return (code >= 0xd800 && code <= 0xdfff ? 0xfffd : code).toString(16);
}

/** Replaces each code point that is not allowed where it stands, and those in `also`. */
function replace(name: string, write: (char: string) => string, also = ""): string {
  let escaped = "", first = true;
  for (const char of name) {
    const allowed = first ? /[a-zA-Z_:]/ : /[a-zA-Z0-9_:]/;
    escaped += allowed.test(char) && !also.includes(char) ? char : write(char);
    first = false;
  }
  return escaped;
}
