/**
 * How a line of the text formats begins.
 *
 * @module
 */
import { escapeValue } from "./labels.ts";
import { isLegacyMetricName } from "./name.ts";

/** `name{labels}`; a name that not every reader takes goes quoted inside the braces. */
export function lineHead(name: string, labels: string): string {
  if (!isLegacyMetricName(name)) return `${openHead(name, labels).replace(/,$/, "")}}`;
  return labels === "" ? name : `${name}{${labels}}`;
}

/** A head that one more label can be appended to: `name{labels,`. */
export function openHead(name: string, labels: string): string {
  const rest = labels === "" ? "" : `${labels},`;
  return isLegacyMetricName(name) ? `${name}{${rest}` : `{${quotedName(name)},${rest}`;
}

/** The name as metadata lines write it. */
export function quotedName(name: string): string {
  return isLegacyMetricName(name) ? name : `"${escapeValue(name)}"`;
}
