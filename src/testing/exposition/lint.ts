/**
 * A linter for metric names and labels: the rules of Prometheus' promlint.
 *
 * @module
 */
import type { Family } from "../../metrics/data/family.ts";
import { labelKey } from "../../metrics/data/labels.ts";

/** One problem that the linter found. */
export interface LintProblem {
  /** The name of the family. */
  readonly metric: string;
  /** The problem, in promlint's words. */
  readonly text: string;
}

type Rule = (family: Family) => Iterable<string>;

/**
 * Checks families by the rules of promlint, Prometheus' own linter: help, base units, suffixes by
 * type, reserved characters and labels, snake_case, duplicate series.
 *
 * Infos and state sets count as gauges, as in every format but OpenMetrics.
 *
 * @see {@link https://prometheus.io/docs/practices/naming/}
 */
export function lint(families: readonly Family[]): LintProblem[] {
  return families.flatMap((family) => {
    // A bad label is reported once, however many series have it.
    const texts = new Set(RULES.flatMap((rule) => [...rule(family)]));
    return [...texts].map((text) => ({ metric: family.name, text }));
  });
}

const RULES: readonly Rule[] = [
  function* help({ help }) {
    if (help === "") yield "no help text";
  },

  function* baseUnit({ name }) {
    const [unit, base] = unitOf(name);
    if (unit !== base) yield `use base unit "${base}" instead of "${unit}"`;
  },

  function* total({ name, type }) {
    const isTotal = name.endsWith("_total");
    if (type === "counter" && !isTotal) yield 'counter metrics should have "_total" suffix';
    if (type !== "counter" && type !== "unknown" && isTotal) {
      yield 'non-counter metrics should not have "_total" suffix';
    }
  },

  function* reservedSuffixes({ name, type }) {
    if (type === "unknown" || type === "histogram") return;
    if (name.endsWith("_bucket")) {
      yield 'non-histogram metrics should not have "_bucket" suffix';
    }
    if (type === "summary") return;
    for (const suffix of ["_count", "_sum"]) {
      if (name.endsWith(suffix)) {
        yield `non-histogram and non-summary metrics should not have "${suffix}" suffix`;
      }
    }
  },

  function* reservedLabels(family) {
    if (family.type === "unknown") return;
    for (const name of labelNames(family)) {
      if (family.type !== "histogram" && name === "le") {
        yield 'non-histogram metrics should not have "le" label';
      }
      if (family.type !== "summary" && name === "quantile") {
        yield 'non-summary metrics should not have "quantile" label';
      }
    }
  },

  function* typeInName({ name, type }) {
    if (type === "unknown") return;
    const word = type === "info" || type === "stateset" ? "gauge" : type;
    if (hasWord(name, word)) yield `metric name should not include type '${word}'`;
  },

  function* colons({ name }) {
    if (name.includes(":")) yield "metric names should not contain ':'";
  },

  function* camelCase(family) {
    if (CAMEL_CASE.test(family.name)) {
      yield "metric names should be written in 'snake_case' not 'camelCase'";
    }
    for (const name of labelNames(family)) {
      if (CAMEL_CASE.test(name)) {
        yield "label names should be written in 'snake_case' not 'camelCase'";
      }
    }
  },

  function* abbreviations({ name }) {
    if (ABBREVIATIONS.some((unit) => hasWord(name, unit))) {
      yield "metric names should not contain abbreviated units";
    }
  },

  function* duplicates({ samples }) {
    const keys = new Set<string>();
    for (const { labels } of samples) keys.add(labelKey(labels));
    if (keys.size < samples.length) yield "metric not unique";
  },
];

const CAMEL_CASE = /[a-z][A-Z]/;

/** The units that are measured in each base unit. Celsius is in wide use, and so is `metres`. */
const UNITS: Readonly<Record<string, string>> = {
  amperes: "amperes",
  bytes: "bytes bits",
  celsius: "celsius fahrenheit rankine",
  grams: "grams pounds ounces",
  joules: "joules calories",
  kelvin: "kelvin kelvins",
  meters: "meters inches yards miles",
  metres: "metres",
  seconds: "seconds minutes hours days weeks",
  volts: "volts",
};

/** From a unit to its base unit. */
const BASE_UNITS: ReadonlyMap<string, string> = new Map(
  Object.entries(UNITS).flatMap(([base, units]) =>
    units.split(" ").map((unit) => [unit, base] as const)
  ),
);

const PREFIX =
  /^(?:pico|nano|micro|milli|centi|deci|deca|hecto|kilo|kibi|mega|mibi|giga|gibi|tera|tebi|peta|pebi)/;

const ABBREVIATIONS: readonly string[] = "s ms us ns sec b kb mb gb tb pb m h d".split(" ");

/** The first unit in a name, and its base unit; both are empty for a name without one. */
function unitOf(name: string): readonly [unit: string, base: string] {
  for (const word of name.split("_")) {
    const base = BASE_UNITS.get(word) ?? BASE_UNITS.get(word.replace(PREFIX, ""));
    if (base !== undefined) return [word, base];
  }
  return ["", ""];
}

/** Whether the name contains the word after an underscore, in any case. */
function hasWord(name: string, word: string): boolean {
  return `${name.toLowerCase()}_`.includes(`_${word}_`);
}

function labelNames({ samples }: Family): Set<string> {
  const names = new Set<string>();
  for (const { labels } of samples) for (const name of labels.names) names.add(name);
  return names;
}
