/**
 * What is wrong with the names of metrics, as Prometheus' conventions have it.
 *
 * @module
 */
import type { Family } from "../metrics/data/family.ts";

/** Units that are no base units, and what to use instead. */
const UNITS: Readonly<Record<string, string>> = {
  ms: "seconds",
  milliseconds: "seconds",
  microseconds: "seconds",
  nanoseconds: "seconds",
  minutes: "seconds",
  hours: "seconds",
  days: "seconds",
  kb: "bytes",
  kilobytes: "bytes",
  mb: "bytes",
  megabytes: "bytes",
  gigabytes: "bytes",
  bits: "bytes",
  percent: "ratio",
};

/** The problems of a family, a sentence each. */
export function problemsOf({ name, type, help }: Pick<Family, "name" | "type" | "help">): string[] {
  const problems: string[] = [];
  const say = (what: string) => void problems.push(`${name}: ${what}`);
  if (help === "") say("has no help text");
  if (type === "counter" && !name.endsWith("_total")) say("a counter's name should end in _total");
  if (type !== "counter" && name.endsWith("_total")) {
    say("only a counter's name should end in _total");
  }
  if (/_(?:bucket|count|sum)$/.test(name)) say("ends as the lines of a histogram do");
  if (name.includes(":")) say("colons are for recording rules");
  if (/[a-z][A-Z]/.test(name)) say("should be in snake_case");
  for (const part of name.toLowerCase().split("_")) {
    const base = Object.hasOwn(UNITS, part) ? UNITS[part] : undefined;
    if (base !== undefined) say(`should be in ${base}, not in ${part}`);
  }
  return problems;
}
